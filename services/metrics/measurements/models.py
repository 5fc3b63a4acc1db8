"""The ledger of reported figures, and the sums that pages read instead of it."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, String, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.clock import new_id
from shared.database.types import Figure, Instant

PROVISIONAL, VERIFIED, REJECTED, SUPERSEDED = STATUSES = ("provisional", "verified", "rejected", "superseded")
_current = text("status <> 'superseded'")


class Measurement(Base):
    """One reported value. A correction is a row of its own that supersedes this one; values are never changed."""

    __tablename__ = "measurements"
    __table_args__ = (
        # A partner's reference names one current figure of a KPI.
        Index(
            "ix_measurements_current",
            "kpi_id",
            "organisation_id",
            "reference",
            unique=True,
            postgresql_where=_current,
            sqlite_where=_current,
        ),
        Index(None, "kpi_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(Instant)
    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"))
    organisation_id: Mapped[UUID]
    submission_id: Mapped[UUID]
    #: The partner's own id of the figure.
    reference: Mapped[str] = mapped_column(String(200))
    value: Mapped[Decimal] = mapped_column(Figure)
    period_start: Mapped[date]
    period_end: Mapped[date]
    status: Mapped[str] = mapped_column(String(20))
    #: The figure that took this one's place.
    superseded_by: Mapped[UUID | None]
    #: Who verified or rejected it, when and why; empty where that was automatic.
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(String(1000))

    @classmethod
    def is_current(cls) -> ColumnElement[bool]:
        """The condition of the partial index, written out: as a parameter the index could not be planned with."""
        return cls.status != literal_column("'superseded'")

    @property
    def month(self) -> date:
        """The month that the figure counts in: the one in which its period ends."""
        return self.period_end.replace(day=1)


class _Sums:
    """Sums of current figures, kept by adding to them; `figures` counts what is behind both."""

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    verified: Mapped[Decimal] = mapped_column(Figure)
    provisional: Mapped[Decimal] = mapped_column(Figure)
    figures: Mapped[int]


class PartnerTotal(_Sums, Base):
    """What one partner reported for a KPI in all."""

    __tablename__ = "partner_totals"


class MonthTotal(_Sums, Base):
    """What one partner reported for a KPI in one month; `month` is its first day."""

    __tablename__ = "month_totals"

    month: Mapped[date] = mapped_column(primary_key=True, sort_order=1)
