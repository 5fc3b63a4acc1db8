"""What cannot be handled is set aside, and harms nobody else."""

import json
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from shared.clock import utc_now
from shared.errors import Conflict, Invalid, NotFound
from shared.messaging.envelope import Envelope
from shared.messaging.parking import (
    MASK,
    MOST_ATTEMPTS,
    count_parked,
    discard_parked,
    replay_parked,
    show_parked,
)
from shared.messaging.subscriptions import NotYet, Received
from shared.messaging.tables import ParkedEvent, ParkedState
from tests.conformance.site import (
    Ears,
    Known,
    LinkAsked,
    Needing,
    Site,
    ThingEnded,
    ThingHappened,
    envelope,
    wait_until,
)


class Broken:
    """Raises for the numbers in `numbers`, until they are taken out."""

    def __init__(self, *numbers: int, error: Callable[[], Exception] = lambda: RuntimeError("broken")) -> None:
        self.numbers = set(numbers)
        self.error = error
        self.tries: dict[int, int] = {}

    def __call__(self, _session: Any, event: Received) -> None:
        number = event.data["n"]
        self.tries[number] = self.tries.get(number, 0) + 1
        if number in self.numbers:
            raise self.error()


def test_a_failing_event_is_tried_again_until_it_works(site: Site) -> None:
    broken = Broken(1)
    site.start(Ears(broken))
    site.sender.record(ThingHappened("a", 1))
    wait_until(lambda: site.hearer.parked(ParkedState.RETRYING))
    parked = site.hearer.parked()[0]
    assert (parked.attempts, parked.subject, parked.type) == (1, "a", ThingHappened.type)
    assert parked.error == "RuntimeError: broken"
    assert parked.next_attempt_at is not None
    assert site.hearer.numbers() == []
    wait_until(lambda: site.hearer.parked()[0].attempts >= 2)
    broken.numbers.clear()
    wait_until(lambda: site.hearer.numbers() == [1])
    wait_until(lambda: site.hearer.parked() == [])
    wait_until(lambda: site.sender.outbox() == [])


def test_only_the_failing_one_of_a_batch_is_parked_and_its_work_is_undone(site: Site) -> None:
    site.start(Ears(Broken(37, 64)), batch=True)
    site.sender.record(*[ThingHappened(f"thing-{n}", n) for n in range(100)])
    wait_until(lambda: len(site.hearer.numbers()) == 98)
    assert set(site.hearer.numbers()) == set(range(100)) - {37, 64}
    assert [each.subject for each in site.hearer.parked()] == ["thing-37", "thing-64"]


def test_later_events_of_its_subject_wait_and_then_follow_in_order(site: Site) -> None:
    broken = Broken(3)
    site.start(Ears(broken), batch=True)
    site.sender.record(*[ThingHappened("a" if n % 2 else "b", n) for n in range(20)])
    wait_until(lambda: len(site.hearer.numbers("b")) == 10)
    wait_until(lambda: len(site.hearer.parked()) == 9)
    assert site.hearer.numbers("a") == [1]
    states = [each.state for each in site.hearer.parked()]
    assert states == [ParkedState.RETRYING, *[ParkedState.WAITING] * 8]
    site.sender.record(ThingHappened("a", 21))
    wait_until(lambda: len(site.hearer.parked()) == 10)
    broken.numbers.clear()
    wait_until(lambda: site.hearer.numbers("a") == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21])
    wait_until(lambda: site.hearer.parked() == [])


def test_a_second_failure_among_those_that_waited_holds_back_the_rest(site: Site) -> None:
    broken = Broken(0, 4)
    site.start(Ears(broken), batch=True)
    site.sender.record(*[ThingHappened("a", n) for n in range(8)])
    wait_until(lambda: len(site.hearer.parked()) == 8)
    broken.numbers.discard(0)
    wait_until(lambda: site.hearer.numbers() == [0, 1, 2, 3])
    wait_until(
        lambda: [each.state for each in site.hearer.parked()] == [ParkedState.RETRYING, *[ParkedState.WAITING] * 3]
    )
    broken.numbers.clear()
    wait_until(lambda: site.hearer.numbers() == list(range(8)))


def test_hundreds_that_waited_catch_up_together(site: Site) -> None:
    broken = Broken(0)
    ears = Ears(broken)
    site.start(ears, batch=True)
    site.sender.record(*[ThingHappened("a", n) for n in range(400)])
    wait_until(lambda: len(site.hearer.parked()) == 400)
    before = ears.calls
    broken.numbers.clear()
    wait_until(lambda: site.hearer.numbers() == list(range(400)))
    assert ears.calls - before < 20


def test_events_that_need_no_order_do_not_wait(site: Site) -> None:
    site.start(Ears(Broken(1)), ordered=False)
    site.sender.record(ThingHappened("a", 1), ThingHappened("a", 2))
    wait_until(lambda: site.hearer.numbers() == [2])
    assert [each.state for each in site.hearer.parked()] == [ParkedState.RETRYING]


def test_an_event_that_comes_too_early_is_retried_without_an_alarm(site: Site) -> None:
    early = Broken(1, error=lambda: NotYet("the campaign is not known yet"))
    with capture_logs() as logs:
        site.start(Ears(early))
        site.sender.record(ThingHappened("a", 1))
        wait_until(lambda: site.hearer.parked(ParkedState.RETRYING))
        early.numbers.clear()
        wait_until(lambda: site.hearer.numbers() == [1])
    assert not [each for each in logs if each["event"].startswith("event_") and each["log_level"] != "info"]


def test_it_is_left_to_a_person_after_the_last_try(site: Site) -> None:
    site.start(Ears(Broken(1)))
    site.sender.record(ThingHappened("a", 1))
    wait_until(lambda: site.hearer.parked(ParkedState.RETRYING))
    with site.hearer.database.transaction() as session:
        session.execute(update(ParkedEvent).values(attempts=MOST_ATTEMPTS - 1))
    site.hearer.make_due()
    wait_until(lambda: site.hearer.parked(ParkedState.PARKED))
    assert site.hearer.parked()[0].next_attempt_at is None


def give_up_on(site: Site, *events: ThingHappened) -> None:
    """Have the first of `events` parked for a person, the others behind it."""
    site.sender.record(*events)
    wait_until(lambda: len(site.hearer.parked()) == len(events))
    with site.hearer.database.transaction() as session:
        session.execute(
            update(ParkedEvent)
            .where(ParkedEvent.state == ParkedState.RETRYING)
            .values(state=ParkedState.PARKED, next_attempt_at=None)
        )


def test_replaying_handles_it_and_what_waited_and_remembers_who_asked(site: Site) -> None:
    broken = Broken(1)
    site.start(Ears(broken))
    give_up_on(site, ThingHappened("a", 1), ThingHappened("a", 2), ThingHappened("a", 3))
    broken.numbers.clear()
    now = utc_now()
    with site.hearer.database.transaction() as session:
        replay_parked(session, site.hearer.parked()[0].id, who="noor@example.org", now=now)
    wait_until(lambda: site.hearer.numbers() == [1, 2, 3])
    wait_until(lambda: [each.state for each in site.hearer.parked()] == [ParkedState.HANDLED])
    replayed = site.hearer.parked()[0]
    assert (replayed.replayed_by, replayed.replayed_at) == ("noor@example.org", now)


def test_a_replay_that_fails_is_parked_again_with_its_new_error(site: Site) -> None:
    broken = Broken(1)
    site.start(Ears(broken))
    give_up_on(site, ThingHappened("a", 1))
    broken.error = lambda: RuntimeError("still broken")
    with site.hearer.database.transaction() as session:
        replay_parked(session, site.hearer.parked()[0].id, who="noor@example.org", now=utc_now())
    wait_until(lambda: "still broken" in site.hearer.parked()[0].error)
    assert site.hearer.parked()[0].state == ParkedState.RETRYING
    assert site.hearer.numbers() == []


