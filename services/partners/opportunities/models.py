"""What we might do together next."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Edited
from shared.database.types import Figure


class Stage(StrEnum):
    """How far it has come, in this order; what is dropped can be taken up again."""

    IDEA = "idea"
    TALKING = "talking"
    PLANNED = "planned"
    AGREED = "agreed"
    DROPPED = "dropped"


OPEN = (Stage.IDEA, Stage.TALKING, Stage.PLANNED)


class Opportunity(Edited, Base):
    """A collaboration that may come, with one organisation. `value` is in `currency` (ISO 4217), if it has one."""

    __tablename__ = "opportunities"
    __table_args__ = (Index(None, "stage", "step_due_on", "id"), Index(None, "organisation_id", "stage", "id"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    title: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(String(10))
    #: The one of us who drives it.
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    step: Mapped[str] = mapped_column(String(300))
    step_due_on: Mapped[date | None]
    #: The campaign that it grew from, as campaigns calls it.
    campaign_id: Mapped[UUID | None]
    value: Mapped[Decimal | None] = mapped_column(Figure)
    currency: Mapped[str | None] = mapped_column(String(3))
    expected_on: Mapped[date | None]

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN
