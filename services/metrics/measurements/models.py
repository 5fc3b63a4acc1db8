"""The ledger of reported figures, and the sums that pages read instead of it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, String, false, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.clock import new_id
from shared.database.types import Document, Figure, Instant

PROVISIONAL, VERIFIED, REJECTED, RETURNED, SUPERSEDED = STATUSES = (
    "provisional",
    "verified",
    "rejected",
    # Given back to the partner with a note; like a rejected one it doesn't count.
    "returned",
    "superseded",
)
#: Where a figure came from: a partner's delivery (by webhook, form or spreadsheet), volunteers' hours or
#: contributions, media coverage, staff, an exchange file, its share of joint work, an entry that takes an overlap out.
SOURCES = SUBMISSION, HOURS, CONTRIBUTION, COVERAGE, STAFF, EXCHANGE, JOINT, ADJUSTMENT = (
    "submission",
    "hours",
    "contribution",
    "coverage",
    "staff",
    "exchange",
    "joint",
    "adjustment",
)
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
        # The figures of one place of the sums, where these can't be kept by adding.
        Index(None, "kpi_id", "organisation_id", "period_end"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(Instant)
    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"))
    organisation_id: Mapped[UUID]
    #: The delivery that it came in; none where it was entered here.
    submission_id: Mapped[UUID | None]
    source: Mapped[str] = mapped_column(String(20), default=SUBMISSION, server_default=SUBMISSION)
    #: The partner's own id of the figure.
    reference: Mapped[str] = mapped_column(String(200))
    value: Mapped[Decimal] = mapped_column(Figure)
    #: For a weighted mean: how much the value weighs.
    weight: Mapped[Decimal | None] = mapped_column(Figure)
    #: The value parted by the KPI's dimensions: {"sex": {"f": "10", "m": "12"}}; and why parts don't add up to it.
    parts: Mapped[dict[str, dict[str, str]] | None] = mapped_column(Document)
    parts_note: Mapped[str | None] = mapped_column(String(1000))
    #: The joint claim that it is a share of.
    claim_id: Mapped[UUID | None]
    #: What the reporter said of it, and a stored file that shows it.
    note: Mapped[str | None] = mapped_column(String(1000))
    evidence: Mapped[dict[str, Any] | None] = mapped_column(Document)
    #: Came, or was corrected, after its period was locked.
    restated: Mapped[bool] = mapped_column(default=False, server_default=false())
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
    """Sums of current figures; `figures` counts what is behind both.

    Kept by adding to them. Only where the aggregation picks one figure (the latest, the smallest, the largest), that
    figure stands here, found again whenever one of its place changes.
    """

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    verified: Mapped[Decimal] = mapped_column(Figure)
    provisional: Mapped[Decimal] = mapped_column(Figure)
    figures: Mapped[int]
    #: How many of these are verified.
    verified_figures: Mapped[int] = mapped_column(default=0, server_default="0")
    #: For a weighted mean: the sums of weights; `verified` and `provisional` are then of weighted values.
    verified_weight: Mapped[Decimal] = mapped_column(Figure, default=Decimal(0), server_default="0")
    provisional_weight: Mapped[Decimal] = mapped_column(Figure, default=Decimal(0), server_default="0")


class PartnerTotal(_Sums, Base):
    """What one partner reported for a KPI in all."""

    __tablename__ = "partner_totals"


class MonthTotal(_Sums, Base):
    """What one partner reported for a KPI in one month; `month` is its first day."""

    __tablename__ = "month_totals"

    month: Mapped[date] = mapped_column(primary_key=True, sort_order=1)


class PartTotal(Base):
    """What one partner reported for one category of a dimension in one month."""

    __tablename__ = "part_totals"

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(String(60), primary_key=True)
    category: Mapped[str] = mapped_column(String(60), primary_key=True)
    verified: Mapped[Decimal] = mapped_column(Figure)
    provisional: Mapped[Decimal] = mapped_column(Figure)
    figures: Mapped[int]
