"""Who a message goes to."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Recipient:
    """Who gets a message. `person_id` is None for someone who has no account."""

    person_id: UUID | None
    name: str
    email: str
    locale: str = "en"
    time_zone: str | None = None
