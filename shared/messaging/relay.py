"""Moving recorded events from the outbox to the bus: in order per subject, at least once, a window at a time.

One relay of a service is active at a time, the others stand by. It claims rows in the order of `seq`,
sends them without waiting, and deletes a row when the bus has confirmed it and not returned it. What is
in flight is known in memory alone: after a lost connection or a crash the rows that are left are sent
again, from the first on, and the inboxes drop what had arrived. Two relays at once would be no worse:
each sends every subject's rows in order.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from shared.clock import utc_now
from shared.database.engine import Database
from shared.messaging import measures
from shared.messaging.bus import Confirmed, Connected, Lost, Outgoing, Publisher, Refused, Report
from shared.messaging.crash import crash_point
from shared.messaging.leadership import lead
from shared.messaging.outage import backoff, is_outage
from shared.messaging.outbox_rows import claim_rows, count_rows, delete_rows, find_last, set_back, transact
from shared.messaging.wake import OUTBOX, Listener

log = structlog.get_logger(__name__)

WINDOW = 600
#: Without any bell, the outbox is looked at this often (seconds).
POLL = 1.0
#: What was confirmed is deleted when there is a good deal of it, or after this long (seconds): what is new goes first.
SETTLE = 0.05
#: A flood is claimed in pieces of at least this part of the window, so that a round trip moves many rows.
_PIECE = 4
_SAMPLE = 5.0


class Relay:
    """One service's relay, on a thread of its own."""

    def __init__(
        self,
        service: str,
        database: Database,
        publisher: Publisher,
        *,
        window: int = WINDOW,
        poll: float = POLL,
    ) -> None:
        self.service = service
        self.beat = time.monotonic()
        self._database = database
        self._publisher = publisher
        self._window = window
        self._poll = poll
        self._reports: deque[Report] = deque()
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._deadline = 0.0
        self._thread = threading.Thread(target=self._run, name=f"relay-{service}", daemon=True)
        self._connected = False
        self._in_flight: set[int] = set()
        self._confirmed: list[int] = []
        self._refused: list[Refused] = []
        #: How many of the next rows, up to which `seq`, may have been published by a relay that died.
        self._suspects, self._last_suspect = 0, 0
        self._may_have_more = True
        self._next_poll = 0.0
        self._next_settle = float("inf")
        self._next_sample = 0.0

    def start(self) -> None:
        """Connect and relay until `stop`."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Claim nothing more, wait up to `timeout` seconds for what is in flight, and end."""
        self._deadline = time.monotonic() + timeout
        self._stopping.set()
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join(timeout + 5)

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """Look at the outbox now."""
        self._may_have_more = True
        self._changed.set()

    def _run(self) -> None:
        self._publisher.start(self._take_report)
        listener = Listener(self._database, frozenset({OUTBOX}), notify=self.wake)
        failures = 0
        try:
            while not self._stopping.is_set():
                try:
                    with lead(self._database, "relay", self._stopping, self._breathe) as connection:
                        if connection is not None:
                            failures = 0
                            self._serve(connection)
                except Exception as error:  # Whatever it was, the rows are still there.
                    failures += 1
                    outage = is_outage(error)
                    log.warning("relay_interrupted", service=self.service, error=str(error), exc_info=not outage)
                    self._breathe()
                    self._stopping.wait(backoff(failures, first=0.2, most=10))
        finally:
            listener.close()
            self._publisher.stop()

    def _breathe(self) -> None:
        self.beat = time.monotonic()

    def _take_report(self, report: Report) -> None:
        self._reports.append(report)
        self._changed.set()

    def _serve(self, connection: Connection) -> None:
        self._forget_flight(connection)
        while True:
            self._changed.wait(self._find_pause())
            self._changed.clear()
            self._breathe()
            self._absorb_reports()
            if self._stopping.is_set():
                self._settle(connection)
                if not self._in_flight or not self._connected or time.monotonic() > self._deadline:
                    return
                continue
            if len(self._confirmed) >= self._window // _PIECE:
                self._settle(connection)
            if self._connected and (self._may_have_more or time.monotonic() >= self._next_poll):
                self._publish(connection)
            if time.monotonic() >= self._next_settle:
                self._settle(connection)
            self._sample(connection)

    def _find_pause(self) -> float:
        """Seconds until there is something to do unasked."""
        now = time.monotonic()
        if not self._connected or self._stopping.is_set():
            return min(0.5, max(0.0, self._next_settle - now))
        return max(0.0, min(self._next_poll, self._next_settle) - now)

    def _forget_flight(self, connection: Connection) -> None:
        self._in_flight.clear()
        self._confirmed.clear()
        self._refused.clear()
        with transact(connection, write=False):
            self._suspects, self._last_suspect = self._window, find_last(connection)
        self.wake()

    def _absorb_reports(self) -> None:
        while self._reports:
            match self._reports.popleft():
                case Confirmed(tokens):
                    self._confirmed += [token for token in tokens if token in self._in_flight]
                    self._settle_within(SETTLE)
                    crash_point("relay.after_confirm")
                case Refused() as refused if refused.token in self._in_flight:
                    self._refused.append(refused)
                    self._settle_within(0)
                case Connected():
                    self._connected = True
                    measures.publisher_connected.labels(self.service).set(1)
                case Lost():
                    self._connected = False
                    measures.publisher_connected.labels(self.service).set(0)
                    self._forget_unreported()

    def _settle_within(self, seconds: float) -> None:
        self._next_settle = min(self._next_settle, time.monotonic() + seconds)

    def _forget_unreported(self) -> None:
        # What was confirmed before the connection went is confirmed; the rest is sent again.
        known = {*self._confirmed, *(refused.token for refused in self._refused)}
        unknown = self._in_flight - known
        self._in_flight &= known
        self._suspects, self._last_suspect = len(unknown), max(unknown, default=0)
        self._may_have_more = True

    def _settle(self, connection: Connection) -> None:
        self._next_settle = float("inf")
        if not self._confirmed and not self._refused:
            return
        crash_point("relay.before_delete")
        with transact(connection, write=True):
            delete_rows(connection, self._confirmed)
            now = utc_now()
            for refused in self._refused:
                self._set_back(connection, refused, now)
        crash_point("relay.after_delete")
        measures.confirmed.labels(self.service).inc(len(self._confirmed))
        measures.refused.labels(self.service).inc(len(self._refused))
        self._in_flight.difference_update(self._confirmed, (refused.token for refused in self._refused))
        self._confirmed.clear()
        self._refused.clear()

    def _set_back(self, connection: Connection, refused: Refused, now: datetime) -> None:
        def retry_at(attempts: int) -> datetime:
            return now + timedelta(seconds=backoff(attempts, first=1, most=60))

        type_ = set_back(connection, refused.token, refused.reason, retry_at)
        log.error("event_not_published", service=self.service, type=type_, seq=refused.token, reason=refused.reason)

    def _publish(self, connection: Connection) -> None:
        free = self._window - len(self._in_flight)
        if free < self._window // _PIECE:
            return
        self._may_have_more = False
        self._next_poll = time.monotonic() + self._poll
        with transact(connection, write=False):
            rows = claim_rows(connection, self._in_flight, free, utc_now())
        # A full claim means a backlog: the next confirmations make room for more of it.
        self._may_have_more = self._may_have_more or len(rows) == free
        if not rows:
            return
        messages = list(self._address(rows))
        crash_point("relay.before_publish")
        self._in_flight.update(message.token for message in messages)
        self._publisher.send(messages)
        crash_point("relay.after_publish")
        measures.published.labels(self.service).inc(len(messages))

    def _address(self, rows: list[tuple[int, object, str, str, str]]) -> Iterator[Outgoing]:
        for seq, event_id, type_, subject, envelope in rows:
            repeated = self._suspects > 0 and seq <= self._last_suspect
            self._suspects -= repeated
            yield Outgoing(seq, str(event_id), type_, subject, envelope.encode(), repeated)

    def _sample(self, connection: Connection) -> None:
        if time.monotonic() < self._next_sample:
            return
        self._next_sample = time.monotonic() + _SAMPLE
        with transact(connection, write=False):
            depth, oldest, unroutable = count_rows(connection)
        measures.outbox_depth.labels(self.service).set(depth)
        age = (utc_now() - oldest).total_seconds() if oldest else 0.0
        measures.outbox_age.labels(self.service).set(age)
        measures.outbox_unroutable.labels(self.service).set(unroutable)
