"""What holds between a service that publishes an event and those that read it, as checks that return objections."""

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from jsonschema import Draft7Validator, Draft202012Validator
from marshmallow import ValidationError

from shared.events_command import read_samples
from shared.messaging.asyncapi import describe_fields
from shared.messaging.envelope import Envelope, MalformedEnvelope
from shared.messaging.events import Event
from shared.messaging.subscriptions import Subscription
from shared.service import Service

ROOT = Path(__file__).parent.parent.parent
#: The fields of every event as they were first published. `python -m tests.contracts.record` adds what is new.
RECORD = "fields.json"


def name_sample(event: type[Event]) -> str:
    """`organisation_registered.v1.json`."""
    return event.type.split(".", 2)[2] + ".json"


def check_sample(event: type[Event], sample: Mapping[str, Any]) -> Iterator[str]:
    """Whether the sample is what the class publishes: the same names, the same JSON types, the same envelope."""
    data, schema = sample["data"], describe_fields(event)
    for name in data.keys() - schema["properties"].keys():
        yield f"{event.type} has lost {name!r}: put it back, or publish a new version beside this one"
    for name in schema["properties"].keys() - data.keys():
        yield f"{event.type}: show the new field {name!r} in the sample"
    # Draft 7 has no "uuid" among its formats; later drafts' checker knows it.
    for error in Draft7Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(data):
        if error.validator != "required":
            yield f"{event.type}: {error.json_path} {error.message}"
    try:
        envelope = Envelope.from_json(json.dumps(sample))
    except MalformedEnvelope as error:
        yield f"{event.type}: {error}"
        return
    expected = (event.type, "/" + event.type.split(".")[1], str(data.get(event.subject_field)), event.secret_fields)
    if (envelope.type, envelope.source, envelope.subject, envelope.secret_fields) != expected:
        yield f"{event.type}: the sample's type, source, subject or secret fields are not the class's"
    for name in event.secret_fields - data.keys():
        yield f"{event.type}: there is no field {name!r} to keep secret"


def check_record(event: type[Event], recorded: Mapping[str, Any] | None) -> Iterator[str]:
    """Whether what was once published is still published, in the same form."""
    current = describe_fields(event)["properties"]
    for name, schema in (recorded or {}).items():
        if name not in current:
            yield f"{event.type} has lost {name!r}: put it back, or publish a new version beside this one"
        elif not is_compatible(schema, current[name]):
            yield f"{event.type} has changed {name!r}: put it back, or publish a new version beside this one"
    if recorded is None or current.keys() - recorded.keys():
        yield f"{event.type} has new fields: run `python -m tests.contracts.record`"


def check_reader(
    reader: str, subscription: Subscription, sample: Mapping[str, Any], event: type[Event]
) -> Iterator[str]:
    """Whether a consumer's schema takes the sample, and the sample with nothing in each field that may be empty."""
    for variant in list_variants(event, sample):
        try:
            subscription.read(Envelope.from_json(json.dumps(variant)))
        except ValidationError as error:
            yield f"{reader} can't read {event.type}: {error.messages}"


def check_exchange(services: Sequence[Service], unread: Mapping[str, str]) -> Iterator[str]:
    """Whether whatever is published is read, or needs no reader for a reason, and whatever is read is published."""
    published = {event.type for service in services for event in service.events}
    read = {each.type for service in services for each in service.subscriptions}
    for type_ in sorted(published - read - unread.keys()):
        yield f"nobody listens to {type_}: add a consumer, or a reason to UNREAD"
    for type_ in sorted(unread.keys() & read):
        yield f"{type_} is read after all: take it out of UNREAD"
    for type_ in sorted((read | unread.keys()) - published):
        yield f"nobody publishes {type_}"


def is_compatible(recorded: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """Whether a reader of the recorded form can read the current one: only new members of objects are allowed."""
    if "properties" in recorded and "properties" in current:
        return all(
            name in current["properties"] and is_compatible(schema, current["properties"][name])
            for name, schema in recorded["properties"].items()
        )
    if "items" in recorded and "items" in current:
        return is_compatible(recorded["items"], current["items"])
    return recorded == current


def list_variants(event: type[Event], sample: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The sample, and for each field that may be null the sample with null in it."""
    yield deepcopy(dict(sample))
    for name, schema in describe_fields(event)["properties"].items():
        if "null" in schema.get("type", ()) or {"type": "null"} in schema.get("anyOf", ()):
            yield {**deepcopy(dict(sample)), "data": {**sample["data"], name: None}}


def read_record(service: Service) -> dict[str, Any]:
    """Event type -> field -> its JSON Schema."""
    path = service.folder / "contracts" / RECORD
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def find_sample(service: Service, event: type[Event]) -> Mapping[str, Any]:
    return read_samples(service)[event.type]


def revive(kind: Any, value: Any) -> Any:
    """A field's JSON value as the dataclass holds it: the opposite of `encode_value`."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        (inner,) = (each for each in arguments if each is not NoneType)
        return None if value is None else revive(inner, value)
    if origin is list:
        return [revive(arguments[0], each) for each in value]
    if isinstance(kind, type):
        if is_dataclass(kind):
            hints = get_type_hints(kind)
            return kind(**{each.name: revive(hints[each.name], value[each.name]) for each in fields(kind)})
        if kind in (datetime, date):
            return kind.fromisoformat(value)
        if kind in (UUID, Decimal) or issubclass(kind, Enum):
            return kind(value)
    return value
