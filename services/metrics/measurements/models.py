"""The ledger of reported figures, and the sums that pages read instead of it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, String, UniqueConstraint, false, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.clock import new_id
from shared.database.engine import Identified
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
_replaced, _claimed = text("superseded_by IS NOT NULL"), text("claim_id IS NOT NULL")
_joint = text("source IN ('joint', 'adjustment')")
_open, _owed = text("closed_at IS NULL"), text("settled_at IS NULL")
#: What somebody or something noticed about figures.
FLAGS = OUTLIER, REPEATED, GAP, LATE = ("outlier", "repeated", "gap", "late")


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
        # From a figure to those that it took the place of, and to the others of its claim or delivery.
        Index("ix_measurements_superseded_by", "superseded_by", postgresql_where=_replaced, sqlite_where=_replaced),
        Index("ix_measurements_joint", "kpi_id", "id", postgresql_where=_joint, sqlite_where=_joint),
        Index("ix_measurements_claim_id", "claim_id", postgresql_where=_claimed, sqlite_where=_claimed),
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


class MonthLock(Base):
    """A month of a campaign that was reported on; the standings of its KPIs know it too."""

    __tablename__ = "month_locks"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    locked_at: Mapped[datetime] = mapped_column(Instant)
    person_name: Mapped[str]
    reason: Mapped[str] = mapped_column(String(1000))


class Restatement(Identified, Base):
    """A figure of a locked month that came, changed or went afterwards; `created_at` is when."""

    __tablename__ = "restatements"
    __table_args__ = (Index(None, "campaign_id", "id"), Index(None, "figure_id"))

    campaign_id: Mapped[UUID]
    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"))
    organisation_id: Mapped[UUID]
    month: Mapped[date]
    #: The figure as it is now.
    figure_id: Mapped[UUID]
    #: What stood there and what stands there since; None where there was or is nothing that counts.
    before: Mapped[Decimal | None] = mapped_column(Figure)
    before_status: Mapped[str | None] = mapped_column(String(20))
    after: Mapped[Decimal | None] = mapped_column(Figure)
    after_status: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(1000))
    #: Who decided it; empty where a partner's report did.
    person_name: Mapped[str | None]


class FigureFlag(Identified, Base):
    """Something that is odd about a figure, or a period that a partner left out; kept when it is explained."""

    __tablename__ = "figure_flags"
    __table_args__ = (
        # A figure is flagged once for a thing, and so is a partner's missing period.
        UniqueConstraint("kpi_id", "organisation_id", "subject", "kind"),
        Index(None, "figure_id"),
        Index("ix_figure_flags_open", "kpi_id", "id", postgresql_where=_open, sqlite_where=_open),
    )

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"))
    organisation_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    #: The figure's id, or the last day of the period that is missing.
    subject: Mapped[str] = mapped_column(String(40))
    figure_id: Mapped[UUID | None]
    period_start: Mapped[date]
    period_end: Mapped[date]
    #: What was found, such as {"median": "12", "score": "5.4"}.
    detail: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str | None]
    note: Mapped[str | None] = mapped_column(String(1000))


class OverdueFigures(Identified, Base):
    """A period that a partner owes the figures of since `due_on`; `created_at` is when that was noticed."""

    __tablename__ = "overdue_figures"
    __table_args__ = (
        # A partner is told once of each period.
        UniqueConstraint("kpi_id", "organisation_id", "period_end"),
        Index(None, "campaign_id", "id"),
        Index("ix_overdue_figures_open", "kpi_id", postgresql_where=_owed, sqlite_where=_owed),
    )

    campaign_id: Mapped[UUID]
    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"))
    organisation_id: Mapped[UUID]
    period_start: Mapped[date]
    period_end: Mapped[date]
    #: The last day on which they were in time.
    due_on: Mapped[date]
    #: When the figures came, or nobody asked for them any more.
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


class JointClaim(Identified, Base):
    """A result that several partners reached together: it is in the ledger as each one's share."""

    __tablename__ = "joint_claims"
    __table_args__ = (Index(None, "kpi_id", "id"),)

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"))
    #: Who reported it; what is left by rounding is theirs.
    claimant_id: Mapped[UUID]
    reference: Mapped[str] = mapped_column(String(160))
    value: Mapped[Decimal] = mapped_column(Figure)
    #: [{"organisation_id": "...", "share": "0.25", "value": "2.5"}], the claimant's too.
    shares: Mapped[list[dict[str, str]]] = mapped_column(Document)
    period_start: Mapped[date]
    period_end: Mapped[date]
    note: Mapped[str] = mapped_column(String(1000))
    person_name: Mapped[str]


class FigureVerdict(Identified, Base):
    """What somebody decided on a figure; the figure itself has the last of these."""

    __tablename__ = "figure_verdicts"
    __table_args__ = (Index(None, "figure_id", "id"),)

    figure_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(1000))
    person_name: Mapped[str]
