"""Every event has a sample that is true, readers that can read it, and fields that stay."""

import inspect
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from importlib import import_module
from typing import Any, ClassVar, get_type_hints
from uuid import UUID

import pytest
from marshmallow import Schema, fields

from deploy.standalone.command import SERVICES
from shared.messaging.events import Event
from shared.messaging.subscriptions import Subscription
from shared.service import Service
from tests.contracts.contract import (
    RECORD,
    check_exchange,
    check_reader,
    check_record,
    check_sample,
    find_sample,
    name_sample,
    read_record,
    revive,
)

#: Events that nobody listens to yet, and why they are published all the same.
UNREAD: dict[str, str] = {}
#: (its service, the event)
PUBLISHED = [(service, event) for service in SERVICES for event in service.events]
READERS = [(service, each) for service in SERVICES for each in service.subscriptions]
EVENTS = {event.type: (service, event) for service, event in PUBLISHED}
by_event = pytest.mark.parametrize(
    ("service", "event"), PUBLISHED, ids=[event.type.removeprefix("saypro.") for _, event in PUBLISHED]
)


@by_event
def test_the_sample_is_what_the_class_publishes(service: Service, event: type[Event]) -> None:
    path = service.folder / "contracts" / name_sample(event)
    assert path.exists(), f"write a whole envelope to {path}"
    assert list(check_sample(event, json.loads(path.read_text("utf-8")))) == []


@by_event
def test_an_event_made_from_the_sample_says_the_same(service: Service, event: type[Event]) -> None:
    sample = find_sample(service, event)
    made = revive(event, sample["data"])
    assert list(check_sample(event, {**sample, "data": made.encode()})) == []
    assert revive(event, made.encode()) == made
    assert made.subject == sample["subject"]
    assert made.source == sample["source"]


@by_event
def test_what_was_once_published_is_still_published(service: Service, event: type[Event]) -> None:
    assert list(check_record(event, read_record(service).get(event.type))) == []


@pytest.mark.parametrize(
    ("service", "subscription"), READERS, ids=[f"{service.name}-{each.type}" for service, each in READERS]
)
def test_every_reader_can_read_the_sample(service: Service, subscription: Subscription) -> None:
    publisher, event = EVENTS[subscription.type]
    assert list(check_reader(service.name, subscription, find_sample(publisher, event), event)) == []


def test_whatever_is_published_is_read_and_whatever_is_read_is_published() -> None:
    assert list(check_exchange(SERVICES, UNREAD)) == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_no_event_class_and_no_sample_is_left_out(service: Service) -> None:
    if (service.folder / "events.py").exists():
        module = import_module(f"services.{service.name}.events")
        classes = [each for _, each in inspect.getmembers(module, inspect.isclass)]
        defined = {each for each in classes if issubclass(each, Event) and each is not Event}
        assert defined == set(service.events)
    folder = service.folder / "contracts"
    files = {path.name for path in folder.glob("*.json")} if folder.exists() else set()
    assert files - {RECORD} == {name_sample(event) for event in service.events}
    assert set(read_record(service)) - {event.type for event in service.events} == set(), (
        "an event that was published may not disappear: its readers may still find it in their queues"
    )


# Each check, seen to fail on what it is there for.


@dataclass(frozen=True)
class Seen(Event):
    """Something was seen."""

    type: ClassVar[str] = "saypro.example.seen.v1"
    subject_field: ClassVar[str] = "seen_id"

    seen_id: UUID
    name: str
    note: str | None
    day: date


SAMPLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "0196a2ee-1112-7b3c-9d4e-5f6071829304",
    "source": "/example",
    "type": Seen.type,
    "subject": "0196a2ee-1111-7a2b-8c3d-4e5f60718293",
    "time": "2026-05-09T14:02:11Z",
    "data": {
        "seen_id": "0196a2ee-1111-7a2b-8c3d-4e5f60718293", "name": "Quagga", "note": "twice", "day": "2026-05-09",
    },
}  # fmt: skip
FIELDS = {
    "seen_id": {"type": "string", "format": "uuid"},
    "name": {"type": "string"},
    "note": {"type": ["string", "null"]},
    "day": {"type": "string", "format": "date"},
}


def with_data(**changes: Any) -> dict[str, Any]:
    """The sample with some of its data changed; what is changed to Ellipsis is left out."""
    sample = deepcopy(SAMPLE)
    sample["data"] = {name: value for name, value in {**sample["data"], **changes}.items() if value is not ...}
    return sample


