"""Recording events beside the change that they tell of, in the same transaction."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.clock import new_id
from shared.database.bulk import insert_rows, is_sqlite
from shared.messaging.crash import crash_point
from shared.messaging.envelope import Envelope, current_traceparent
from shared.messaging.events import Event
from shared.messaging.pending import add_pending, after_outer_commit, before_outer_commit, pending_of
from shared.messaging.tables import OutboxEntry
from shared.messaging.wake import OUTBOX, announce

#: The first key of the advisory locks that put one subject's commits in line; the second is the subject's
#: slot.
LOCK_SPACE = 0x5A17
#: A transaction may record events of thousands of subjects; slots keep the number of locks it needs bounded.
LOCK_SLOTS = 1024


# Counting takes every lock before the first row is made, and with it the first number.
_INSERT_IN_LINE = text("""
    WITH locked AS MATERIALIZED (
        SELECT pg_advisory_xact_lock(:space, slot) AS had FROM unnest(CAST(:slots AS integer[])) AS slot
    ), waited AS MATERIALIZED (
        SELECT count(had) AS locks FROM locked
    )
    INSERT INTO outbox (event_id, type, subject, envelope, created_at, attempts)
    SELECT given.*, 0 FROM waited, unnest(
        CAST(:event_id AS uuid[]), CAST(:type AS text[]), CAST(:subject AS text[]), CAST(:envelope AS text[]),
        CAST(:created_at AS timestamptz[])
    ) AS given
    WHERE locks > 0
""")


@dataclass(frozen=True, slots=True)
class _Recorded:
    row: dict[str, Any]


def record(session: Session, event: Event, *, now: datetime) -> UUID:
    """Publish `event` if and when this transaction commits; returns the id it will travel under.

    Raises `TypeError` for a field that has no exact JSON form and `ValueError` for a subject that is empty or
    longer than 255 characters.
    """
    envelope = Envelope(
        id=new_id(),
        type=event.type,
        source=event.source,
        subject=event.subject,
        time=now,
        data=event.encode(),
        traceparent=current_traceparent(),
        secret_fields=event.secret_fields,
    )
    # The subject travels as an AMQP short string, which counts bytes.
    if not envelope.subject or len(envelope.subject.encode()) > 255:
        raise ValueError(f"the subject of {event.type} is not of 1 to 255 bytes")
    add_pending(
        session,
        _Recorded(
            {
                "event_id": envelope.id,
                "type": envelope.type,
                "subject": envelope.subject,
                "envelope": envelope.to_json(),
                "created_at": now,
            }
        ),
    )
    announce(session, OUTBOX)
    return envelope.id


def slot_of(subject: str) -> int:
    """The lock slot of a subject: the same in every process."""
    return zlib.crc32(subject.encode()) % LOCK_SLOTS


def _write_recorded(session: Session) -> None:
    if not any(isinstance(item, _Recorded) for item in pending_of(session)):
        return
    # Flushing may record more; and the locks below are held until the commit, so they come last.
    session.flush()
    rows = [item.row for item in pending_of(session) if isinstance(item, _Recorded)]
    if is_sqlite(session):
        insert_rows(session, OutboxEntry, rows)
    else:
        _insert_in_line(session, rows)
    crash_point("outbox.before_commit")


def _insert_in_line(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Wait until every other transaction that records events of these subjects has ended, then insert.

    Sequence numbers are given at insertion, not at commit: without this a later event could commit first, be
    published, and overtake. The locks are taken in the slots' order, so that two transactions can't wait for each
    other.
    """
    slots = sorted({slot_of(row["subject"]) for row in rows})
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    session.execute(_INSERT_IN_LINE, {"space": LOCK_SPACE, "slots": slots, **columns})


def _pass_after_commit(session: Session) -> None:
    if any(isinstance(item, _Recorded) for item in pending_of(session)):
        crash_point("outbox.after_commit")


before_outer_commit(_write_recorded)
after_outer_commit(_pass_after_commit)