def test_discarding_lets_what_waited_run_and_remembers_who_and_why(site: Site) -> None:
    site.start(Ears(Broken(1)))
    give_up_on(site, ThingHappened("a", 1), ThingHappened("a", 2), ThingHappened("a", 3))
    with site.hearer.database.transaction() as session:
        discard_parked(
            session, site.hearer.parked()[0].id, who="noor@example.org", reason="sent by mistake", now=utc_now()
        )
    wait_until(lambda: site.hearer.numbers() == [2, 3])
    discarded = site.hearer.parked()[0]
    assert discarded.state == ParkedState.DISCARDED
    assert (discarded.discarded_by, discarded.reason) == ("noor@example.org", "sent by mistake")


def test_a_person_cannot_replay_out_of_order_nor_resolve_twice(site: Site) -> None:
    site.start(Ears(Broken(1)))
    give_up_on(site, ThingHappened("a", 1), ThingHappened("a", 2))
    first, second = (each.id for each in site.hearer.parked())
    with site.hearer.database.transaction() as session:
        with pytest.raises(Conflict, match=str(first)):
            replay_parked(session, second, who="noor@example.org", now=utc_now())
        with pytest.raises(Invalid):
            discard_parked(session, first, who="noor@example.org", reason=" ", now=utc_now())
        with pytest.raises(NotFound):
            show_parked(session, envelope(ThingHappened("a", 1)).id)
        discard_parked(session, second, who="noor@example.org", reason="not needed", now=utc_now())
        with pytest.raises(Conflict, match="discarded"):
            replay_parked(session, second, who="noor@example.org", now=utc_now())
        assert count_parked(session)[ParkedState.PARKED] == 1


