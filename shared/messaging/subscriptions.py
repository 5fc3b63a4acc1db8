"""What a service listens to: one visible table of `Subscription` rows in its `subscribers.py`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema
from marshmallow.fields import Dict, Field, List, Nested, Tuple
from sqlalchemy.orm import Session

from shared.messaging.envelope import TYPE_PATTERN, Envelope


class NotYet(Exception):
    """Raised by a handler that needs something which hasn't arrived: the event is set aside and tried
    again.
    """


@dataclass(frozen=True, slots=True)
class Received:
    """An event as a handler sees it; `data` holds only what the subscription's schema declares."""

    id: UUID
    type: str
    subject: str
    time: datetime
    data: Mapping[str, Any]
    traceparent: str | None = None


@dataclass(frozen=True)
class Subscription:
    """Which events go to which handler.

    `handler(session, received)` is called once per event, or with `batch=True` as `handler(session,
    [received, ...])` with as many as arrived together, in order. It may be called again for the same
    event after a failure, always in a transaction that the failure undid. With `ordered=False` an event
    doesn't wait behind an earlier one of its subject that failed. Fields that `schema` doesn't declare
    are ignored, at every depth.
    """

    type: str
    handler: Callable[[Session, Any], None]
    schema: Callable[..., Schema]
    ordered: bool = True
    batch: bool = False
    _loader: Schema = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not TYPE_PATTERN.fullmatch(self.type):
            raise ValueError(f"{self.type!r} is not of the form saypro.<service>.<fact>.v<N>")
        loader = self.schema(unknown=EXCLUDE)
        _ignore_unknown(loader, set())
        object.__setattr__(self, "_loader", loader)

    def read(self, envelope: Envelope) -> Received:
        """The event with its data loaded; raises `marshmallow.ValidationError` where a field does not fit."""
        data = self._loader.load(envelope.data)
        return Received(envelope.id, envelope.type, envelope.subject, envelope.time, data, envelope.traceparent)


def index_by_type(subscriptions: Iterable[Subscription]) -> dict[str, Subscription]:
    """The subscriptions by event type; raises `ValueError` where two claim one."""
    table: dict[str, Subscription] = {}
    for each in subscriptions:
        if each.type in table:
            raise ValueError(f"{each.type} has two subscriptions; let one handler call both use cases")
        table[each.type] = each
    return table


def _ignore_unknown(schema: Schema, seen: set[type[Schema]]) -> None:
    # marshmallow doesn't hand `unknown` down to nested schemas, which would refuse a publisher's new fields.
    if type(schema) in seen:
        return
    seen.add(type(schema))
    for each in schema.fields.values():
        for nested in _nested_within(each):
            nested.unknown = EXCLUDE
            _ignore_unknown(nested.schema, seen)


def _nested_within(each: Field[Any] | None) -> list[Nested]:
    match each:
        case Nested():
            return [each]
        case List():
            return _nested_within(each.inner)
        case Dict():
            return _nested_within(each.value_field)
        case Tuple():
            return [nested for part in each.tuple_fields for nested in _nested_within(part)]
    return []