def test_a_true_sample_gives_no_objection() -> None:
    assert list(check_sample(Seen, SAMPLE)) == []
    assert list(check_record(Seen, FIELDS)) == []


@pytest.mark.parametrize(
    ("sample", "objection"),
    [
        (with_data(place="Cape Town"), "has lost 'place'"),
        (with_data(note=...), "show the new field 'note'"),
        (with_data(name=7), "7 is not of type 'string'"),
        (with_data(name=None), "None is not of type 'string'"),
        (with_data(day="9 May"), "'9 May' is not a 'date'"),
        (with_data(seen_id="me"), "'me' is not a 'uuid'"),
        ({**SAMPLE, "subject": "another"}, "not the class's"),
        ({**SAMPLE, "source": "/elsewhere"}, "not the class's"),
        ({**SAMPLE, "sayprosecret": "name"}, "not the class's"),
        ({**SAMPLE, "time": "yesterday"}, "time is not"),
    ],
)
def test_a_seeded_difference_between_class_and_sample_is_found(sample: dict[str, Any], objection: str) -> None:
    assert any(objection in each for each in check_sample(Seen, sample))


def changed_class(**kinds: Any) -> type[Event]:
    """`Seen` with some fields of another type; a field of type None is left out."""
    hints = {name: kind for name, kind in get_type_hints(Seen).items() if name in FIELDS}
    annotations = {name: kind for name, kind in {**hints, **kinds}.items() if kind is not None}
    namespace = {"__annotations__": annotations, "type": Seen.type, "subject_field": "seen_id", "__doc__": "Seen."}
    return dataclass(frozen=True)(type("Seen", (Event,), namespace))


@pytest.mark.parametrize(
    ("kinds", "objection"),
    [
        ({"note": None}, "has lost 'note'"),
        ({"name": int}, "has changed 'name'"),
        ({"name": str | None}, "has changed 'name'"),
        ({"day": str}, "has changed 'day'"),
        ({"place": str}, "has new fields"),
    ],
)
def test_a_seeded_change_of_what_was_published_is_found(kinds: dict[str, Any], objection: str) -> None:
    assert any(objection in each for each in check_record(changed_class(**kinds), FIELDS))


def test_a_new_member_of_a_nested_object_breaks_nobody_and_a_lost_one_does() -> None:
    @dataclass(frozen=True)
    class Part:
        index: int
        reason: str

    parts = {"type": "array", "items": {"type": "object", "properties": {"index": {"type": "integer"}}}}
    assert list(check_record(changed_class(parts=list[Part]), {**FIELDS, "parts": parts})) == []
    parts["items"]["properties"]["place"] = {"type": "string"}
    assert any(
        "has changed 'parts'" in each
        for each in check_record(changed_class(parts=list[Part]), {**FIELDS, "parts": parts})
    )


class ReaderSchema(Schema):
    seen_id = fields.UUID(required=True)
    name = fields.String(required=True)


class DemandingSchema(ReaderSchema):
    colour = fields.String(required=True)


class WrongSchema(ReaderSchema):
    name = fields.Integer(required=True)


class UnawareSchema(ReaderSchema):
    note = fields.String(required=True)


@pytest.mark.parametrize(
    ("schema", "objection"),
    [(DemandingSchema, "colour"), (WrongSchema, "name"), (UnawareSchema, "note")],
)
def test_a_seeded_reader_that_cannot_read_the_sample_is_found(schema: type[Schema], objection: str) -> None:
    """The last one reads the sample well and would fail on a null that the publisher may send."""

    def read(kind: type[Schema]) -> Iterator[str]:
        return check_reader("example", Subscription(Seen.type, lambda _session, _event: None, kind), SAMPLE, Seen)

    assert list(read(ReaderSchema)) == []
    assert any(objection in each for each in read(schema))


def test_a_seeded_gap_between_publishers_and_readers_is_found() -> None:
    listening = Subscription(Seen.type, lambda _session, _event: None, ReaderSchema)
    publisher = replace(SERVICES[0], events=(Seen,), subscriptions=())
    reader = replace(SERVICES[1], events=(), subscriptions=(listening,))
    assert list(check_exchange([publisher, reader], {})) == []
    assert list(check_exchange([publisher], {})) == [
        "nobody listens to saypro.example.seen.v1: add a consumer, or a reason to UNREAD"
    ]
    assert list(check_exchange([publisher], {Seen.type: "readers come with the next release"})) == []
    assert list(check_exchange([reader], {})) == ["nobody publishes saypro.example.seen.v1"]
    assert any("read after all" in each for each in check_exchange([publisher, reader], {Seen.type: "old"}))
