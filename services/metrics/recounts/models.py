"""Counting all sums anew takes a while: how far one has come is kept, so that it can be stopped and gone on with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.database.engine import Identified
from shared.database.types import Document, Instant


class Recount(Identified, Base):
    """One recount, KPI after KPI in the order of their ids."""

    __tablename__ = "recounts"

    #: Only this campaign's KPIs.
    campaign_id: Mapped[UUID | None]
    repair: Mapped[bool]
    #: The last KPI that was counted.
    last_kpi_id: Mapped[UUID | None]
    kpis: Mapped[int] = mapped_column(default=0)
    #: Lines that say what was found to differ.
    differences: Mapped[list[str]] = mapped_column(Document, default=list)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
