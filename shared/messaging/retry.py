"""Trying parked events again: those that are due, those a person replays, and those whose turn it has become.

Each try is counted and committed before it begins, as in the consumer, and for the same reason. What waited behind
an event is handled together with it, as fast as the consumer would have.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from shared.clock import utc_now
from shared.database.engine import Database
from shared.messaging import measures
from shared.messaging.crash import crash_point
from shared.messaging.dispatch import call_handlers
from shared.messaging.intake import is_hopeless, read_arrival
from shared.messaging.outage import is_outage, locate_error
from shared.messaging.parking import MOST_UNFINISHED, after_failure, describe_error
from shared.messaging.subscriptions import NotYet, Received, Subscription, index_by_type
from shared.messaging.tables import UNRESOLVED, ParkedEvent, ParkedState

log = structlog.get_logger(__name__)

#: While an event is tried its row is locked; this only bridges the moment between counting and locking, and is how
#: long it rests after its process died.
_LEASE = timedelta(seconds=10)
#: How many of those that wait behind one are tried together with it: a busy subject must catch up again.
_TOGETHER = 500


class Retrier:
    """Tries one service's parked events again."""

    def __init__(
        self,
        service: str,
        database: Database,
        subscriptions: Sequence[Subscription],
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._service = service
        self._database = database
        self._subscriptions = index_by_type(subscriptions)
        self._clock = clock
        self._survived: set[UUID] = set()

    def retry_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Try everything that is due; returns how many events were tried."""
        tried = 0
        while not stopping() and (ids := self._claim()):
            self._try(ids)
            tried += len(ids)
        return tried

    def _claim(self) -> list[UUID]:
        """The earliest event that is due and those that wait behind it, with their tries counted."""
        now = self._clock()
        with self._database.transaction(write=False) as session:
            if session.scalar(select(ParkedEvent.id).where(_is_due(now)).limit(1)) is None:
                return []
        with self._database.transaction() as session:
            self._forgive(session)
            head = session.scalar(
                select(ParkedEvent)
                .where(_is_due(now))
                .order_by(ParkedEvent.seq)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if head is None:
                return []
            if head.unfinished >= MOST_UNFINISHED:
                head.state, head.next_attempt_at = ParkedState.PARKED, None
                head.error = f"KilledTheProcess: the process died {head.unfinished} times while handling this"
                log.error("event_parked", service=self._service, event_id=str(head.event_id), error=head.error)
                return [head.id]
            rows = [head, *_followers(session, head)]
            for row in rows:
                row.state, row.next_attempt_at = ParkedState.RETRYING, now + _LEASE
                row.attempts += 1
                row.unfinished += 1
            return [row.id for row in rows]

    def _forgive(self, session: Session) -> None:
        # The database went away during these tries; the process lives, so they did not kill it.
        if self._survived:
            session.execute(
                update(ParkedEvent)
                .where(ParkedEvent.id.in_(self._survived))
                .values(unfinished=0, next_attempt_at=self._clock()),
                execution_options={"synchronize_session": False},
            )
            self._survived.clear()

    def _try(self, ids: Sequence[UUID]) -> None:
        try:
            with self._database.transaction() as session:
                rows = self._lock(session, ids)
                self._run(session, rows)
                crash_point("retry.before_commit")
        except Exception as error:
            if is_outage(error):
                self._survived.update(ids)
                log.warning("retry_waits_for_database", service=self._service, error=str(error))
                return
            self._blame_first(ids, error)
            return
        crash_point("retry.after_commit")

    def _run(self, session: Session, rows: Sequence[ParkedEvent]) -> bool:
        """Handle `rows` in order up to the first that fails; the rest goes on waiting. Says whether none failed."""
        if not rows:
            return True
        try:
            with session.begin_nested():
                call_handlers(session, [self._read(row) for row in rows])
        except Exception as error:
            if is_outage(error):
                raise
            if len(rows) == 1:
                self._set_back(rows[0], error)
                return False
            half = len(rows) // 2
            if self._run(session, rows[:half]):
                return self._run(session, rows[half:])
            _wait_again(rows[half:])
            return False
        for row in rows:
            self._resolve(session, row)
        return True

    def _read(self, row: ParkedEvent) -> tuple[Subscription, Received]:
        arrival = read_arrival(row.payload, self._subscriptions)
        if arrival.problem is not None:
            raise arrival.problem
        return arrival.to_call()

    def _resolve(self, session: Session, row: ParkedEvent) -> None:
        measures.handled.labels(self._service).inc()
        if row.replayed_by is None:
            session.delete(row)
        else:
            row.state, row.next_attempt_at, row.resolved_at = ParkedState.HANDLED, None, self._clock()

    def _set_back(self, row: ParkedEvent, error: Exception) -> None:
        state, next_attempt_at = ParkedState.PARKED, None
        if not is_hopeless(error):
            state, next_attempt_at = after_failure(error, row.attempts, self._clock())
        row.state, row.next_attempt_at, row.unfinished = state, next_attempt_at, 0
        row.error = describe_error(error, row.payload)
        measures.parked.labels(self._service, state).inc()
        details = {"service": self._service, "event_id": str(row.event_id), "type": row.type, "error": row.error}
        if state == ParkedState.PARKED:
            log.error("event_parked", where=locate_error(error), **details)
        elif not isinstance(error, NotYet):
            log.warning("event_failed_again", where=locate_error(error), **details)

    def _blame_first(self, ids: Sequence[UUID], error: Exception) -> None:
        # Something that shows only at commit, such as a deferred constraint: find it one by one.
        if len(ids) > 1:
            with self._database.transaction() as session:
                _wait_again(self._lock(session, ids)[1:])
            self._try(ids[:1])
            return
        with self._database.transaction() as session:
            for row in self._lock(session, ids):
                self._set_back(row, error)

    def _lock(self, session: Session, ids: Sequence[UUID]) -> Sequence[ParkedEvent]:
        """The rows in order, without those that a person has decided about meanwhile."""
        return session.scalars(
            select(ParkedEvent)
            .where(ParkedEvent.id.in_(ids), ParkedEvent.state == ParkedState.RETRYING)
            .order_by(ParkedEvent.seq)
            .with_for_update()
        ).all()


def _followers(session: Session, head: ParkedEvent) -> Sequence[ParkedEvent]:
    """Those that wait behind `head`, to be tried together with it: but what may have killed a process goes alone."""
    if not head.ordered or head.unfinished:
        return []
    rows = session.scalars(
        select(ParkedEvent)
        .where(ParkedEvent.subject == head.subject, ParkedEvent.seq > head.seq, ParkedEvent.ordered)
        .where(ParkedEvent.state.in_(UNRESOLVED))
        .order_by(ParkedEvent.seq)
        .limit(_TOGETHER)
        .with_for_update()
    ).all()
    return list(takewhile(lambda row: row.state == ParkedState.WAITING and not row.unfinished, rows))


def _wait_again(rows: Sequence[ParkedEvent]) -> None:
    for row in rows:
        row.state, row.next_attempt_at, row.unfinished = ParkedState.WAITING, None, 0
        row.attempts -= 1


def _is_due(now: datetime) -> ColumnElement[bool]:
    earlier = aliased(ParkedEvent)
    is_behind = and_(
        ParkedEvent.ordered,
        exists(1).where(
            earlier.subject == ParkedEvent.subject,
            earlier.seq < ParkedEvent.seq,
            earlier.ordered,
            earlier.state.in_(UNRESOLVED),
        ),
    )
    return and_(
        or_(
            ParkedEvent.state == ParkedState.WAITING,
            and_(ParkedEvent.state == ParkedState.RETRYING, ParkedEvent.next_attempt_at <= now),
        ),
        ~is_behind,
    )
