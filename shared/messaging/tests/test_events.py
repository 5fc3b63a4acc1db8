"""An event's way into its envelope and out again."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import new_id
from shared.messaging.envelope import Envelope, MalformedEnvelope
from shared.messaging.events import Event, encode_value

NOON = datetime(2027, 3, 12, 12, tzinfo=UTC)


class Kind(StrEnum):
    SUM = "sum"


@dataclass(frozen=True)
class Share:
    partner: UUID
    value: Decimal


@dataclass(frozen=True)
class ReportAccepted(Event):
    type: ClassVar[str] = "saypro.metrics.report_accepted.v1"
    subject_field: ClassVar[str] = "report"
    secret_fields: ClassVar[frozenset[str]] = frozenset({"link"})
    report: UUID
    value: Decimal
    due: date
    at: datetime
    kind: Kind = Kind.SUM
    note: str | None = None
    shares: list[Share] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    link: str = ""


def make_report(**changes: Any) -> ReportAccepted:
    values: dict[str, Any] = {"report": new_id(), "value": Decimal("4.310"), "due": date(2027, 3, 1), "at": NOON}
    return ReportAccepted(**values | changes)


def wrap(event: Event) -> Envelope:
    return Envelope(
        new_id(), event.type, event.source, event.subject, NOON, event.encode(), secret_fields=event.secret_fields
    )


def test_every_kind_of_field_has_an_exact_json_form() -> None:
    partner = new_id()
    east = timezone(timedelta(hours=2))
    event = make_report(
        at=datetime(2027, 3, 12, 14, tzinfo=east), shares=[Share(partner, Decimal("0.10"))], extra={"n": [1, True]}
    )
    assert json.loads(json.dumps(event.encode())) == {
        "report": str(event.report),
        "value": "4.310",
        "due": "2027-03-01",
        "at": "2027-03-12T12:00:00Z",
        "kind": "sum",
        "note": None,
        "shares": [{"partner": str(partner), "value": "0.10"}],
        "extra": {"n": [1, True]},
        "link": "",
    }
    assert (event.subject, event.source) == (str(event.report), "/metrics")


@pytest.mark.parametrize("value", [1.5, {"x": 0.1}, b"bytes", {1, 2}, Decimal("NaN"), datetime(2027, 3, 12)])
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        encode_value(value)


def test_an_event_type_has_its_service_its_fact_and_its_version() -> None:
    with pytest.raises(TypeError, match="saypro"):
        type("Nameless", (Event,), {"type": "saypro.Metrics.reported"})


@given(
    text=st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    value=st.decimals(allow_nan=False, allow_infinity=False),
    at=st.datetimes(timezones=st.just(UTC)),
)
def test_an_envelope_survives_its_json(text: str, value: Decimal, at: datetime) -> None:
    sent = wrap(make_report(note=text, value=value, at=at))
    received = Envelope.from_json(sent.to_json())
    assert received == sent
    assert Decimal(received.data["value"]).as_tuple() == value.as_tuple()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_other_json_is_malformed_and_nothing_worse(document: Any) -> None:
    with pytest.raises(MalformedEnvelope):
        Envelope.from_json(json.dumps(document))


@given(st.binary(), st.sampled_from(["id", "type", "source", "subject", "time", "data", "specversion"]))
def test_any_field_may_be_wrong(noise: bytes, name: str) -> None:
    document = json.loads(wrap(make_report()).to_json())
    document[name] = {"id": 7, "data": [noise.hex()], "time": "12 March"}.get(name)
    with pytest.raises(MalformedEnvelope, match=name):
        Envelope.from_json(json.dumps(document))
    with pytest.raises(MalformedEnvelope):
        Envelope.from_json(noise)
