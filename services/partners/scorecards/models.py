"""Mutual scorecards: at a debrief or a renewal we rate the partner, and the partner rates us."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.partners.database import Base
from shared.database.engine import Identified
from shared.database.types import Document, Instant


class Occasion(StrEnum):
    """When one looks back."""

    DEBRIEF = "debrief"
    RENEWAL = "renewal"


class Side(StrEnum):
    """Who rates: we the partner, or the partner us."""

    US = "us"
    THEM = "them"


#: What both sides are asked, from 1 to 5. A round keeps the keys that it was asked by.
QUESTIONS = ("communication", "reliability", "listening", "results", "again")


class Scorecard(Identified, Base):
    """One side's answers. They are never changed once given."""

    __tablename__ = "scorecards"
    __table_args__ = (UniqueConstraint("round_id", "side"),)

    round_id: Mapped[UUID] = mapped_column(ForeignKey("scorecard_rounds.id"))
    side: Mapped[str] = mapped_column(String(4))
    #: Question's key -> its score, 1 to 5.
    scores: Mapped[dict[str, int]] = mapped_column(Document)
    comment: Mapped[str] = mapped_column(Text)
    #: Who answered, as a person or a contact.
    answered_by: Mapped[UUID]


class ScorecardRound(Identified, Base):
    """Both sides are asked by a day. Neither sees the other's answers before both have given theirs or it is over."""

    __tablename__ = "scorecard_rounds"
    __table_args__ = (Index(None, "organisation_id", "id"), Index(None, "open", "due_on", "id"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    occasion: Mapped[str] = mapped_column(String(10))
    campaign_id: Mapped[UUID | None]
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    questions: Mapped[list[str]] = mapped_column(Document)
    due_on: Mapped[date]
    #: False once both have answered; until then it counts as waiting.
    open: Mapped[bool] = mapped_column(default=True)
    remind_at: Mapped[datetime | None] = mapped_column(Instant, index=True)

    cards: Mapped[list[Scorecard]] = relationship(order_by=Scorecard.id, lazy="selectin")

    def card_of(self, side: str) -> Scorecard | None:
        return next((each for each in self.cards if each.side == side), None)

    def is_revealed(self, today: date) -> bool:
        """Whether each side may see the other's answers."""
        return not self.open or self.due_on < today
