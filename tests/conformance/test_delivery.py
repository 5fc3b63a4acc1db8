"""Events arrive, in the order of their subject, once."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from marshmallow import Schema, fields

from shared.clock import utc_now
from shared.messaging.envelope import use_traceparent
from shared.messaging.outbox import record
from shared.messaging.subscriptions import Subscription
from shared.messaging.worker import Worker
from tests.conformance.site import Ears, NobodyListens, Site, ThingEnded, ThingHappened, envelope, wait_until

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def things(count: int, subjects: int = 1) -> list[ThingHappened]:
    return [ThingHappened(f"thing-{n % subjects}", n) for n in range(count)]


def test_an_event_reaches_its_handler_and_leaves_the_outbox(site: Site) -> None:
    site.start(Ears())
    site.sender.record(ThingHappened("a", 7, "Näherin 🧵"))
    wait_until(lambda: site.hearer.numbers() == [7])
    wait_until(lambda: site.sender.outbox() == [])


def test_what_is_rolled_back_is_not_published(site: Site) -> None:
    site.start(Ears())
    with pytest.raises(KeyError), site.sender.database.transaction() as session:
        record(session, ThingHappened("a", 1), now=utc_now())
        raise KeyError
    with site.sender.database.transaction() as session:
        record(session, ThingHappened("a", 2), now=utc_now())
        with pytest.raises(KeyError), session.begin_nested():
            record(session, ThingHappened("a", 3), now=utc_now())
            raise KeyError
        record(session, ThingHappened("a", 4), now=utc_now())
    wait_until(lambda: site.hearer.numbers() == [2, 4])


def test_every_subject_arrives_in_order(site: Site) -> None:
    site.start(Ears(), batch=True)
    for start in range(0, 600, 100):
        site.sender.record(*things(600, subjects=7)[start : start + 100])
    wait_until(lambda: len(site.hearer.numbers()) == 600)
    for subject in range(7):
        assert site.hearer.numbers(f"thing-{subject}") == list(range(subject, 600, 7))


def test_types_of_one_subject_do_not_overtake_each_other(site: Site) -> None:
    ears = Ears()
    site.hearer.work(ears.subscriptions(ThingHappened, ThingEnded, batch=True))
    site.wait_for_queue()
    site.sender.work()
    site.sender.record(*[(ThingEnded if n % 3 == 0 else ThingHappened)("a", n) for n in range(60)])
    wait_until(lambda: len(site.hearer.numbers()) == 60)
    assert site.hearer.numbers() == list(range(60))


def test_order_outlives_a_restart_of_both_workers(site: Site) -> None:
    ears = Ears()
    hearer, sender = site.start(ears)
    site.sender.record(*things(300, subjects=3))
    wait_until(lambda: len(site.hearer.numbers()) > 20)
    sender.stop(3)
    hearer.stop(3)
    site.sender.record(*[ThingHappened(f"thing-{n % 3}", n) for n in range(300, 400)])
    site.hearer.work(ears.subscriptions())
    site.sender.work()
    wait_until(lambda: len(site.hearer.numbers()) >= 400)
    for subject in range(3):
        assert site.hearer.numbers(f"thing-{subject}") == list(range(subject, 400, 3))


def test_two_relays_keep_the_order_and_one_takes_over_from_the_other(site: Site) -> None:
    _, first = site.start(Ears(), batch=True)
    site.sender.work()
    site.sender.record(*things(200, subjects=2))
    wait_until(lambda: len(site.hearer.numbers()) == 200)
    first.stop(3)
    site.sender.record(*[ThingHappened(f"thing-{n % 2}", n) for n in range(200, 300)])
    wait_until(lambda: len(site.hearer.numbers()) == 300)
    for subject in range(2):
        assert site.hearer.numbers(f"thing-{subject}") == list(range(subject, 300, 2))


def test_concurrent_transactions_publish_a_subject_in_the_order_of_their_commits(site: Site) -> None:
    """Each transaction reads the last number of the subject under the lock its commit will be ordered by."""
    site.start(Ears(), batch=True)
    counter = iter(range(10_000))
    turn = threading.Lock()

    def write() -> None:
        for _ in range(25):
            with site.sender.database.session() as session, session.begin():
                # An unrelated early event makes the transactions overlap.
                record(session, ThingHappened(f"other-{threading.get_ident()}", 0), now=utc_now())
                with turn:
                    record(session, ThingHappened("shared", next(counter)), now=utc_now())
                    session.commit()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    wait_until(lambda: len(site.hearer.numbers("shared")) == 100)
    assert site.hearer.numbers("shared") == list(range(100))


def test_every_service_that_subscribes_gets_its_own_copy(site: Site) -> None:
    other = site.service("other")
    ears, others = Ears(), Ears()
    workers = [
        site.hearer.make_worker(ears.subscriptions()),
        other.make_worker(others.subscriptions(ThingEnded, ThingHappened)),
    ]
    for worker in workers:
        worker.start()
    site.wait_for_queue()
    site.wait_for_queue("saypro.other")
    site.sender.work()
    site.sender.record(ThingHappened("a", 1), ThingEnded("a", 2))
    wait_until(lambda: other.numbers() == [1, 2])
    wait_until(lambda: site.hearer.numbers() == [1])
    wait_until(lambda: site.sender.outbox() == [])


def test_what_a_handler_records_is_published_with_its_work(site: Site) -> None:
    def answer(session: Any, event: Any) -> None:
        record(session, ThingEnded(event.subject, event.data["n"] + 1), now=utc_now())

    back = Ears()
    sender = site.sender.make_worker(back.subscriptions(ThingEnded))
    sender.start()
    site.wait_for_queue("saypro.sender")
    site.hearer.work(Ears(answer).subscriptions())
    site.wait_for_queue()
    with use_traceparent(TRACE):
        site.sender.record(ThingHappened("a", 1))
    wait_until(lambda: site.sender.numbers() == [2])
    assert site.hearer.heard()[0].traceparent == TRACE
    assert site.sender.heard()[0].traceparent == TRACE


def test_a_schema_reads_what_it_declares_and_ignores_new_fields_at_every_depth(site: Site) -> None:
    class Inner(Schema):
        n = fields.Integer()

    class Outer(Schema):
        n = fields.Integer()
        inner = fields.Nested(Inner)
        many = fields.List(fields.Nested(Inner))

    seen: list[Any] = []
    site.hearer.work([Subscription(ThingHappened.type, lambda _session, event: seen.append(event.data), Outer)])
    site.wait_for_queue()
    data = {"n": 1, "new": 2, "inner": {"n": 3, "new": 4}, "many": [{"n": 5, "new": 6}]}
    site.send_raw(envelope(ThingHappened("a", 1), data=data).to_json().encode())
    wait_until(lambda: seen)
    assert seen == [{"n": 1, "inner": {"n": 3}, "many": [{"n": 5}]}]


def test_a_body_of_several_mebibytes_arrives_whole(site: Site) -> None:
    lengths: list[int] = []
    site.start(Ears(lambda _session, event: lengths.append(len(event.data["text"]))))
    site.sender.record(ThingHappened("a", 1, "x" * 3_000_000), ThingHappened("a", 2))
    wait_until(lambda: site.hearer.numbers() == [1, 2])
    assert lengths == [3_000_000, 0]


def test_the_same_event_delivered_twice_is_handled_once(site: Site) -> None:
    site.start(Ears(), batch=True)
    once = envelope(ThingHappened("a", 1)).to_json().encode()
    site.send_raw(once, once)
    site.send_raw(once)
    site.sender.record(ThingHappened("raw", 2))
    wait_until(lambda: 2 in site.hearer.numbers())
    assert site.hearer.numbers() == [1, 2]


def test_a_single_event_is_handled_at_once(site: Site) -> None:
    site.start(Ears(), batch=True)
    site.sender.record(ThingHappened("a", 0))
    wait_until(lambda: site.hearer.numbers() == [0])
    waits = []
    for n in range(1, 6):
        began = time.monotonic()
        site.sender.record(ThingHappened("a", n))
        wait_until(lambda n=n: n in site.hearer.numbers())
        waits.append(time.monotonic() - began)
    # The slow poll beneath the bell is a second: whoever waited for it shows here.
    assert min(waits) < 0.3


def test_a_flood_is_handled_in_batches(site: Site) -> None:
    ears = Ears()
    site.start(ears, batch=True)
    site.sender.record(*things(1000, subjects=50))
    wait_until(lambda: site.hearer.count_heard() == 1000, 30)
    assert ears.calls < 200


def test_an_event_nobody_wants_keeps_its_row_until_somebody_does(site: Site) -> None:
    site.start(Ears())
    site.sender.record(NobodyListens("a", 1), ThingHappened("a", 2), ThingHappened("b", 3))
    wait_until(lambda: site.sender.outbox() and site.sender.outbox()[0].attempts > 0)
    wait_until(lambda: 3 in site.hearer.numbers())
    refused = site.sender.outbox()[0]
    assert refused.type == NobodyListens.type
    assert refused.retry_at is not None
    assert refused.error
    late = site.service("late")
    late.work(Ears().subscriptions(NobodyListens))
    wait_until(lambda: late.numbers() == [1])
    wait_until(lambda: site.sender.outbox() == [])


def test_later_events_of_a_subject_wait_behind_one_that_nobody_wants(site: Site) -> None:
    site.start(Ears())
    site.sender.record(NobodyListens("a", 1))
    wait_until(lambda: site.sender.outbox() and site.sender.outbox()[0].attempts > 0)
    site.sender.record(ThingHappened("a", 2), ThingHappened("b", 3))
    wait_until(lambda: 3 in site.hearer.numbers())
    assert site.hearer.numbers() == [3]
    late = site.service("late")
    late.work(Ears().subscriptions(NobodyListens))
    wait_until(lambda: site.hearer.numbers() == [3, 2])


def test_stopping_finishes_the_batch_under_way_and_leaves_the_rest(site: Site) -> None:
    going = threading.Event()
    hold = threading.Event()

    def pause(_session: Any, _event: Any) -> None:
        going.set()
        hold.wait(10)

    hearer, _ = site.start(Ears(pause))
    site.sender.record(ThingHappened("a", 1))
    assert going.wait(10)
    stopper = threading.Thread(target=hearer.stop, args=(8,))
    stopper.start()
    site.sender.record(ThingHappened("a", 2))
    wait_until(hearer._consumer._stopping.is_set)
    hold.set()
    stopper.join()
    assert site.hearer.numbers() == [1]
    site.hearer.work(Ears().subscriptions())
    wait_until(lambda: site.hearer.numbers() == [1, 2])


def test_a_worker_says_what_is_wrong_with_it(site: Site, tmp_path: Any) -> None:
    hearer, sender = site.start(Ears())
    assert hearer.find_problems() == []
    sender.stop(3)
    assert any("relay" in problem for problem in sender.find_problems())


def test_workers_refuse_two_subscriptions_to_one_type(site: Site) -> None:
    with pytest.raises(ValueError, match="two subscriptions"):
        Worker(
            service="twice",
            database=site.hearer.database,
            bus=site.bus,
            subscriptions=Ears().subscriptions() + Ears().subscriptions(),
        )


def test_ids_are_forgotten_after_a_fortnight(site: Site) -> None:
    from sqlalchemy import func, select

    from shared.messaging.inbox import purge_inbox
    from shared.messaging.tables import InboxEntry

    site.start(Ears())
    site.sender.record(ThingHappened("a", 1))
    wait_until(lambda: site.hearer.numbers() == [1])
    with site.hearer.database.transaction() as session:
        purge_inbox(session, utc_now() + timedelta(days=13))
        assert session.scalar(select(func.count()).select_from(InboxEntry)) == 1
        purge_inbox(session, utc_now() + timedelta(days=15))
        assert session.scalar(select(func.count()).select_from(InboxEntry)) == 0
