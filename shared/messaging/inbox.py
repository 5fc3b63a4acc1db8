"""Remembering what has arrived, so that a second delivery changes nothing."""

from collections.abc import Collection
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

from sqlalchemy import Uuid, delete, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from shared.messaging.tables import DeliveryAttempt, InboxEntry

#: How long ids are remembered: far longer than any queue or outbox holds an event back.
KEPT = timedelta(days=14)
_PURGE = 5000

# One array for all ids: a batch is one short statement with two values, whatever its size.
_insert_on_postgresql = text(
    "INSERT INTO inbox (event_id, created_at) SELECT id, :now FROM unnest(CAST(:ids AS uuid[])) AS id "
    "ON CONFLICT DO NOTHING RETURNING event_id"
).columns(event_id=Uuid)
_insert_on_sqlite = sqlite.insert(InboxEntry).on_conflict_do_nothing().returning(InboxEntry.event_id)


def take_responsibility(session: Session, ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Enter `ids` and return those that were new.

    On PostgreSQL this waits for any other transaction that has just entered one of them, so whatever is read
    afterwards includes what that one did.
    """
    if not ids:
        return set()
    # Sorted: two consumers that were handed the same events must not wait for each other.
    ordered = sorted(ids, key=attrgetter("int"))
    if _is_postgresql(session):
        return set(session.execute(_insert_on_postgresql, {"ids": ordered, "now": now}).scalars())
    rows = [{"event_id": each, "created_at": now} for each in ordered]
    return set(session.execute(_insert_on_sqlite, rows).scalars())


def is_known(session: Session, event_id: UUID) -> bool:
    """Whether the event has arrived before."""
    return session.get(InboxEntry, event_id) is not None


def purge_inbox(session: Session, now: datetime) -> bool:
    """Forget ids older than `KEPT`, a few thousand at a time; True while there are more."""
    old = select(InboxEntry.event_id).where(InboxEntry.created_at < now - KEPT).limit(_PURGE)
    forgotten = session.execute(
        delete(InboxEntry).where(InboxEntry.event_id.in_(old)).returning(InboxEntry.event_id),
        execution_options={"synchronize_session": False},
    ).all()
    session.execute(
        delete(DeliveryAttempt).where(DeliveryAttempt.created_at < now - KEPT),
        execution_options={"synchronize_session": False},
    )
    return len(forgotten) == _PURGE


def begin_attempt(session: Session, event_id: UUID, now: datetime) -> int:
    """Count one more try at handling a redelivered message; returns how many were begun before this one."""
    attempt = session.get(DeliveryAttempt, str(event_id))
    if attempt is None:
        session.add(DeliveryAttempt(key=str(event_id), attempts=1, created_at=now))
        return 0
    attempt.attempts += 1
    return attempt.attempts - 1


def end_attempts(session: Session, ids: Collection[UUID]) -> None:
    """Forget the tries of messages that were survived."""
    session.execute(
        delete(DeliveryAttempt).where(DeliveryAttempt.key.in_([str(each) for each in ids])),
        execution_options={"synchronize_session": False},
    )


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
