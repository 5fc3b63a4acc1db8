"""Handling what arrives: a batch in one transaction, and only then the acknowledgement.

The transaction enters the ids in the inbox (what was there drops out), runs the handlers, writes what
they record, and commits. If a handler fails, all is undone and the batch is handled again under savepoints,
halved until the one that fails is alone: it is parked, the others go through. If the database is down or
busy, nobody is to blame and the same batch is tried again until it works.

A message that kills the process is delivered again: such ones are handled one at a time, each try counted
in a committed row before it begins, so that after a few the culprit is parked, and only the culprit.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from shared.clock import utc_now
from shared.database.engine import Database
from shared.messaging import measures
from shared.messaging.bus import Delivery, Subscriber
from shared.messaging.crash import crash_point
from shared.messaging.dispatch import call_handlers
from shared.messaging.inbox import begin_attempt, end_attempts, is_known, take_responsibility
from shared.messaging.intake import Arrival, KilledTheProcess, is_hopeless, read_arrival, read_dead, to_parked
from shared.messaging.outage import backoff, is_outage, locate_error
from shared.messaging.parking import MOST_UNFINISHED, after_failure, blocked_subjects, describe_error
from shared.messaging.subscriptions import NotYet, Subscription, index_by_type
from shared.messaging.tables import ParkedEvent, ParkedState

log = structlog.get_logger(__name__)

BATCH = 200
_IDLE = 0.5


class Consumer:
    """One service's consumer, on a thread of its own."""

    def __init__(
        self,
        service: str,
        database: Database,
        subscriber: Subscriber,
        subscriptions: Sequence[Subscription],
        *,
        batch: int = BATCH,
        rest: float = 0.0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`rest` is the least time in seconds from one batch to the next, unless a batch is full: what comes alone is
        handled at once, a stream in fewer and larger transactions.
        """
        self.service = service
        self.beat = time.monotonic()
        self._database = database
        self._subscriber = subscriber
        self._subscriptions = index_by_type(subscriptions)
        self._batch = batch
        self._rest = rest
        self._clock = clock
        self._arrived: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"consumer-{service}", daemon=True)

    def start(self) -> None:
        """Take deliveries until `stop`."""
        self._thread.start()

    def stop(self, timeout: float = 30.0) -> None:
        """Finish the batch under way, waiting up to `timeout` seconds; the rest goes back to the queue."""
        self._stopping.set()
        self._arrived.put(None)  # so that it needn't wait for the next delivery
        if self._thread.is_alive():
            self._thread.join(timeout)

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            # What an earlier round left unacknowledged is delivered again.
            self._arrived = queue.SimpleQueue()
            self._subscriber.start(self._arrived.put)
            try:
                while not self._stopping.is_set():
                    self.beat = time.monotonic()
                    deliveries = self._collect()
                    began = time.monotonic()
                    self._take(deliveries)
                    failures = 0
                    if 0 < len(deliveries) < self._batch:
                        self._stopping.wait(max(0.0, began + self._rest - time.monotonic()))
            except Exception:
                failures += 1
                log.exception("consumer_failed", service=self.service)
            finally:
                self._subscriber.stop()
            self._stopping.wait(backoff(failures, first=0.2, most=30) if failures else 0)

    def _collect(self) -> list[Delivery]:
        """What has arrived, up to a batch. While one batch is handled the next gathers, so nobody lingers."""
        deliveries: list[Delivery] = []
        with suppress(queue.Empty):
            delivery = self._arrived.get(timeout=_IDLE)
            while delivery is not None:
                if self._subscriber.is_current(delivery):
                    deliveries.append(delivery)
                if len(deliveries) == self._batch:
                    break
                delivery = self._arrived.get_nowait()
        return deliveries

    def _take(self, deliveries: list[Delivery]) -> None:
        """Handle in order: runs of fresh messages together, doubtful ones each alone."""
        for doubtful, run in groupby(deliveries, lambda each: each.redelivered or each.dead is not None):
            for part in [[each] for each in run] if doubtful else [list(run)]:
                if not self._handle_until_done(part, doubtful):
                    return
                crash_point("consumer.after_commit")
                # Channels have tags of their own; in each, the last one stands for all before it.
                for last in {each.channel: each for each in part}.values():
                    self._subscriber.ack(last)
                crash_point("consumer.after_ack")

    def _handle_until_done(self, part: list[Delivery], doubtful: bool) -> bool:
        """True when the part is committed; False when stopping came first."""
        outages = 0
        counted = not doubtful
        arrivals = [self._read(each) for each in part]
        while not self._stopping.is_set():
            try:
                if not counted:
                    self._count_attempt(arrivals[0])
                    counted = True
                self._handle(arrivals, doubtful)
                return True
            except Exception as error:
                if not is_outage(error):
                    raise
                outages += 1
                log.warning("consumer_waits_for_database", service=self.service, error=str(error))
                self.beat = time.monotonic()
                self._stopping.wait(backoff(outages, first=0.05, most=5))
        return False

    def _read(self, delivery: Delivery) -> Arrival:
        if delivery.dead is not None:
            return read_dead(delivery, self._subscriptions)
        return read_arrival(delivery.body, self._subscriptions)

    def _count_attempt(self, arrival: Arrival) -> None:
        with self._database.transaction() as session:
            if is_known(session, arrival.key):
                return
            begun = begin_attempt(session, arrival.key, self._clock())
        if begun >= MOST_UNFINISHED and arrival.problem is None:
            arrival.problem = KilledTheProcess(f"the process died {begun} times while handling this")

    def _handle(self, arrivals: list[Arrival], doubtful: bool, *, halving: bool = False) -> None:
        began = time.perf_counter()
        try:
            with self._database.transaction() as session:
                handled = self._apply(session, arrivals, halving)
                if doubtful:
                    end_attempts(session, [each.key for each in arrivals])
                session.flush()
                crash_point("consumer.before_commit")
        except Exception as error:
            # What handlers can't be blamed for one by one, such as a constraint that is checked at commit.
            if is_outage(error):
                raise
            if len(arrivals) > 1 and not halving:
                # Savepoints cost round trips that only a batch in which something fails has to pay for.
                self._handle(arrivals, doubtful, halving=True)
            else:
                self._handle_apart(arrivals, doubtful, error)
            return
        measures.handled.labels(self.service).inc(handled)
        measures.batch_seconds.labels(self.service).observe(time.perf_counter() - began)

    def _handle_apart(self, arrivals: list[Arrival], doubtful: bool, error: Exception) -> None:
        if len(arrivals) > 1:
            for each in arrivals:
                self._handle([each], doubtful)
            return
        if arrivals[0].problem is not None:
            # Not even setting it aside works: that is for the thread's own loop to say and try again.
            raise error
        arrivals[0].problem = error
        self._log_failure(arrivals[0], error)
        self._handle(arrivals, doubtful)

    def _apply(self, session: Session, arrivals: list[Arrival], halving: bool) -> int:
        """Handle or set aside what is new; returns how many were handled. Raises what a handler raises, unless
        `halving`: then the event that fails is set aside.
        """
        now = self._clock()
        unique = {each.key: each for each in reversed(arrivals)}
        fresh = take_responsibility(session, unique.keys(), now)
        measures.duplicates.labels(self.service).inc(len(arrivals) - len(fresh))
        todo = [each for each in arrivals if each.key in fresh and unique[each.key] is each]
        blocked = blocked_subjects(session, {each.subject for each in todo if each.subject is not None})
        aside: dict[UUID, ParkedEvent] = {}
        self._run_handlers(session, todo, _Aside(aside, blocked, now), halving)
        # Only now, in the order of arrival: that is the order in which those of one subject will be tried
        # again.
        session.add_all([aside[each.key] for each in todo if each.key in aside])
        for row in aside.values():
            measures.parked.labels(self.service, row.state).inc()
        if todo and (times := [each.envelope.time for each in todo if each.envelope]):
            measures.lag_seconds.labels(self.service).observe(max(0.0, (now - min(times)).total_seconds()))
        return len(todo) - len(aside)

    def _run_handlers(self, session: Session, arrivals: list[Arrival], aside: "_Aside", halving: bool) -> None:
        ready = [each for each in arrivals if not aside.takes(each)]
        if not ready:
            return
        if not halving:
            call_handlers(session, [each.to_call() for each in ready])
            return
        try:
            with session.begin_nested():
                call_handlers(session, [each.to_call() for each in ready])
        except Exception as error:
            if is_outage(error):
                raise
            if len(ready) == 1:
                aside.put_failed(ready[0], error)
                self._log_failure(ready[0], error)
                return
            half = len(ready) // 2
            self._run_handlers(session, ready[:half], aside, halving)
            self._run_handlers(session, ready[half:], aside, halving)

    def _log_failure(self, arrival: Arrival, error: Exception) -> None:
        if isinstance(error, NotYet):
            log.info("event_not_yet", service=self.service, event_id=str(arrival.key), reason=str(error))
            return
        # The traceback's text could repeat a secret of the payload, so only where it happened is logged.
        log.warning(
            "event_failed",
            service=self.service,
            event_id=str(arrival.key),
            type=arrival.envelope.type if arrival.envelope else None,
            error=describe_error(error, arrival.payload),
            where=locate_error(error),
        )


@dataclass
class _Aside:
    """What of a batch is set aside, and behind which subjects the rest has to wait."""

    rows: dict[UUID, ParkedEvent]
    blocked: set[str]
    now: datetime

    def takes(self, arrival: Arrival) -> bool:
        """Set `arrival` aside if it can't be handled now; says whether it was."""
        if arrival.problem is not None:
            self.put_failed(arrival, arrival.problem)
        elif arrival.ordered and arrival.subject in self.blocked:
            why = "waits behind an earlier event of its subject"
            self.rows[arrival.key] = to_parked(arrival, ParkedState.WAITING, why, self.now)
        else:
            return False
        return True

    def put_failed(self, arrival: Arrival, error: Exception) -> None:
        """Set aside an event that failed; later ones of its subject wait."""
        state, next_attempt_at = (ParkedState.PARKED, None)
        if not is_hopeless(error):
            state, next_attempt_at = after_failure(error, 1, self.now)
        row = to_parked(arrival, state, describe_error(error, arrival.payload), self.now)
        row.attempts, row.next_attempt_at = 1, next_attempt_at
        self.rows[arrival.key] = row
        if arrival.ordered and arrival.subject is not None:
            self.blocked.add(arrival.subject)
