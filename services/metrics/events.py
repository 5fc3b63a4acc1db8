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
class TargetProposed(Event):
    """We signed what a KPI is to reach by its last day, and these partners are asked to sign it too."""

    type: ClassVar[str] = "saypro.metrics.target_proposed.v1"
    subject_field: ClassVar[str] = "kpi_id"

    kpi_id: UUID
    campaign_id: UUID
    key: str
    name: str
    unit: str
    target: Decimal
    due_on: date
    number: int
    waits_for: list[UUID]


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
class ErasureDone(Event):
    """This service has erased a person; `counts` says of which table how many rows were changed."""

    type: ClassVar[str] = "saypro.metrics.erasure_done.v1"
    subject_field: ClassVar[str] = "erasure_id"

    erasure_id: UUID
    service: str
    counts: dict[str, int]
