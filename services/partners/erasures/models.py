"""Erasures: a person asked to be forgotten, every service answers, and a receipt says what was done."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Identified
from shared.database.types import Document, Instant

#: ASKED until the person has confirmed it from their link.
ASKED, RUNNING, DONE = "asked", "running", "done"
SERVICES = ("partners", "campaigns", "metrics", "notifications")


class Erasure(Identified, Base):
    """One person's erasure. How they are called stands here until it is done; then only the fingerprint stays."""

    __tablename__ = "erasures"
    __table_args__ = (Index(None, "state", "started_at"),)

    state: Mapped[str] = mapped_column(String(10), default=ASKED)
    #: SHA-256 of the address in lower case, by which the person can prove that a receipt is theirs.
    fingerprint: Mapped[str] = mapped_column(String(64))
    email: Mapped[str | None] = mapped_column(String(320))
    name: Mapped[str | None] = mapped_column(String(200))
    person_ids: Mapped[list[str]] = mapped_column(Document)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class ErasureAnswer(Base):
    """What one service did: table -> how many of its rows were changed."""

    __tablename__ = "erasure_answers"

    erasure_id: Mapped[UUID] = mapped_column(ForeignKey("erasures.id"), primary_key=True)
    service: Mapped[str] = mapped_column(String(20), primary_key=True)
    counts: Mapped[dict[str, int]] = mapped_column(Document)
    answered_at: Mapped[datetime] = mapped_column(Instant)
