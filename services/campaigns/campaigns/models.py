"""Joint initiatives with their owner, their dates and the organisations that take part."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from services.campaigns.database import Base
from shared.clock import utc_now
from shared.database.engine import Edited
from shared.database.types import Instant

#: What a campaign is for, in the words of the main path's API.
CAUSES = (
    "environment",
    "education",
    "health",
    "hunger_and_poverty",
    "inclusion",
    "animals",
    "arts_and_culture",
    "community",
    "disaster_relief",
    "other",
)
PLANNED, RUNNING, ENDED = "planned", "running", "ended"
STATUSES = (RUNNING, PLANNED, ENDED)
#: How many organisations may take part in one campaign.
MOST_PARTNERS = 200


class Partnership(Base):
    """An organisation's part in a campaign. Partners owns organisations, so their ids refer to nothing here."""

    __tablename__ = "partnerships"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    position: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant, default=utc_now)


class Campaign(Edited, Base):
    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates"),
        Index(None, "starts_on", "id"),
    )

    title: Mapped[str] = mapped_column(String(200))
    #: The title folded for search, the same on both databases. Folding makes up to three of one character.
    sort_title: Mapped[str] = mapped_column(String(600))
    cause: Mapped[str] = mapped_column(String(30))
    summary: Mapped[str | None] = mapped_column(Text)
    #: First and last day, both included.
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    owner_id: Mapped[UUID] = mapped_column(index=True)
    #: The owner's name as last heard.
    owner_name: Mapped[str] = mapped_column(String(200))
    partnerships: Mapped[list[Partnership]] = relationship(
        order_by=Partnership.position, cascade="all, delete-orphan", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def partners(self) -> list[UUID]:
        """The ids of the organisations that take part, in the order in which they joined."""
        return [each.organisation_id for each in self.partnerships]

    def status_on(self, day: date) -> str:
        """Where the campaign stands on `day`, by its dates alone."""
        if day < self.starts_on:
            return PLANNED
        return RUNNING if day <= self.ends_on else ENDED

    def set_title(self, title: str) -> None:
        self.title, self.sort_title = title, title.casefold()

    def set_partners(self, organisation_ids: Sequence[UUID], now: datetime) -> None:
        """Make these the partners, in this order; who stays keeps the day on which they joined."""
        there = {each.organisation_id: each for each in self.partnerships}
        self.partnerships = [
            there.get(organisation_id) or Partnership(organisation_id=organisation_id, created_at=now)
            for organisation_id in organisation_ids
        ]
        for position, each in enumerate(self.partnerships):
            each.position = position

    def mark_edited(self, now: datetime) -> None:
        """Give the campaign its next version, also where only its partners changed."""
        self.updated_at = now
        flag_modified(self, "updated_at")
