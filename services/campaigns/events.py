"""What campaigns publishes. A change that would break a consumer gets a new version beside the old one."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.messaging.events import Event


@dataclass(frozen=True)
class CampaignCreated(Event):
    """A campaign was set up."""

    type: ClassVar[str] = "saypro.campaigns.campaign_created.v1"
    subject_field: ClassVar[str] = "campaign_id"

    campaign_id: UUID
    title: str
    cause: str
    starts_on: date
    ends_on: date
    owner_id: UUID
    owner_name: str
    #: Ids of organisations, in the order in which they joined.
    partners: list[UUID]


@dataclass(frozen=True)
class CampaignChanged(Event):
    """A campaign's details, its owner or its partners are now these."""

    type: ClassVar[str] = "saypro.campaigns.campaign_changed.v1"
    subject_field: ClassVar[str] = "campaign_id"

    campaign_id: UUID
    title: str
    cause: str
    starts_on: date
    ends_on: date
    owner_id: UUID
    owner_name: str
    #: Ids of organisations, in the order in which they joined.
    partners: list[UUID]


@dataclass(frozen=True)
class DecisionRecorded(Event):
    """A decision was put on record, or is now this; `holds` is false once it is withdrawn."""

    type: ClassVar[str] = "saypro.campaigns.decision_recorded.v1"
    subject_field: ClassVar[str] = "decision_id"

    decision_id: UUID
    campaign_id: UUID
    title: str
    text: str
    decided_on: date
    holds: bool


@dataclass(frozen=True)
class MilestoneChanged(Event):
    """A milestone was set, moved, reached or dropped; a dropped one is no longer `active`."""

    type: ClassVar[str] = "saypro.campaigns.milestone_changed.v1"
    subject_field: ClassVar[str] = "milestone_id"

    milestone_id: UUID
    campaign_id: UUID
    title: str
    due_on: date
    reached_on: date | None
    active: bool


@dataclass(frozen=True)
class ErasureDone(Event):
    """This service has erased a person; `counts` says of which table how many rows were changed."""

    type: ClassVar[str] = "saypro.campaigns.erasure_done.v1"
    subject_field: ClassVar[str] = "erasure_id"

    erasure_id: UUID
    service: str
    counts: dict[str, int]
