"""KPIs: what a campaign measures itself by, and the targets that were set for it."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.metrics.alerts.judgement import STRAIGHT
from services.metrics.database import Base
from shared.database.engine import Edited, Identified
from shared.database.types import Document, Figure, Instant

DIRECTIONS = INCREASE, DECREASE = ("increase", "decrease")
#: What a KPI's key may be.
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
VERIFICATIONS = AUTOMATIC, MANUAL = ("automatic", "manual")
#: How often partners report; "none" where nothing was agreed.
FREQUENCIES = ("none", "monthly", "quarterly", "half_yearly", "yearly")


class Indicator(Edited, Base):
    """A definition in the library, from which KPIs of many campaigns are made."""

    __tablename__ = "indicators"

    #: What it is known by here, such as "waste_removed"; the KPI's key as a rule.
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    #: The name without case, the same on both databases.
    sort_name: Mapped[str] = mapped_column(String(200), index=True)
    description: Mapped[str] = mapped_column(String(4000), default="")
    unit: Mapped[str] = mapped_column(String(40))
    direction: Mapped[str] = mapped_column(String(20))
    aggregation: Mapped[str] = mapped_column(String(20))
    #: By what its figures are parted, as in `Kpi.dimensions`.
    dimensions: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list)
    #: Means of verification: what shows that a figure is true.
    means: Mapped[str] = mapped_column(String(2000), default="")
    #: Codes in public catalogues, by catalogue: {"sdg": ["14.1"], "iris": ["OI1479"], "gri": ["306-4"]}.
    codes: Mapped[dict[str, list[str]]] = mapped_column(Document, default=dict)
    #: The Sustainable Development Goals among them, between commas, to find them by: ",14,15,".
    goals: Mapped[str] = mapped_column(String(100), default="", server_default=text("''"))
    #: Nobody makes a KPI of one that is retired.
    retired: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = {"version_id_col": Edited.version}


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
    #: The definition in the library that it was made from.
    indicator_id: Mapped[UUID | None] = mapped_column(ForeignKey("indicators.id"))
    #: For a ratio or a formula: an expression over the keys of other KPIs of the campaign.
    formula: Mapped[str | None] = mapped_column(String(500))
    #: By what its figures are parted: [{"key": "sex", "name": "Sex", "categories": [{"key": "f", "name": "Women"}]}].
    dimensions: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list, server_default="[]")
    means: Mapped[str] = mapped_column(String(2000), default="", server_default=text("''"))
    frequency: Mapped[str] = mapped_column(String(20), default="none", server_default="none")
    #: For so many days after a period's end its figures are not late.
    grace_days: Mapped[int] = mapped_column(default=14, server_default="14")
    pace: Mapped[str] = mapped_column(String(20), default=STRAIGHT, server_default=STRAIGHT)
    #: Set where the KPI keeps other days than its campaign: follow-ups run on after it has closed.
    begins_on: Mapped[date | None]
    due_on: Mapped[date | None]
    #: The KPI that this one follows up, so many months after the campaign has closed.
    follows_id: Mapped[UUID | None] = mapped_column(ForeignKey("kpis.id"))
    follow_months: Mapped[int | None]
    _reporting: Mapped[list["KpiReporter"]] = relationship(
        cascade="all, delete-orphan", order_by="KpiReporter.organisation_id"
    )
    #: The partners that are to report it; without any, all of the campaign's are.
    reporters: AssociationProxy[list[UUID]] = association_proxy(
        "_reporting", "organisation_id", creator=lambda organisation_id: KpiReporter(organisation_id=organisation_id)
    )

    #: What it should have reached by when on the way to its present target, in the order of days.
    interims: Mapped[list["InterimTarget"]] = relationship(
        primaryjoin="and_(Kpi.id == foreign(InterimTarget.kpi_id), Kpi.target_number == InterimTarget.target_number)",
        order_by="InterimTarget.due_on",
        viewonly=True,
    )

    __mapper_args__ = {"version_id_col": Edited.version}


class TargetChange(Identified, Base):
    """A target that was given up for another, with the reason: reports carry it as a footnote.

    Another target may be the same number with other terms around it, such as another baseline: `terms` says which.
    """

    __tablename__ = "target_changes"
    __table_args__ = (UniqueConstraint("kpi_id", "number"),)

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"))
    #: The number of the new target.
    number: Mapped[int]
    former: Mapped[Decimal] = mapped_column(Figure)
    target: Mapped[Decimal] = mapped_column(Figure)
    reason: Mapped[str] = mapped_column(String(1000))
    #: What else changed, by name of the term: {"baseline": ["0", "5"]}.
    terms: Mapped[dict[str, list[Any]]] = mapped_column(Document, default=dict, server_default="{}")
    person_name: Mapped[str]


class KpiInput(Base):
    """One KPI that a ratio or a formula is worked out from."""

    __tablename__ = "kpi_inputs"

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"), primary_key=True)
    input_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"), primary_key=True, index=True)


class KpiReporter(Base):
    """A partner that is to report a KPI; without any, all of the campaign's partners are."""

    __tablename__ = "kpi_reporters"

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)


class InterimTarget(Identified, Base):
    """Where a KPI should stand on the way, as part of its target number `target_number`."""

    __tablename__ = "interim_targets"
    __table_args__ = (UniqueConstraint("kpi_id", "target_number", "due_on"),)

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"))
    target_number: Mapped[int]
    due_on: Mapped[date]
    #: A level like the target itself, the baseline included.
    value: Mapped[Decimal] = mapped_column(Figure)


class KpiSource(Base):
    """Where a KPI takes its figures from, if not from reported measurements: another kind of partners' reports."""

    __tablename__ = "kpi_sources"

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"), primary_key=True)
    #: "hours", "contribution" or "coverage", as in the ledger.
    source: Mapped[str] = mapped_column(String(20))
    #: What of an item is counted, such as "hours" or "people"; "items" for one of each.
    measure: Mapped[str] = mapped_column(String(20))
    #: Only items of this kind, or in this unit or currency; empty for all.
    only_kind: Mapped[str] = mapped_column(String(20), default="")
    only_unit: Mapped[str] = mapped_column(String(40), default="")


class Signature(Identified, Base):
    """One side's word that a KPI is to reach its target, on the terms that stand here as they were signed.

    It holds as long as the terms are the same: `digest` is their SHA-256.
    """

    __tablename__ = "target_signatures"
    __table_args__ = (Index(None, "kpi_id", "created_at"),)

    kpi_id: Mapped[UUID] = mapped_column(ForeignKey("kpis.id"))
    target_number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    terms: Mapped[dict[str, Any]] = mapped_column(Document)
    #: The partner that signed; none for ours.
    organisation_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    person_name: Mapped[str]
    signed_at: Mapped[datetime] = mapped_column(Instant)
