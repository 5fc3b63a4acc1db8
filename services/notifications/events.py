"""What notifications publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from shared.messaging.events import Event


@dataclass(frozen=True)
class ErasureDone(Event):
    """This service has erased a person; `counts` says of which table how many rows were changed."""

    type: ClassVar[str] = "saypro.notifications.erasure_done.v1"
    subject_field: ClassVar[str] = "erasure_id"

    erasure_id: UUID
    service: str
    counts: dict[str, int]
