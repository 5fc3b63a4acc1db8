"""The days that matter on a campaign's way."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.campaigns.database import Base
from shared.database.engine import Edited

OPEN, REACHED, LATE, DROPPED = STATES = ("open", "reached", "late", "dropped")


class Milestone(Edited, Base):
    """Something the campaign should reach by a day. One that is given up is dropped, with the reason."""

    __tablename__ = "milestones"
    __table_args__ = (Index(None, "campaign_id", "due_on", "id"),)

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    title: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    reached_on: Mapped[date | None]
    dropped_because: Mapped[str | None] = mapped_column(String(1000))

    __mapper_args__ = {"version_id_col": Edited.version}

    def state_on(self, day: date) -> str:
        """Where it stands on `day`."""
        if self.dropped_because is not None:
            return DROPPED
        if self.reached_on is not None:
            return REACHED
        return LATE if self.due_on < day else OPEN
