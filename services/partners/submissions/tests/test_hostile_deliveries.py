"""Whatever arrives at the door, signed or not, gets an answer that tells what is wrong, and never a 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.partners.submissions.tests.factories import Partner, make_measurement
from shared.clock import new_id

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
# One database for all examples of a test: what one leaves behind must not trouble the next either.
hostile = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
)


def mostly(right: Any) -> st.SearchStrategy[Any]:
    return st.just(right) | st.just(right) | VALUES


MEASUREMENTS = st.builds(
    lambda changes, extra: {**make_measurement(), **changes, **extra},
    st.dictionaries(st.sampled_from(sorted(make_measurement())), VALUES | st.text(max_size=250), max_size=2),
    st.dictionaries(st.text(max_size=8), VALUES, max_size=1),
)
DELIVERIES = st.fixed_dictionaries(
    {
        "type": mostly("measurements.reported"),
        "data": mostly(None)
        | st.fixed_dictionaries(
            {"campaign": mostly(str(new_id())), "measurements": st.lists(MEASUREMENTS, max_size=3) | VALUES}
        ),
    },
    optional={"timestamp": mostly("2027-04-01T06:00:00Z") | st.datetimes().map(str)},
)


@hostile
@given(body=st.binary(max_size=300))
def test_signed_bytes_never_give_a_500(partner: Partner, body: bytes) -> None:
    assert partner.deliver(body).status_code in {400, 401, 422}


@hostile
@given(value=VALUES)
def test_signed_json_of_any_shape_never_gives_a_500(partner: Partner, value: Any) -> None:
    assert partner.deliver(json.dumps(value).encode()).status_code in {400, 422}


@hostile
@given(delivery=DELIVERIES)
def test_a_delivery_with_odd_parts_is_taken_whole_or_named_field_by_field(partner: Partner, delivery: Any) -> None:
    answer = partner.deliver(json.dumps(delivery).encode())
    assert answer.status_code in {202, 400, 422}, answer.text
    if answer.status_code == 422:
        assert answer.json["errors"]
        assert all({"pointer", "detail"} <= error.keys() for error in answer.json["errors"])


# What a WSGI server lets through as a header's value.
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=300)


@hostile
@given(message_id=HEADER, timestamp=HEADER, signature=HEADER)
def test_headers_never_give_a_500(partner: Partner, message_id: str, timestamp: str, signature: str) -> None:
    odd = {"webhook_id": message_id, "webhook_timestamp": timestamp, "webhook_signature": signature}
    assert partner.deliver(**odd).status_code == 401
    for name, value in odd.items():
        assert partner.deliver(**{name: value}).status_code == 401
