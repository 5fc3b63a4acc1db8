"""What a service publishes and listens to, as an AsyncAPI 3 document and as a page, from the same classes that run.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import fields as marshmallow_fields

from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.events import Event
from shared.messaging.subscriptions import Subscription

#: How `shared.messaging.events.encode_value` writes each kind of value.
_SCALARS: Mapping[type, Mapping[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    UUID: {"type": "string", "format": "uuid"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    Decimal: {
        "type": "string",
        "pattern": r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$",
        "description": "an exact number",
    },
}


def describe_type(kind: Any) -> dict[str, Any]:  # noqa: PLR0911 - one line per kind of type
    """The JSON Schema (draft 7) of a field's type, as events encode it. Raises `TypeError` for others."""
    if kind in _SCALARS:
        return dict(_SCALARS[kind])
    if kind is Any:
        return {}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _describe_union(arguments)
    if kind in (list, tuple) or origin in (list, tuple, Sequence):
        inner = [each for each in arguments if each is not Ellipsis]
        return {"type": "array", "items": describe_type(inner[0])} if inner else {"type": "array"}
    if kind is dict or origin in (dict, Mapping):
        return {"type": "object"}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [each.value for each in kind]}
    if isinstance(kind, type) and is_dataclass(kind):
        return describe_fields(kind)
    raise TypeError(f"an event cannot carry a {kind}")


def describe_fields(kind: type) -> dict[str, Any]:
    """The JSON Schema of a dataclass: every field is always there, and there may be more one day."""
    hints = get_type_hints(kind)
    names = [each.name for each in fields(kind)]
    return {
        "type": "object",
        "required": names,
        "properties": {name: describe_type(hints[name]) for name in names},
    }


def describe_service(
    name: str, events: Sequence[type[Event]], subscriptions: Sequence[Subscription], title: str = "SayPro"
) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of the service: it sends its events and receives those that it subscribes to."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for event in events:
        fact = _fact_of(event.type)
        messages[event.__name__] = _describe_message(event.type, _first_line(event), describe_fields(event))
        _add_operation(channels, operations, "send", fact, event.type, event.__name__)
    for each in subscriptions:
        fact = _fact_of(each.type)
        message = f"{fact.replace('.', '_')}_as_read"
        messages[message] = _describe_message(each.type, "The fields that this service reads.", _describe_read(each))
        _add_operation(channels, operations, "receive", fact, each.type, message)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{title} {name}: events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in structured mode on one durable topic exchange. The type is the "
            "routing key; events of one subject arrive in order, each at least once.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def write_page(
    name: str,
    events: Sequence[type[Event]],
    subscriptions: Sequence[Subscription],
    samples: Mapping[str, Mapping[str, Any]],
) -> str:
    """The same for people, as Markdown; `samples` are whole envelopes by event type."""
    lines = [f"# Events of {name}", "", "## Publishes", ""]
    for event in events:
        lines += [f"### {event.__name__}", "", _first_line(event), ""]
        lines += [f"`{event.type}`, in order by `{event.subject_field}`.", ""]
        lines += ["| field | JSON | |", "|---|---|---|"]
        for field, schema in describe_fields(event)["properties"].items():
            secret = "secret: shown to nobody" if field in event.secret_fields else ""
            lines.append(f"| `{field}` | {_say_type(schema)} | {secret} |")
        lines.append("")
        if event.type in samples:
            lines += ["```json", json.dumps(samples[event.type], indent=2, ensure_ascii=False), "```", ""]
    lines += ["## Listens to", "", "| event | fields read | order |", "|---|---|---|"]
    for each in subscriptions:
        read = ", ".join(f"`{field}`" for field in _describe_read(each)["properties"])
        lines.append(f"| `{each.type}` | {read} | {'by subject' if each.ordered else 'does not matter'} |")
    return "\n".join(lines) + "\n"


def _describe_union(arguments: Sequence[Any]) -> dict[str, Any]:
    described = [describe_type(each) for each in arguments if each is not NoneType]
    if NoneType not in arguments:
        return {"anyOf": described}
    if len(described) == 1 and isinstance(described[0].get("type"), str):
        return {**described[0], "type": [described[0]["type"], "null"]}
    return {"anyOf": [*described, {"type": "null"}]}


def _describe_message(type_: str, summary: str, data: Mapping[str, Any]) -> dict[str, Any]:
    properties = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "a repeated delivery has the same id"},
        "source": {"type": "string"},
        "type": {"const": type_},
        "subject": {"type": "string", "description": "the aggregate's id, and what order is kept by"},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "traceparent": {"type": "string"},
        "sayprosecret": {"type": "string", "description": "the names of fields that nobody is shown"},
        "data": dict(data),
    }
    required = ["specversion", "id", "source", "type", "subject", "time", "data"]
    return {
        "name": type_,
        "summary": summary,
        "contentType": CONTENT_TYPE,
        "payload": {"type": "object", "required": required, "properties": properties},
    }


def _add_operation(
    channels: dict[str, Any], operations: dict[str, Any], action: str, fact: str, address: str, message: str
) -> None:
    channel = channels.setdefault(fact, {"address": address, "messages": {}})
    channel["messages"][message] = {"$ref": f"#/components/messages/{message}"}
    operations[f"{action}_{fact.replace('.', '_')}"] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{fact}"},
        "messages": [{"$ref": f"#/channels/{fact}/messages/{message}"}],
    }


def _describe_read(subscription: Subscription) -> dict[str, Any]:
    # Without a resolver of names nested schemas are written where they stand, so that no reference dangles.
    converter: Any = OpenAPIConverter("3.1.0", schema_name_resolver=lambda _schema: None, spec=None)  # type: ignore[arg-type]
    # Numbers travel as strings, from which a Decimal field reads them exactly.
    converter.map_to_openapi_type(marshmallow_fields.Decimal, "string", None)
    return {"properties": {}, **_allow_more(converter.schema2jsonschema(subscription.schema()))}


def _allow_more(schema: Any) -> Any:
    """The schema without its refusals of other fields: subscriptions ignore what they don't declare."""
    if isinstance(schema, list):
        return [_allow_more(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _allow_more(each) for name, each in schema.items() if (name, each) != ("additionalProperties", False)}


def _fact_of(type_: str) -> str:
    """`partners.organisation_registered.v1` of `saypro.partners.organisation_registered.v1`."""
    return type_.split(".", 1)[1]


def _first_line(event: type[Event]) -> str:
    return (event.__doc__ or "").strip().splitlines()[0]


def _say_type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words, for a table's cell."""
    if "anyOf" in schema:
        return " or ".join(_say_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(f"`{each}`" for each in schema["enum"])
    kinds = schema.get("type", "anything")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    if "pattern" in schema:
        names[0] = "exact number as a string"
    if "format" in schema:
        names[0] += f" ({schema['format']})"
    if "items" in schema:
        names[0] = f"list of {_say_type(schema['items'])}"
    if "properties" in schema:
        names[0] = "{" + ", ".join(f"`{name}`: {_say_type(each)}" for name, each in schema["properties"].items()) + "}"
    return " or ".join(names)
