"""The audit log: what people did, append-only and hash-chained, shown as "history" on every page.

Each entry's hash covers its content and the hash before it, so a changed or removed entry breaks the chain
from there on; `verify_chain` finds the first break. Of who did it and of the details it covers a salted digest (`seal`)
instead of the words, so that a person can be erased: the words go, and the salt with them, the seal and the chain stay.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database.engine import KitBase
from shared.database.types import Document, Instant
from shared.identity import Identity

#: Stands in place of the name of whoever was erased.
ERASED = "a person who was erased"


class HistoryEntry(KitBase):
    """One thing a person did. `subject` is the id of what it was done to."""

    __tablename__ = "history"
    __table_args__ = (Index(None, "subject", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    person_id: Mapped[UUID | None]
    person_name: Mapped[str]
    subject: Mapped[UUID]
    action: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(Document)
    hash: Mapped[str]
    #: Digest of salt, name and details. Entries made before there were seals have none: their hash covers the words.
    seal: Mapped[str | None]
    salt: Mapped[str | None]
    #: When a name or details were taken out; then only the seal tells that they were others.
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class HistoryHead(KitBase):
    """The one row, made by the migration, that says where the chain ends; locking it puts writers in line."""

    __tablename__ = "history_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str]


def note(session: Session, by: Identity | None, action: str, subject: UUID, *, at: datetime, **detail: Any) -> None:
    """Append an entry. `action` is a short past-tense phrase such as "renamed"; `detail` holds plain JSON values.

    `by` is None for what the system did on someone's earlier instruction. Secrets must not be among the details.
    """
    head = session.get_one(HistoryHead, 1, with_for_update=True, populate_existing=True)
    entry = HistoryEntry(
        number=head.number + 1,
        at=at.astimezone(UTC),
        person_id=by.person_id if by else None,
        person_name=by.name if by else "SayPro",
        subject=subject,
        action=action,
        detail=detail,
        salt=secrets.token_hex(16),
    )
    entry.seal = _seal(entry)
    entry.hash = _digest(entry, head.hash)
    head.number, head.hash = entry.number, entry.hash
    session.add(entry)
    session.flush()


def list_history(session: Session, subject: UUID, limit: int = 50) -> Sequence[HistoryEntry]:
    """The newest entries about `subject`, newest first."""
    found = select(HistoryEntry).where(HistoryEntry.subject == subject)
    return session.scalars(found.order_by(HistoryEntry.number.desc()).limit(limit)).all()


def verify_chain(session: Session) -> int | None:
    """The number of the first entry that was altered or whose predecessor is missing; None if all is well."""
    before, expected = "", 1
    for entry in session.scalars(select(HistoryEntry).order_by(HistoryEntry.number)).yield_per(1000):
        if entry.number != expected or not _is_whole(entry, before):
            return entry.number
        before, expected = entry.hash, expected + 1
    head = session.get(HistoryHead, 1)
    return expected if head is not None and head.number != expected - 1 else None


def erase_entry(entry: HistoryEntry, person_name: str, detail: dict[str, Any], now: datetime) -> None:
    """Put other words in place of an entry's, for good; the chain stays whole."""
    entry.person_name, entry.detail = person_name, detail
    entry.salt, entry.erased_at = None, now


def _is_whole(entry: HistoryEntry, before: str) -> bool:
    if entry.erased_at is not None:
        # Before there were seals the hash covered the words themselves: without them it can't be made again.
        return entry.seal is None or entry.hash == _digest(entry, before)
    return entry.hash == _digest(entry, before) and (entry.seal is None or entry.seal == _seal(entry))


def _seal(entry: HistoryEntry) -> str:
    return _hash([entry.salt, entry.person_name, entry.detail])


def _digest(entry: HistoryEntry, before: str) -> str:
    content = [
        before,
        entry.number,
        entry.at.isoformat(),
        str(entry.person_id),
        *([entry.person_name] if entry.seal is None else []),
        str(entry.subject),
        entry.action,
        entry.detail if entry.seal is None else entry.seal,
    ]
    return _hash(content)


def _hash(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
