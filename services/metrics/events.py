"""What metrics publishes. A change that would break a consumer gets a new version beside the old one."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from shared.messaging.events import Event


@dataclass(frozen=True)
class Rejected:
    """One item of a submission that was not taken, by its place in the list, and why."""

    index: int
    reason: str


@dataclass(frozen=True)
class SubmissionProcessed(Event):
    """A partner's reported measurements were looked at: this many are in the ledger, these were refused."""

    type: ClassVar[str] = "saypro.metrics.submission_processed.v1"
    subject_field: ClassVar[str] = "submission_id"

    submission_id: UUID
    organisation_id: UUID
    recorded: int
    rejected: list[Rejected]


@dataclass(frozen=True)
class DecidedFigure:
    """A figure by what its partner calls it: the KPI's key, and their own reference."""

    kpi: str
    reference: str


@dataclass(frozen=True)
class FiguresDecided(Event):
    """We decided on figures of a submission that was processed before.

    The `verdict` is `rejected` or `returned`, with the `reason`, or `verified` where one of these was taken back.
    """

    type: ClassVar[str] = "saypro.metrics.figures_decided.v1"
    subject_field: ClassVar[str] = "submission_id"

    submission_id: UUID
    organisation_id: UUID
    verdict: str
    reason: str
    figures: list[DecidedFigure]


@dataclass(frozen=True)
class KpiChanged(Event):
    """A KPI was added, or what partners need to know to report it is now this. Nobody reports one that isn't active."""

    type: ClassVar[str] = "saypro.metrics.kpi_changed.v1"
    subject_field: ClassVar[str] = "kpi_id"

    kpi_id: UUID
    campaign_id: UUID
    key: str
    name: str
    unit: str
    active: bool


@dataclass(frozen=True)
class KpiTargetReached(Event):
    """The verified figures of a KPI reached its target: told once for each target that was set."""

    type: ClassVar[str] = "saypro.metrics.kpi_target_reached.v1"
    subject_field: ClassVar[str] = "kpi_id"

    kpi_id: UUID
    campaign_id: UUID
    key: str
    name: str
    unit: str
    target: Decimal
    value: Decimal
    reached_at: datetime
    #: Whose verified figures are in it.
    organisation_ids: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class PersonalLink:
    """A secret link by which the liaison `holder_id` acts without an account: for the mail to them alone."""

    holder_id: UUID
    link: str
    expires_at: datetime


@dataclass(frozen=True)
class TargetProposed(Event):
    """We signed what a KPI is to reach by its last day, and these partners are asked to sign it too.

    Liaisons without an account sign by their link: see `secret_fields`.
    """

    type: ClassVar[str] = "saypro.metrics.target_proposed.v1"
    subject_field: ClassVar[str] = "kpi_id"
    secret_fields: ClassVar[frozenset[str]] = frozenset({"links"})

    kpi_id: UUID
    campaign_id: UUID
    key: str
    name: str
    unit: str
    target: Decimal
    due_on: date
    number: int
    waits_for: list[UUID]
    links: list[PersonalLink] = field(default_factory=list)


@dataclass(frozen=True)
class TargetSigned(Event):
    """One side signed a KPI's target of this number: a partner, or we if none is named; `complete` if all now have."""

    type: ClassVar[str] = "saypro.metrics.target_signed.v1"
    subject_field: ClassVar[str] = "kpi_id"

    kpi_id: UUID
    campaign_id: UUID
    key: str
    name: str
    number: int
    organisation_id: UUID | None
    complete: bool
    signed_at: datetime


@dataclass(frozen=True)
class KpiStatusChanged(Event):
    """How a KPI stands against its target is now judged differently, for this reason."""

    type: ClassVar[str] = "saypro.metrics.kpi_status_changed.v1"
    subject_field: ClassVar[str] = "kpi_id"

    kpi_id: UUID
    campaign_id: UUID
    key: str
    name: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True)
class OwedFigures:
    """A period of a KPI whose figures were due by `due_on`; `noticed` if that is news."""

    kpi_id: UUID
    key: str
    name: str
    starts_on: date
    ends_on: date
    due_on: date
    noticed: bool


@dataclass(frozen=True)
class FiguresOverdue(Event):
    """What this partner owes of a campaign's figures is now this, what is due the longest first; empty for nothing."""

    type: ClassVar[str] = "saypro.metrics.figures_overdue.v1"
    subject_field: ClassVar[str] = "organisation_id"

    organisation_id: UUID
    campaign_id: UUID
    figures: list[OwedFigures]


@dataclass(frozen=True)
class ReportDrafted(Event):
    """A report fell due and waits, as a draft, for somebody to write its text."""

    type: ClassVar[str] = "saypro.metrics.report_drafted.v1"
    subject_field: ClassVar[str] = "report_id"

    report_id: UUID
    campaign_id: UUID
    kind: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class ReportLine:
    """How a KPI stands in a report: the level that is verified, in its unit; no value where nobody can say."""

    name: str
    unit: str
    value: Decimal | None
    target: Decimal
    status: str


@dataclass(frozen=True)
class ReportPublished(Event):
    """An edition of a report was sent to the owner of its campaign and to these partners.

    Liaisons without an account read it by their link: see `secret_fields`.
    """

    type: ClassVar[str] = "saypro.metrics.report_published.v1"
    subject_field: ClassVar[str] = "report_id"
    secret_fields: ClassVar[frozenset[str]] = frozenset({"links"})

    report_id: UUID
    campaign_id: UUID
    edition: int
    #: Why it was issued again; empty for the first edition.
    reason: str
    kind: str
    starts_on: date
    ends_on: date
    partners: list[UUID]
    kpis: list[ReportLine]
    links: list[PersonalLink] = field(default_factory=list)


@dataclass(frozen=True)
class ErasureDone(Event):
    """This service has erased a person; `counts` says of which table how many rows were changed."""

    type: ClassVar[str] = "saypro.metrics.erasure_done.v1"
    subject_field: ClassVar[str] = "erasure_id"

    erasure_id: UUID
    service: str
    counts: dict[str, int]
