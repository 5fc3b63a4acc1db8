"""Use cases: keeping in view what we might do together next."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.known.queries import name_campaigns
from services.partners.opportunities.models import Opportunity, Stage
from services.partners.opportunities.queries import get_opportunity
from services.partners.organisations.queries import get_organisation
from services.partners.people.queries import list_staff
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Invalid
from shared.fields import plain
from shared.identity import Identity


class OpportunityDetails(TypedDict):
    """What `OpportunitySchema` loads; `value` is in `currency`."""

    title: str
    notes: str
    owner_id: UUID
    step: str
    step_due_on: date | None
    campaign_id: UUID | None
    value: Decimal | None
    currency: str | None
    expected_on: date | None


def add_opportunity(
    session: Session, by: Identity, organisation_id: UUID, now: datetime, **details: Unpack[OpportunityDetails]
) -> Opportunity:
    """An idea for the next collaboration; raises `Invalid` for an owner or a campaign that is not there."""
    get_organisation(session, by, organisation_id)
    opportunity = Opportunity(organisation_id=organisation_id, stage=Stage.IDEA, created_at=now, updated_at=now)
    _fill(session, opportunity, details)
    session.add(opportunity)
    session.flush()
    note(session, by, "had the idea", opportunity.id, at=now)
    return opportunity


def change_opportunity(
    session: Session,
    by: Identity,
    opportunity_id: UUID,
    seen_version: int,
    now: datetime,
    **details: Unpack[OpportunityDetails],
) -> Opportunity:
    """The opportunity with these details; raises `Stale` if it changed since `seen_version`."""
    opportunity = get_opportunity(session, by, opportunity_id)
    require_version(session, opportunity, seen_version)
    before = {name: getattr(opportunity, name) for name in details}
    changed = sorted(name for name, value in details.items() if before[name] != value)
    if not changed:
        return opportunity
    _fill(session, opportunity, details)
    opportunity.updated_at = now
    told = {
        "before": {name: _tell(before[name]) for name in changed},
        "after": {name: _tell(getattr(opportunity, name)) for name in changed},
    }
    note(session, by, "changed the opportunity", opportunity.id, at=now, **told)
    session.flush()
    return opportunity


def move_opportunity(
    session: Session, by: Identity, opportunity_id: UUID, stage: str, reason: str, now: datetime
) -> Opportunity:
    """The opportunity at another stage, for a reason that stays on record; there already, nothing changes."""
    opportunity = get_opportunity(session, by, opportunity_id)
    if opportunity.stage == stage:
        return opportunity
    told = {"before": {"stage": opportunity.stage}, "after": {"stage": str(stage)}, "reason": reason}
    opportunity.stage, opportunity.updated_at = stage, now
    note(session, by, "moved the opportunity", opportunity.id, at=now, **told)
    session.flush()
    return opportunity


def _fill(session: Session, opportunity: Opportunity, details: OpportunityDetails) -> None:
    problems = {}
    owner_id, campaign_id = details["owner_id"], details["campaign_id"]
    if owner_id != opportunity.owner_id and owner_id not in {each.id for each in list_staff(session)}:
        problems["owner_id"] = "Choose someone of ours who can sign in."
    if campaign_id is not None and not name_campaigns(session, [campaign_id]):
        problems["campaign_id"] = "No such campaign has been heard of."
    if problems:
        raise Invalid(problems)
    for name, value in details.items():
        setattr(opportunity, name, value)


def _tell(value: Any) -> str | None:
    return None if value is None else plain(value) if isinstance(value, Decimal) else str(value)
