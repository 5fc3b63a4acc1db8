"""The kit's messaging tables, in every service's database. Migrations for them are the kit's own
revisions.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.clock import new_id, utc_now
from shared.database.engine import KitBase
from shared.database.types import Instant

# SQLite counts rows by itself only in a column that is exactly INTEGER.
Sequence = BigInteger().with_variant(Integer, "sqlite")


class OutboxEntry(KitBase):
    """An event that was recorded and is not yet known to have reached every queue that wants it.

    `seq` is given under a lock on the subject just before commit, so within a subject it is the order of
    commits. `retry_at` is set when the broker had nowhere to put the event; later events of the subject
    wait behind it.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_set_back",
            "subject",
            "seq",
            postgresql_where=text("retry_at IS NOT NULL"),
            sqlite_where=text("retry_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    event_id: Mapped[UUID]
    type: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    envelope: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    retry_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)


class InboxEntry(KitBase):
    """An event this service has taken responsibility for: handled, or parked. A second delivery changes
    nothing.
    """

    __tablename__ = "inbox"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)


class DeliveryAttempt(KitBase):
    """How often handling a redelivered message was begun and not survived; committed before each try.

    `key` is the event's id, or a digest of the body where that has none.
    """

    __tablename__ = "delivery_attempts"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    attempts: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant)


class ParkedState(StrEnum):
    """`retrying`: tried again at `next_attempt_at`. `waiting`: behind an earlier one of its subject.
    `parked`: given up, for a person. `handled` and `discarded`: what a person made of it, kept as a
    record."""

    RETRYING = "retrying"
    WAITING = "waiting"
    PARKED = "parked"
    HANDLED = "handled"
    DISCARDED = "discarded"


#: The states in which an event still holds back later ones of its subject.
UNRESOLVED = (ParkedState.RETRYING, ParkedState.WAITING, ParkedState.PARKED)
_unresolved = text("state IN ('retrying', 'waiting', 'parked')")


class ParkedEvent(KitBase):
    """A message that could not be handled, as received. `event_id`, `type` and `subject` are None where
    the body could not be read so far."""

    __tablename__ = "parked"
    __table_args__ = (
        Index(
            "ix_parked_unresolved",
            "subject",
            "seq",
            postgresql_where=_unresolved,
            sqlite_where=_unresolved,
        ),
        Index("ix_parked_due", "state", "next_attempt_at"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(Instant, default=utc_now)
    event_id: Mapped[UUID | None]
    type: Mapped[str | None] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(String(255))
    payload: Mapped[str] = mapped_column(Text)
    ordered: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(default=0)
    #: Tries that were begun and not ended: the process died meanwhile.
    unfinished: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(Text)
    replayed_by: Mapped[str | None] = mapped_column(String(255))
    replayed_at: Mapped[datetime | None] = mapped_column(Instant)
    discarded_by: Mapped[str | None] = mapped_column(String(255))
    discarded_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Text)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant, index=True)


class JobRun(KitBase):
    """When a due job last ran to its end; its row is locked while it runs, so that one worker runs it at
    a time.
    """

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ran_at: Mapped[datetime | None] = mapped_column(Instant)
