"""Answers kept for a day under the caller's `Idempotency-Key`, so that a repeated POST has one effect."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database.engine import KitBase
from shared.database.types import Document, Instant
from shared.errors import Conflict

KEPT_FOR = timedelta(days=1)


class KeptAnswer(KitBase):
    """What a person's POST under this key was answered with."""

    __tablename__ = "idempotency_keys"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int]
    content_type: Mapped[str]
    body: Mapped[bytes]
    #: Those of the answer's headers that are about the thing and not about the moment.
    headers: Mapped[dict[str, str]] = mapped_column(Document, default=dict, server_default="{}")
    kept_at: Mapped[datetime] = mapped_column(Instant, index=True)


@dataclass(frozen=True)
class KeyedRequest:
    """A POST with an `Idempotency-Key`: whose it is, the key, and a digest of what was asked."""

    person_id: UUID
    key: str
    digest: str

    @classmethod
    def of(cls, person_id: UUID, key: str, path: str, body: bytes) -> "KeyedRequest":
        return cls(person_id, key, hashlib.sha256(path.encode() + b"\n" + body).hexdigest())


def find_answer(session: Session, request: KeyedRequest) -> KeptAnswer | None:
    """The answer given before; raises `Conflict` if the key was used for another request."""
    kept = session.get(KeptAnswer, (request.person_id, request.key))
    if kept is not None and kept.request_hash != request.digest:
        raise Conflict("This Idempotency-Key was used for another request. Use a new key for a new request.")
    return kept


def keep_answer(
    session: Session,
    request: KeyedRequest,
    now: datetime,
    *,
    status: int,
    content_type: str,
    body: bytes,
    headers: Mapping[str, str],
) -> None:
    """Remember the answer in the transaction that did the work."""
    session.add(
        KeptAnswer(
            person_id=request.person_id,
            key=request.key,
            request_hash=request.digest,
            status=status,
            content_type=content_type,
            body=body,
            headers=dict(headers),
            kept_at=now,
        )
    )


def forget_answers(session: Session, now: datetime) -> None:
    """Delete what has been kept long enough; a due job of every worker."""
    session.execute(delete(KeptAnswer).where(KeptAnswer.kept_at < now - KEPT_FOR))
