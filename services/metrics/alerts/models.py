"""How each KPI stands: its sums over all partners, and what was last said of them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.database.types import Document, Figure, Instant

_unchecked = text("unchecked")


class Season(Base):
    """How a KPI's figures spread over the months of the past year; empty where that can't be said."""

    __tablename__ = "seasons"

    kpi_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    learned_on: Mapped[date] = mapped_column(index=True)
    #: The share of each calendar month, January first, as decimal numbers.
    weights: Mapped[list[str]] = mapped_column(Document)


class Standing(Base):
    """One row per KPI. Locking it puts everything that moves the KPI's figures in line."""

    __tablename__ = "standings"
    __table_args__ = (
        Index(None, "assessed_on", "kpi_id"),
        Index("ix_standings_unchecked", "kpi_id", postgresql_where=_unchecked, sqlite_where=_unchecked),
    )

    kpi_id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    verified: Mapped[Decimal] = mapped_column(Figure)
    provisional: Mapped[Decimal] = mapped_column(Figure)
    #: How many figures stand behind the two sums.
    figures: Mapped[int]
    #: How many of these are verified.
    verified_figures: Mapped[int]
    #: As in the sums by partner.
    verified_weight: Mapped[Decimal] = mapped_column(Figure, default=Decimal(0), server_default="0")
    provisional_weight: Mapped[Decimal] = mapped_column(Figure, default=Decimal(0), server_default="0")
    #: Worked out from other KPIs; such are locked after all others, since these move them.
    derived: Mapped[bool] = mapped_column(default=False, server_default=false())
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(300))
    #: The day that `status` was judged for; pace falls behind without any figure coming in.
    assessed_on: Mapped[date]
    #: The number of the target whose reaching has been told.
    told_target: Mapped[int | None]
    #: The months whose figures were reported on, such as "2026-03": what changes in them is a restatement.
    locked_months: Mapped[list[str]] = mapped_column(Document, default=list, server_default=text("'[]'"))
    #: Figures came whose quality nobody looked at, after the one with the id `checked_id`.
    unchecked: Mapped[bool] = mapped_column(default=False, server_default=false())
    checked_id: Mapped[UUID | None]
