"""What a service publishes: frozen dataclasses, one per fact, named in the past tense.

@dataclass(frozen=True)
class CampaignCreated(Event):
    type: ClassVar[str] = "saypro.campaigns.campaign_created.v1"
    subject_field: ClassVar[str] = "campaign"
    campaign: UUID
    title: str
    starts_on: date
"""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID

from shared.messaging.envelope import TYPE_PATTERN


class Event:
    """The base of published facts.

    `type` is the routing key too; `subject_field` names the field that holds the aggregate's id, behind which
    later events of the same aggregate stay in order; `secret_fields` names the keys, at any depth, that
    hold links or secrets and that nobody is shown when the event is listed.
    """

    type: ClassVar[str]
    subject_field: ClassVar[str]
    secret_fields: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "type" in cls.__dict__ and not TYPE_PATTERN.fullmatch(cls.type):
            raise TypeError(f"{cls.__name__}.type is {cls.type!r}, not saypro.<service>.<fact>.v<N>")

    @property
    def subject(self) -> str:
        """The aggregate's id as text: the ordering key."""
        return str(getattr(self, self.subject_field))

    @property
    def source(self) -> str:
        """Where the event comes from, as CloudEvents' URI reference: `/campaigns`."""
        return "/" + self.type.split(".")[1]

    def encode(self) -> dict[str, Any]:
        """The fields as JSON values: decimals, ids, dates and instants become text."""
        return {name: encode_value(getattr(self, name)) for name in _field_names(self)}


def _field_names(value: Any) -> list[str]:
    return [field.name for field in fields(value)]


def encode_value(value: Any) -> Any:  # noqa: PLR0911 - one line per kind of value
    """One field as a JSON value. Raises `TypeError` for floats and anything else that has no exact form."""
    match value:
        case Enum():
            return encode_value(value.value)
        case None | bool() | int() | str():
            return value
        case UUID():
            return str(value)
        case Decimal():
            if not math.isfinite(value):
                raise TypeError(f"{value} is not a figure")
            return str(value)
        case datetime():
            if value.tzinfo is None:
                raise TypeError("an instant needs a time zone")
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): encode_value(each) for key, each in value.items()}
        case list() | tuple():
            return [encode_value(each) for each in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {name: encode_value(getattr(value, name)) for name in _field_names(value)}
    raise TypeError(f"an event cannot carry a {type(value).__name__}: use Decimal, text, dates or ids")
