"""The door for partners' systems: what it takes in, what it refuses, and that repeating is harmless."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from services.partners.submissions.models import Submission, WebhookKey
from services.partners.submissions.tests.factories import (
    Partner,
    count,
    make_body,
    make_live_key,
    make_measurement,
    make_organisation,
    sign,
)
from shared.clock import new_id
from shared.database.engine import Database
from shared.service import Runtime
from shared.testing.databases import Bus
from shared.web.app import create_app

LIMIT = 1 << 20


def test_a_signed_delivery_is_kept_as_received_and_published(partner: Partner, runtime: Runtime, bus: Bus) -> None:
    campaign = new_id()
    body = make_body(make_measurement(value="NA"), campaign=campaign)
    answer = partner.deliver(body, message_id="msg_1")
    assert answer.status_code == 202, answer.text
    submission_id = UUID(answer.json["submission_id"])
    assert answer.json == {"submission_id": str(submission_id), "duplicate": False}
    with runtime.database.transaction(write=False) as session:
        kept = session.get_one(Submission, submission_id)
        assert kept.body == body
        assert (kept.status, kept.kind) == ("accepted", "measurements.reported")
        assert (kept.campaign_id, kept.items) == (campaign, 1)
    [published] = bus.published("submission_accepted")
    assert published.subject == str(partner.organisation_id)
    assert published.data["submission_id"] == str(submission_id)
    assert published.data["kind"] == "measurements.reported"
    assert published.data["data"] == {"campaign": str(campaign), "measurements": [make_measurement(value="NA")]}


def test_the_same_delivery_again_has_one_effect(partner: Partner, runtime: Runtime, bus: Bus) -> None:
    body = make_body()
    first = partner.deliver(body, message_id="msg_1")
    again = partner.deliver(body, message_id="msg_1")
    assert again.status_code == 202
    assert again.json == {**first.json, "duplicate": True}
    assert count(runtime, Submission) == 1
    assert len(bus.published("submission_accepted")) == 1


@pytest.mark.parametrize("other", [make_body(make_measurement(value="9")), b"not even JSON"])
def test_the_same_id_with_another_body_is_refused(partner: Partner, other: bytes) -> None:
    partner.deliver(message_id="msg_1")
    answer = partner.deliver(other, message_id="msg_1")
    assert answer.status_code == 409
    assert "webhook-id" in answer.json["detail"]


def test_two_partners_may_use_the_same_id(partner: Partner, runtime: Runtime, anyone: FlaskClient) -> None:
    other_id = make_organisation(runtime, "Harbour Watch")
    other = Partner(other_id, make_live_key(runtime, other_id).secret, anyone)
    assert partner.deliver(message_id="msg_1").json["duplicate"] is False
    assert other.deliver(message_id="msg_1").json["duplicate"] is False


def test_identical_deliveries_racing_have_one_effect(partner: Partner, app: Flask, runtime: Runtime, bus: Bus) -> None:
    body, racers, at = make_body(), 8, datetime.now(UTC)
    start = threading.Barrier(racers)

    def race(_number: int) -> dict[str, Any]:
        racer = Partner(partner.organisation_id, partner.secret, app.test_client())
        start.wait()
        answer = racer.deliver(body, message_id="msg_race", at=at)
        assert answer.status_code == 202, answer.text
        return answer.json

    with ThreadPoolExecutor(racers) as pool:
        answers = list(pool.map(race, range(racers)))
    assert sorted(answer["duplicate"] for answer in answers) == [False] + [True] * (racers - 1)
    assert len({answer["submission_id"] for answer in answers}) == 1
    assert count(runtime, Submission) == 1
    assert len(bus.published("submission_accepted")) == 1


AT = datetime(2027, 3, 12, tzinfo=UTC)
UNSIGNED: dict[str, Callable[[str], dict[str, str]]] = {
    "no signature": lambda _good: {"webhook_signature": ""},
    "no id": lambda _good: {"webhook_id": ""},
    "no timestamp": lambda _good: {"webhook_timestamp": ""},
    "another secret": lambda _good: {"webhook_signature": sign("whsec_" + "A" * 32, "msg_1", AT, make_body())},
    "no version": lambda good: {"webhook_signature": good.removeprefix("v1,")},
    "another version": lambda good: {"webhook_signature": good.replace("v1,", "v2,")},
    "an asymmetric one": lambda good: {"webhook_signature": good.replace("v1,", "v1a,")},
    "half of it": lambda good: {"webhook_signature": good[:20]},
    "not base64": lambda _good: {"webhook_signature": "v1,\u00fc\u00fc\u00fc"},
    "only commas": lambda _good: {"webhook_signature": ",,, , v1,"},
    "a timestamp in words": lambda _good: {"webhook_timestamp": "2027-03-12T00:00:00Z"},
    "a fraction of a second": lambda _good: {"webhook_timestamp": f"{AT.timestamp()}5"},
    "a timestamp that overflows": lambda _good: {"webhook_timestamp": "9" * 400},
    "other digits": lambda _good: {"webhook_timestamp": "\u0661\u0662\u0663".encode().decode("latin-1")},
    "no number": lambda _good: {"webhook_timestamp": "nan"},
    "an id too long": lambda _good: {"webhook_id": "m" * 256},
    "another id than signed": lambda _good: {"webhook_id": "msg_2"},
}


@pytest.mark.parametrize("change", UNSIGNED.values(), ids=UNSIGNED.keys())
def test_what_is_not_signed_is_refused_without_a_trace(
    partner: Partner, runtime: Runtime, bus: Bus, change: Callable[[str], dict[str, str]]
) -> None:
    body, at = make_body(), datetime.now(UTC)
    answer = partner.deliver(body, message_id="msg_1", at=at, **change(sign(partner.secret, "msg_1", at, body)))
    assert answer.status_code == 401, answer.text
    assert answer.mimetype == "application/problem+json"
    assert count(runtime, Submission) == 0
    assert bus.published("submission_accepted") == []


def test_a_changed_body_is_refused(partner: Partner) -> None:
    body, at = make_body(), datetime.now(UTC)
    signature = sign(partner.secret, "msg_1", at, body)
    for changed in (body + b" ", body.replace(b"4.31", b"94.31"), b""):
        assert partner.deliver(changed, message_id="msg_1", at=at, webhook_signature=signature).status_code == 401


@pytest.mark.parametrize(("age", "status"), [(-330, 401), (-270, 202), (0, 202), (270, 202), (330, 401)])
def test_the_time_of_signing_may_be_five_minutes_off(partner: Partner, age: int, status: int) -> None:
    answer = partner.deliver(at=datetime.now(UTC) - timedelta(seconds=age))
    assert answer.status_code == status
    if status == 401:
        assert "clock" in answer.json["detail"]


def test_every_signature_in_the_header_is_tried(partner: Partner) -> None:
    body, at = make_body(), datetime.now(UTC)
    good = sign(partner.secret, "msg_1", at, body)
    for header in (f"v1,AAAA {good}", f"garbage {good}", f"v1a,AAAA v2,{good[3:]}  {good} v1,===="):
        answer = partner.deliver(body, message_id="msg_1", at=at, webhook_signature=header)
        assert answer.status_code == 202, header


def test_an_unknown_organisation_is_answered_like_a_wrong_signature(partner: Partner, runtime: Runtime) -> None:
    keyless = make_organisation(runtime, "Nobody yet")
    answers = [
        Partner(each, "whsec_" + base64.b64encode(b"x" * 32).decode(), partner.client).deliver()
        for each in (partner.organisation_id, keyless, new_id())
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


def test_both_keys_work_until_one_is_revoked(partner: Partner, runtime: Runtime, script: FlaskClient) -> None:
    second = make_live_key(runtime, partner.organisation_id)
    for secret in (partner.secret, second.secret):
        assert Partner(partner.organisation_id, secret, partner.client).deliver().status_code == 202
    keys = f"/partners/api/v1/organisations/{partner.organisation_id}/webhook-keys"
    assert script.delete(f"{keys}/{second.key.id}").status_code == 204
    assert Partner(partner.organisation_id, second.secret, partner.client).deliver().status_code == 401
    assert partner.deliver().status_code == 202


def test_a_key_that_another_process_revoked_is_refused_at_once(partner: Partner, runtime: Runtime, app: Flask) -> None:
    assert partner.deliver().status_code == 202
    with runtime.database.transaction() as session:
        session.scalars(select(WebhookKey)).one().revoked_at = datetime.now(UTC)
    assert partner.deliver().status_code == 401
    assert count(runtime, Submission) == 1
    fresh = make_live_key(runtime, partner.organisation_id)
    assert replace(partner, secret=fresh.secret).deliver().status_code == 202
    assert partner.deliver().status_code == 401


def test_different_deliveries_racing_under_one_id_keep_one(partner: Partner, app: Flask, runtime: Runtime) -> None:
    start = threading.Barrier(6)

    def race(number: int) -> int:
        racer = Partner(partner.organisation_id, partner.secret, app.test_client())
        start.wait()
        return racer.deliver(make_body(make_measurement(value=str(number))), message_id="msg_race").status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(race, range(6))) == [202] + [409] * 5
    assert count(runtime, Submission) == 1


def test_a_delivery_may_come_with_a_token_too(partner: Partner, script: FlaskClient) -> None:
    # Looking the token up opens a transaction, which must not be waited for by the one that keeps the delivery.
    assert replace(partner, client=script).deliver().status_code == 202


def test_a_body_over_the_limit_is_refused_before_anything_else(partner: Partner, runtime: Runtime) -> None:
    answer = partner.deliver(b" " * LIMIT + b"{}")
    assert answer.status_code == 413
    assert count(runtime, Submission) == 0
    # Not even a signature is looked at.
    assert partner.deliver(b" " * (LIMIT + 1), webhook_signature="", webhook_id="").status_code == 413


def test_a_stream_over_the_limit_is_refused(partner: Partner, app: Flask) -> None:
    class Endless:
        sent = 0

        def read(self, size: int = -1) -> bytes:
            given = 65536 if size < 0 else min(size, 65536)
            self.sent += given
            assert self.sent < 3 * LIMIT, "reading should have stopped at the limit"
            return b" " * given

    answer = app.test_client().post(
        f"/partners/webhooks/{partner.organisation_id}",
        environ_overrides={"wsgi.input": Endless(), "wsgi.input_terminated": True},
    )
    assert answer.status_code == 413


def test_a_body_of_exactly_the_limit_is_read(partner: Partner) -> None:
    body = make_body()
    assert partner.deliver(body + b" " * (LIMIT - len(body))).status_code == 202


UNREADABLE = {
    "nothing": b"",
    "no JSON": b"{",
    "more than one value": b"{} {}",
    "deep nesting": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a huge number": b'{"type": ' + b"9" * 10_000 + b"}",
    "not a number": b'{"type": NaN}',
    "not UTF-8": b'{"type": "\xff\xfe"}',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_not_json_is_refused(partner: Partner, body: bytes) -> None:
    answer = partner.deliver(body)
    assert answer.status_code == 400, answer.text
    assert answer.mimetype == "application/problem+json"


def pointers(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["pointer"] for error in answer.json["errors"]}


def make_odd(**changes: Any) -> bytes:
    return make_body(make_measurement(), make_measurement(**changes))


MISFITS: dict[str, tuple[bytes, set[str]]] = {
    "a list": (b"[]", {""}),
    "a text": (b'"measurements.reported"', {""}),
    "an empty object": (b"{}", {"/type", "/data"}),
    "an unknown type": (b'{"type": "stories.told", "data": 1}', {"/type"}),
    "a type that is no text": (b'{"type": 1, "data": {}}', {"/type", "/data/campaign", "/data/measurements"}),
    "data that is no object": (b'{"type": "measurements.reported", "data": []}', {"/data"}),
    "an odd campaign": (make_body(campaign="harbour"), {"/data/campaign"}),
    "a value as a number": (make_odd(value=4.31), {"/data/measurements/1/value"}),
    "a value that is null": (make_odd(value=None), {"/data/measurements/1/value"}),
    "an empty value": (make_odd(value=""), {"/data/measurements/1/value"}),
    "a date in words": (make_odd(period_start="1 March 2027"), {"/data/measurements/1/period_start"}),
    "a week date": (make_odd(period_start="2027-W01-1"), {"/data/measurements/1/period_start"}),
    "a day that isn't": (make_odd(period_end="2027-02-30"), {"/data/measurements/1/period_end"}),
    "no reference": (make_odd(reference=" "), {"/data/measurements/1/reference"}),
    "a long reference": (make_odd(reference="r" * 201), {"/data/measurements/1/reference"}),
    "a control character": (make_odd(kpi="a\x00b"), {"/data/measurements/1/kpi"}),
    "half a character": (make_odd(value="\ud800"), {"/data/measurements/1/value"}),
    "an unknown field": (make_odd(unit="kg"), {"/data/measurements/1/unit"}),
    "an item that is no object": (make_body(1), {"/data/measurements/0"}),  # type: ignore[arg-type]
    "a naive timestamp": (make_body().replace(b"06:00:00Z", b"06:00:00"), {"/timestamp"}),
}


@pytest.mark.parametrize(("body", "wrong"), MISFITS.values(), ids=MISFITS.keys())
def test_what_is_not_understood_is_refused_naming_each_field(
    partner: Partner, runtime: Runtime, body: bytes, wrong: set[str]
) -> None:
    assert pointers(partner.deliver(body)) == wrong
    assert count(runtime, Submission) == 0


def test_a_number_is_refused_with_what_to_write_instead(partner: Partner) -> None:
    [error] = partner.deliver(make_body(make_measurement(value=4.31))).json["errors"]
    assert "string" in error["detail"]


@pytest.mark.parametrize(("items", "status"), [(0, 422), (1, 202), (1000, 202), (1001, 422), (50_000, 422)])
def test_a_delivery_holds_up_to_a_thousand_items(partner: Partner, items: int, status: int) -> None:
    body = {"type": "measurements.reported", "data": {"campaign": str(new_id()), "measurements": [{}] * items}}
    if status == 202:
        body["data"]["measurements"] = [make_measurement(reference=f"row-{n}") for n in range(items)]  # type: ignore[index]
    answer = partner.deliver(json.dumps(body).encode())
    assert answer.status_code == status
    if status == 422:
        assert pointers(answer) == {"/data/measurements"}


def test_many_mistakes_get_a_bounded_answer(partner: Partner) -> None:
    answer = partner.deliver(make_body(*[{} for _ in range(1000)]))
    assert len(pointers(answer)) == 100


def test_a_refused_id_can_be_used_again(partner: Partner) -> None:
    assert partner.deliver(b"{}", message_id="msg_1").status_code == 422
    assert partner.deliver(message_id="msg_1").json["duplicate"] is False


def test_use_of_a_key_is_noted_at_most_once_a_minute(partner: Partner, runtime: Runtime) -> None:
    def last_use() -> datetime | None:
        with runtime.database.transaction(write=False) as session:
            return session.scalar(select(WebhookKey.last_used_at))

    assert last_use() is None
    partner.deliver()
    first = last_use()
    assert first is not None
    partner.deliver()
    assert last_use() == first
    with runtime.database.transaction() as session:
        session.scalars(select(WebhookKey)).one().last_used_at = first - timedelta(seconds=61)
    partner.deliver()
    later = last_use()
    assert later is not None
    assert later >= first


def test_a_delivery_costs_few_statements(partner: Partner, runtime: Runtime) -> None:
    partner.deliver()
    seen: list[str] = []
    event.listen(runtime.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2].split()[0]))
    partner.deliver(make_body(*[make_measurement(reference=f"row-{n}") for n in range(150)]))
    # Whether the key is live, the submission, the outbox (on PostgreSQL behind a lock that keeps events in order).
    outbox = "INSERT" if runtime.database.is_sqlite else "WITH"
    assert [each for each in seen if each != "BEGIN"] == ["SELECT", "INSERT", outbox]


def test_a_database_that_is_down_is_answered_with_when_to_come_back(partner: Partner, runtime: Runtime) -> None:
    nowhere = replace(runtime, database=Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing"))
    answer = replace(partner, client=create_app(nowhere).test_client()).deliver()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert partner.deliver().status_code == 202


def test_a_form_in_a_browser_cannot_read_the_door(partner: Partner) -> None:
    assert partner.client.get(f"/partners/webhooks/{partner.organisation_id}").status_code == 405


def test_the_digest_that_tells_repeats_apart_is_of_the_whole_body(partner: Partner, runtime: Runtime) -> None:
    body = make_body()
    partner.deliver(body)
    with runtime.database.transaction(write=False) as session:
        assert session.scalars(select(Submission.body_digest)).one() == hashlib.sha256(body).digest()
