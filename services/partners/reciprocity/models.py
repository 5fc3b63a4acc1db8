"""What an organisation's figures were used for, told back to it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Identified
from shared.database.types import Instant


class Use(StrEnum):
    """What figures are used for."""

    REPORT = "report"
    NEWSLETTER = "newsletter"
    ANNOUNCEMENT = "announcement"
    TARGET = "target"
    PRESENTATION = "presentation"
    DECISION = "decision"
    OTHER = "other"


class FigureUse(Identified, Base):
    """One use of what an organisation reported. It is never changed: a wrong one is taken back and written anew."""

    __tablename__ = "figure_uses"
    __table_args__ = (Index(None, "organisation_id", "used_on", "id"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    use: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    used_on: Mapped[date]
    #: Where it can be seen, an https address.
    address: Mapped[str | None] = mapped_column(String(2000))
    campaign_id: Mapped[UUID | None]
    #: Who wrote it down; none where it is known from an event.
    person_id: Mapped[UUID | None]
    #: What it is known from, so that hearing it again adds nothing: "<KPI's id>:<target>".
    source: Mapped[str | None] = mapped_column(String(100))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
