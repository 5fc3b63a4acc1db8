"""Trying parked events again: those that are due, those a person replays, and those whose turn it has become.

Each try is counted and committed before it begins, as in the consumer, and for the same reason.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
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
from shared.messaging.subscriptions import NotYet, Subscription, index_by_type
from shared.messaging.tables import UNRESOLVED, ParkedEvent, ParkedState

log = structlog.get_logger(__name__)

#: A try that has not ended after this long is taken to have died with its process.
_LEASE = timedelta(minutes=2)


class Retrier:
    """Tries one service's parked events again."""

    def __init__(
        self, service: str, database: Database, subscriptions: Sequence[Subscription], *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._service = service
        self._database = database
        self._subscriptions = index_by_type(subscriptions)
        self._clock = clock
        self._survived: set[UUID] = set()

    def retry_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Try everything that is due, one after the other; returns how many were tried."""
        tried = 0
        while not stopping() and (id := self._claim()):
            self._try(id)
            tried += 1
        return tried

    def _claim(self) -> UUID | None:
        """The earliest event that is due, with its try counted."""
        now = self._clock()
        with self._database.transaction(write=False) as session:
            if session.scalar(select(ParkedEvent.id).where(_is_due(now)).limit(1)) is None:
                return None
        with self._database.transaction() as session:
            self._forgive(session)
            row = session.scalar(
                select(ParkedEvent).where(_is_due(now)).order_by(ParkedEvent.seq).limit(1)
                .with_for_update(skip_locked=True)
            )
            if row is None:
                return None
            if row.unfinished >= MOST_UNFINISHED:
                row.state, row.next_attempt_at = ParkedState.PARKED, None
                row.error = f"KilledTheProcess: the process died {row.unfinished} times while handling this"
                log.error("event_parked", service=self._service, event=str(row.event_id), error=row.error)
            else:
                row.state, row.next_attempt_at = ParkedState.RETRYING, now + _LEASE
                row.attempts += 1
                row.unfinished += 1
            return row.id

    def _forgive(self, session: Session) -> None:
        # The database went away during these tries; the process lives, so they did not kill it.
        if self._survived:
            session.execute(
                update(ParkedEvent).where(ParkedEvent.id.in_(self._survived)).values(unfinished=0),
                execution_options={"synchronize_session": False},
            )
            self._survived.clear()

    def _try(self, id: UUID) -> None:
        try:
            with self._database.transaction() as session:
                row = self._lock(session, id)
                if row is None:
                    return
                self._run(session, row)
                crash_point("retry.before_commit")
        except Exception as error:
            if is_outage(error):
                self._survived.add(id)
                log.warning("retry_waits_for_database", service=self._service, error=str(error))
                return
            self._note_failure(id, error)
            return
        crash_point("retry.after_commit")
        measures.handled.labels(self._service).inc()

    def _run(self, session: Session, row: ParkedEvent) -> None:
        arrival = read_arrival(row.payload, self._subscriptions)
        if arrival.problem is not None:
            raise arrival.problem
        with session.begin_nested():
            call_handlers(session, [arrival.to_call()])
        if row.replayed_by is None:
            session.delete(row)
        else:
            row.state, row.next_attempt_at, row.resolved_at = ParkedState.HANDLED, None, self._clock()
        session.flush()

    def _note_failure(self, id: UUID, error: Exception) -> None:
        with self._database.transaction() as session:
            row = self._lock(session, id)
            if row is None:
                return
            state, next_attempt_at = ParkedState.PARKED, None
            if not is_hopeless(error):
                state, next_attempt_at = after_failure(error, row.attempts, self._clock())
            row.state, row.next_attempt_at, row.unfinished = state, next_attempt_at, 0
            row.error = describe_error(error, row.payload)
            measures.parked.labels(self._service, state).inc()
            details = {
                "service": self._service, "event": str(row.event_id), "type": row.type, "error": row.error,
            }
        if state == ParkedState.PARKED:
            log.error("event_parked", where=locate_error(error), **details)
        elif not isinstance(error, NotYet):
            log.warning("event_failed_again", where=locate_error(error), **details)

    def _lock(self, session: Session, id: UUID) -> ParkedEvent | None:
        """The row, unless a person has decided about it or another worker is trying it."""
        return session.scalar(
            select(ParkedEvent)
            .where(ParkedEvent.id == id, ParkedEvent.state == ParkedState.RETRYING)
            .with_for_update(skip_locked=True)
        )


def _is_due(now: datetime) -> ColumnElement[bool]:
    earlier = aliased(ParkedEvent)
    is_behind = and_(
        ParkedEvent.ordered,
        exists(1).where(
            earlier.subject == ParkedEvent.subject, earlier.seq < ParkedEvent.seq,
            earlier.ordered, earlier.state.in_(UNRESOLVED),
        ),
    )
    return and_(
        or_(
            ParkedEvent.state == ParkedState.WAITING,
            and_(ParkedEvent.state == ParkedState.RETRYING, ParkedEvent.next_attempt_at <= now),
        ),
        ~is_behind,
    )