MALFORMED = {
    "no JSON": b"\xff\xfe not JSON",
    "a list": b"[]",
    "nothing": b"",
    "too deep": b'{"data":' * 20_000,
    "a NUL": b'{"specversion":"1.0","type":"saypro.sender.thing_happened.v1\\u0000"}\x00',
    "no id": b'{"specversion":"1.0","type":"saypro.sender.thing_happened.v1","source":"/x","subject":"a","data":{}}',
    "no offset": envelope(ThingHappened("a", 1)).to_json().replace("Z", "").encode(),
    "half a character": envelope(ThingHappened("a", 1), subject="\ud800").to_json().encode(),
    "not a number": envelope(ThingHappened("a", 1)).to_json().replace('"n":1', '"n":NaN').encode(),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_parked_as_received_and_blocks_nobody(site: Site, body: bytes) -> None:
    site.start(Ears())
    site.send_raw(body, body)
    site.sender.record(ThingHappened("a", 1))
    wait_until(lambda: site.hearer.numbers() == [1])
    wait_until(site.hearer.parked)
    assert len(site.hearer.parked()) == 1
    parked = site.hearer.parked()[0]
    assert parked.state == ParkedState.PARKED
    assert parked.event_id is None
    assert "MalformedEnvelope" in parked.error


def test_data_that_does_not_fit_the_schema_is_parked_and_holds_its_subject(site: Site) -> None:
    site.start(Ears())
    wrong = envelope(ThingHappened("a", 1), data={"thing": "a", "n": "many"})
    site.send_raw(wrong.to_json().encode())
    wait_until(lambda: site.hearer.parked(ParkedState.PARKED))
    site.sender.record(ThingHappened("a", 2), ThingHappened("b", 3))
    wait_until(lambda: site.hearer.numbers() == [3])
    wait_until(lambda: len(site.hearer.parked()) == 2)
    parked, waiting = site.hearer.parked()
    assert (parked.event_id, waiting.state) == (wrong.id, ParkedState.WAITING)
    assert "n" in parked.error


def test_a_type_that_only_another_release_knows_waits_for_that_release(site: Site) -> None:
    site.start(Ears())
    # The queue is bound to the type already, as by a newer worker; this one doesn't know it.
    foreign = envelope(ThingEnded("a", 1))
    site.send_raw(foreign.to_json().encode(), type=ThingHappened.type)
    wait_until(lambda: site.hearer.parked(ParkedState.RETRYING))
    assert "subscribes" in site.hearer.parked()[0].error
    for worker in site.workers:
        worker.stop(3)
    site.hearer.work(Ears().subscriptions(ThingHappened, ThingEnded))
    site.hearer.make_due()
    wait_until(lambda: site.hearer.numbers() == [1])


def test_secrets_are_shown_nowhere(site: Site) -> None:
    link = "https://example.org/in/s3cret"

    def fail(_session: Any, event: Received) -> None:
        raise RuntimeError(f"could not mail {event.data['text']}")

    with capture_logs() as logs:
        site.hearer.work(Ears(fail).subscriptions(LinkAsked))
        site.wait_for_queue()
        site.sender.work()
        site.sender.record(LinkAsked("a", 1, link))
        wait_until(site.hearer.parked)
        with site.hearer.database.transaction(write=False) as session:
            shown = show_parked(session, site.hearer.parked()[0].id)
    assert shown.payload is not None
    assert shown.payload["data"] == {"thing": "a", "n": 1, "text": MASK}
    assert "s3cret" not in repr(shown)
    assert "s3cret" not in repr(logs)


def test_a_failure_that_shows_only_at_commit_is_blamed_on_its_event_alone(site: Site) -> None:
    def refer(session: Any, event: Received) -> None:
        number = event.data["n"]
        if number != 5:
            session.add(Known(id=number))
        session.add(Needing(id=number, known=number))

    site.start(Ears(refer), batch=True)
    site.sender.record(*[ThingHappened(f"thing-{n}", n) for n in range(10)])
    wait_until(lambda: len(site.hearer.numbers()) == 9)
    wait_until(lambda: [each.subject for each in site.hearer.parked()] == ["thing-5"])
    assert sorted(site.hearer.numbers()) == [0, 1, 2, 3, 4, 6, 7, 8, 9]


def test_a_database_that_is_down_is_nobodys_fault(site: Site) -> None:
    outages = iter(range(3))

    def falter(_session: Any, _event: Received) -> None:
        if next(outages, None) is not None:
            raise OperationalError("SELECT 1", {}, psycopg.OperationalError("the server closed the connection"))

    site.start(Ears(falter), batch=True)
    site.sender.record(*[ThingHappened("a", n) for n in range(10)])
    wait_until(lambda: site.hearer.numbers() == list(range(10)))
    assert site.hearer.parked() == []


def test_a_statement_that_is_wrong_is_the_handlers_fault(site: Site) -> None:
    from sqlalchemy import text

    def misspell(session: Any, _event: Received) -> None:
        session.execute(text("SELECT * FROM no_such_table"))

    site.start(Ears(misspell))
    site.sender.record(ThingHappened("a", 1))
    wait_until(lambda: site.hearer.parked(ParkedState.RETRYING))
    assert "no_such_table" in site.hearer.parked()[0].error


def test_what_was_delivered_but_not_acknowledged_is_handled_once_by_the_next_worker(site: Site) -> None:
    hold, going = threading.Event(), threading.Event()

    def pause(_session: Any, event: Received) -> None:
        if event.data["n"] == 5:
            going.set()
            hold.wait(10)

    hearer, _ = site.start(Ears(pause))
    site.sender.record(*[ThingHappened("a", n) for n in range(50)])
    assert going.wait(10)
    stopper = threading.Thread(target=hearer.stop, args=(8,))
    stopper.start()
    hold.set()
    stopper.join()
    site.hearer.work(Ears().subscriptions())
    wait_until(lambda: len(site.hearer.numbers()) >= 50)
    assert site.hearer.numbers() == list(range(50))
    assert site.hearer.parked() == []


def test_the_payload_is_kept_as_it_came(site: Site) -> None:
    site.start(Ears(Broken(1)))
    sent = envelope(
        ThingHappened("a", 1, "ünïcode"), traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    )
    site.send_raw(sent.to_json().encode())
    wait_until(site.hearer.parked)
    shown = site.hearer.parked()[0]
    assert shown.payload is not None
    assert Envelope.from_json(json.dumps(shown.payload)) == sent
