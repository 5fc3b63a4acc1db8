"""KPIs: what a campaign measures itself by, and the targets that were set for it."""

import re
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.database.engine import Edited, Identified
from shared.database.types import Figure

AGGREGATIONS = ("sum",)
DIRECTIONS = INCREASE, DECREASE = ("increase", "decrease")
#: What a KPI's key may be.
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
VERIFICATIONS = AUTOMATIC, MANUAL = ("automatic", "manual")


class Kpi(Edited, Base):
    """An indicator of a campaign. Partners name it by its `key`."""

    __tablename__ = "kpis"
    __table_args__ = (UniqueConstraint("campaign_id", "key"),)

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    key: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(40))
    aggregation: Mapped[str] = mapped_column(String(20))
    direction: Mapped[str] = mapped_column(String(20))
    baseline: Mapped[Decimal] = mapped_column(Figure)
    target: Mapped[Decimal] = mapped_column(Figure)
    #: Counts the targets that were set, from 1.
    target_number: Mapped[int] = mapped_column(default=1)
    #: Whether figures count as verified when they come in ("automatic") or when someone has looked ("manual").
    verification: Mapped[str] = mapped_column(String(20))

    __mapper_args__ = {"version_id_col": Edited.version}


class TargetChange(Identified, Base):
    """A target that was given up for another, with the reason: reports carry it as a footnote."""

    __tablename__ = "target_changes"
    __table_args__ = (UniqueConstraint("kpi_id", "number"),)

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"))
    #: The number of the new target.
    number: Mapped[int]
    former: Mapped[Decimal] = mapped_column(Figure)
    target: Mapped[Decimal] = mapped_column(Figure)
    reason: Mapped[str] = mapped_column(String(1000))
    person_name: Mapped[str]
