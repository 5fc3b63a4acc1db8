"""What the partners of a campaign decided together: an open record that everyone in it can look up."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.campaigns.database import Base
from shared.database.engine import Edited


class Decision(Edited, Base):
    """One decision. It is never deleted: one that no longer holds is withdrawn, with the reason."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "campaign_id", "decided_on", "id"),)

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    title: Mapped[str] = mapped_column(String(200))
    #: Why it was decided so, and what follows from it.
    text: Mapped[str] = mapped_column(Text)
    decided_on: Mapped[date]
    #: Empty as long as it holds.
    withdrawn_because: Mapped[str | None] = mapped_column(String(1000))

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def holds(self) -> bool:
        return self.withdrawn_because is None
