"""News that a campaign tells its people: drafted by the system, sent by a person."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.database import Base
from shared.database.engine import Edited
from shared.database.types import Instant


class State(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    DISCARDED = "discarded"


class Announcement(Edited, Base):
    """A title and a text in Markdown. Once sent it stays as it went out."""

    __tablename__ = "announcements"
    __table_args__ = (Index(None, "state", "id"), Index(None, "campaign_id", "id"))

    #: Says what it is about, so that the same news heard again drafts no second one.
    key: Mapped[str] = mapped_column(String(200), unique=True)
    campaign_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(200))
    #: The title folded for search, the same on both databases.
    sort_title: Mapped[str] = mapped_column(String(600))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default=State.DRAFT)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_by: Mapped[str | None] = mapped_column(String(200))
    recipients: Mapped[int] = mapped_column(default=0)

    __mapper_args__ = {"version_id_col": Edited.version}

    def rename(self, title: str) -> None:
        self.title, self.sort_title = title, title.casefold()
