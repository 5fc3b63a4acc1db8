"""Use cases: setting milestones, and saying that they are reached or given up."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.campaigns.campaigns.queries import get_campaign
from services.campaigns.events import MilestoneChanged
from services.campaigns.schedule.models import Milestone
from services.campaigns.schedule.queries import get_milestone
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import Identity
from shared.messaging.outbox import record


def set_milestone(
    session: Session, by: Identity, campaign_id: UUID, now: datetime, *, title: str, due_on: date
) -> Milestone:
    """A new milestone of the campaign."""
    campaign = get_campaign(session, by, campaign_id)
    milestone = Milestone(campaign_id=campaign.id, title=title, due_on=due_on, created_at=now, updated_at=now)
    session.add(milestone)
    session.flush()
    _publish(session, milestone, now)
    note(session, by, "set the milestone", milestone.id, at=now)
    note(session, by, "set a milestone", campaign.id, at=now, title=title)
    return milestone


def change_milestone(
    session: Session, by: Identity, milestone_id: UUID, seen_version: int, now: datetime, *, title: str, due_on: date
) -> Milestone:
    """The milestone with another title or day; raises `Stale`, or `Conflict` for one that is not open any more."""
    milestone = get_milestone(session, by, milestone_id)
    require_version(session, milestone, seen_version)
    _require_open(milestone)
    before = {"title": milestone.title, "due_on": milestone.due_on.isoformat()}
    after = {"title": title, "due_on": due_on.isoformat()}
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        milestone.title, milestone.due_on = title, due_on
        told = {"before": {each: before[each] for each in changed}, "after": {each: after[each] for each in changed}}
        _settle(session, by, milestone, "changed the milestone", now, **told)
    return milestone


def reach_milestone(
    session: Session, by: Identity, milestone_id: UUID, now: datetime, today: date, *, reached_on: date
) -> Milestone:
    """Say that the milestone was reached on a day until `today`. Raises `Conflict` if it is not open."""
    milestone = get_milestone(session, by, milestone_id)
    _require_open(milestone)
    if reached_on > today:
        raise Invalid({"reached_on": "Choose today or a day before."})
    milestone.reached_on = reached_on
    _settle(session, by, milestone, "reached the milestone", now, day=reached_on.isoformat())
    return milestone


def drop_milestone(session: Session, by: Identity, milestone_id: UUID, reason: str, now: datetime) -> Milestone:
    """Give the milestone up, for `reason`; it stays on record. Raises `Conflict` if it is not open."""
    milestone = get_milestone(session, by, milestone_id)
    _require_open(milestone)
    milestone.dropped_because = reason
    _settle(session, by, milestone, "dropped the milestone", now, reason=reason)
    return milestone


def _require_open(milestone: Milestone) -> None:
    if milestone.reached_on is not None or milestone.dropped_because is not None:
        raise Conflict("This milestone is reached or dropped already. Set a new one instead.")


def _settle(session: Session, by: Identity, milestone: Milestone, action: str, now: datetime, **detail: object) -> None:
    milestone.updated_at = now
    session.flush()
    _publish(session, milestone, now)
    note(session, by, action, milestone.id, at=now, **detail)


def _publish(session: Session, milestone: Milestone, now: datetime) -> None:
    told = MilestoneChanged(
        milestone_id=milestone.id,
        campaign_id=milestone.campaign_id,
        title=milestone.title,
        due_on=milestone.due_on,
        reached_on=milestone.reached_on,
        active=milestone.dropped_because is None,
    )
    record(session, told, now=now)
