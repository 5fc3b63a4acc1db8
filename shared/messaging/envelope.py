"""The envelope every event travels in: CloudEvents 1.0, structured mode, `application/cloudevents+json`.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import UUID

CONTENT_TYPE = "application/cloudevents+json"
TYPE_PATTERN = re.compile(r"saypro\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.v[1-9][0-9]*")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

#: The W3C trace context that work done here belongs to; recorded events carry it on.
_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)


class MalformedEnvelope(ValueError):
    """A message that is no CloudEvent of ours; its text says which part is wrong, never the payload
    itself.
    """


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event on its way. `secret_fields` names the keys anywhere in `data` that people are never shown."""

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    data: Mapping[str, Any]
    traceparent: str | None = None
    secret_fields: frozenset[str] = frozenset()

    def to_json(self) -> str:
        """The structured-mode JSON text. Raises `ValueError` for numbers that JSON has no form for."""
        document: dict[str, Any] = {
            "specversion": "1.0",
            "id": str(self.id),
            "type": self.type,
            "source": self.source,
            "subject": self.subject,
            "time": self.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
        }
        if self.traceparent:
            document["traceparent"] = self.traceparent
        if self.secret_fields:
            # Extension attributes are plain values, so a list of names is one string.
            document["sayprosecret"] = ",".join(sorted(self.secret_fields))
        document["data"] = self.data
        return json.dumps(document, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Envelope":
        """Read a message's body; raises `MalformedEnvelope` for anything that `to_json` could not have
        made.
        """
        document = _parse(text)
        if document.get("specversion") != "1.0":
            raise MalformedEnvelope("specversion is not 1.0")
        data = document.get("data")
        if not isinstance(data, dict):
            raise MalformedEnvelope("data is not an object")
        type_ = _text(document, "type")
        if not TYPE_PATTERN.fullmatch(type_):
            raise MalformedEnvelope("type is not of the form saypro.<service>.<fact>.v<N>")
        return cls(
            id=_read_id(_text(document, "id")),
            type=type_,
            source=_text(document, "source"),
            subject=_text(document, "subject"),
            time=_read_time(_text(document, "time")),
            data=data,
            traceparent=_read_traceparent(document.get("traceparent")),
            secret_fields=read_secret_fields(document),
        )


def read_secret_fields(document: Mapping[str, Any]) -> frozenset[str]:
    """The names of secret keys that an envelope's JSON document declares."""
    names = document.get("sayprosecret")
    return frozenset(name for name in names.split(",") if name) if isinstance(names, str) else frozenset()


def current_traceparent() -> str | None:
    """The trace context of the request or event being worked on, if it has one."""
    return _traceparent.get()


@contextmanager
def use_traceparent(value: str | None) -> Iterator[None]:
    """Events recorded inside the block carry `value` as their trace context."""
    token = _traceparent.set(value)
    try:
        yield
    finally:
        _traceparent.reset(token)


def _parse(text: str | bytes) -> dict[str, Any]:
    try:
        document = _decoder.decode(text if isinstance(text, str) else text.decode())
    except RecursionError as error:
        raise MalformedEnvelope("the JSON is nested too deeply") from error
    except ValueError as error:
        raise MalformedEnvelope("the body is not JSON in UTF-8") from error
    if not isinstance(document, dict):
        raise MalformedEnvelope("the body is not a JSON object")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# json.loads would make a decoder for every call that asks for anything special.
_decoder = json.JSONDecoder(parse_constant=_refuse_constant)


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value or len(value) > 255 or "\x00" in value:
        raise MalformedEnvelope(f"{name} is missing or not a text of 1 to 255 characters")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            # JSON can spell half a character, which no database takes.
            raise MalformedEnvelope(f"{name} is not Unicode text") from error
    return value


def _read_id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise MalformedEnvelope("id is not a UUID") from error


def _read_traceparent(value: Any) -> str | None:
    # Only for following what caused what: a bad one is dropped, not refused.
    return value if isinstance(value, str) and _TRACEPARENT.fullmatch(value) else None


def _read_time(value: str) -> datetime:
    try:
        time = datetime.fromisoformat(value)
    except ValueError as error:
        raise MalformedEnvelope("time is not an RFC 3339 instant") from error
    if time.tzinfo is None:
        raise MalformedEnvelope("time has no offset")
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise MalformedEnvelope("time is out of range") from error
