"""What happened lately, one row per piece of news."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.database import Base
from shared.database.engine import Identified
from shared.database.types import Document, Instant


class Kind(StrEnum):
    CAMPAIGN_CREATED = "campaign_created"
    ORGANISATION_REGISTERED = "organisation_registered"
    AGREEMENT_IN_FORCE = "agreement_in_force"
    AGREEMENT_ENDED = "agreement_ended"
    TARGET_REACHED = "target_reached"
    TARGET_SIGNED = "target_signed"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    FIGURES_OVERDUE = "figures_overdue"
    ANNOUNCEMENT_DRAFTED = "announcement_drafted"
    ANNOUNCEMENT_SENT = "announcement_sent"


class FeedItem(Identified, Base):
    """One piece of news. The names in it are looked up when it is read, as they may be heard later than it."""

    __tablename__ = "feed_items"
    __table_args__ = (Index(None, "at", "id"), Index(None, "campaign_id", "at"))

    #: Says what this news is, so that hearing it again adds nothing.
    key: Mapped[str] = mapped_column(String(200), unique=True)
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(40))
    campaign_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    staff_only: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = mapped_column(Document)
