"""What partners give and tell beside their figures: contributions, and stories with their pictures."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.database.engine import Edited
from shared.database.types import Document, Figure, Instant
from shared.files import StoredFile

#: A contribution that was accepted is verified, a story published; what is set aside counts for nothing.
STATUSES = REPORTED, ACCEPTED, SET_ASIDE = ("reported", "accepted", "set_aside")
CONTRIBUTIONS, STORIES = "contributions", "stories"


class Given(Edited):
    """What both have: whose it is, what they call it, and what we said to it."""

    campaign_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    submission_id: Mapped[UUID]
    #: The partner's own name of it, under which it can be corrected.
    reference: Mapped[str]
    #: The time of the event that told it so.
    as_of: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(20), default=REPORTED)
    #: Why it was set aside.
    reason: Mapped[str] = mapped_column(String(1000), default="")
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class Contribution(Given, Base):
    """Money, goods, hours, space, transport or expertise: an amount with its currency, a quantity with its unit."""

    __tablename__ = CONTRIBUTIONS
    __table_args__ = (UniqueConstraint("campaign_id", "organisation_id", "reference"), Index(None, "campaign_id", "id"))

    kind: Mapped[str] = mapped_column(String(20))
    what: Mapped[str]
    amount: Mapped[Decimal | None] = mapped_column(Figure)
    currency: Mapped[str] = mapped_column(String(3))
    quantity: Mapped[Decimal | None] = mapped_column(Figure)
    unit: Mapped[str] = mapped_column(String(40))
    given_on: Mapped[date]

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def title(self) -> str:
        return self.what

    @property
    def day(self) -> date:
        return self.given_on

    @property
    def measures(self) -> list[tuple[Decimal, str]]:
        """How much it was, with the currency or unit of each."""
        told = ((self.amount, self.currency), (self.quantity, self.unit))
        return [(value, unit) for value, unit in told if value is not None]


class Story(Given, Base):
    """Something that happened, told by a partner; everyone named or shown has agreed to it."""

    __tablename__ = STORIES
    __table_args__ = (UniqueConstraint("campaign_id", "organisation_id", "reference"), Index(None, "campaign_id", "id"))

    title: Mapped[str]
    text: Mapped[str]
    #: When it happened, or else was told.
    day: Mapped[date]
    #: Stored files, each with a "description" of what it shows.
    pictures: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    #: Addresses of pictures elsewhere.
    links: Mapped[list[str]] = mapped_column(Document)

    __mapper_args__ = {"version_id_col": Edited.version}

    def picture(self, place: int) -> StoredFile:
        """The stored picture at this place, from 0; raises `IndexError` where there is none."""
        kept = self.pictures[place]
        return StoredFile(kept["name"], kept["media_type"], kept["size"], kept["sha256"])
