"""Use cases: keeping the record of what was decided."""

from datetime import date, datetime
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.campaigns.campaigns.queries import get_campaign
from services.campaigns.decisions.models import Decision
from services.campaigns.decisions.queries import get_decision
from services.campaigns.events import DecisionRecorded
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import Identity
from shared.messaging.outbox import record


class DecisionDetails(TypedDict):
    """What `DecisionSchema` loads."""

    title: str
    text: str
    decided_on: date


def record_decision(
    session: Session, by: Identity, campaign_id: UUID, now: datetime, today: date, **details: Unpack[DecisionDetails]
) -> Decision:
    """Put a decision of the campaign on record; raises `Invalid` for one of a day to come."""
    campaign = get_campaign(session, by, campaign_id)
    _check_day(details["decided_on"], today)
    decision = Decision(campaign_id=campaign.id, created_at=now, updated_at=now, **details)
    session.add(decision)
    session.flush()
    _publish(session, decision, now)
    note(session, by, "recorded the decision", decision.id, at=now)
    note(session, by, "recorded a decision", campaign.id, at=now, title=decision.title)
    return decision


def change_decision(
    session: Session,
    by: Identity,
    decision_id: UUID,
    seen_version: int,
    now: datetime,
    today: date,
    **details: Unpack[DecisionDetails],
) -> Decision:
    """The decision in other words; raises `Stale` if it changed since `seen_version`, `Conflict` once withdrawn."""
    decision = get_decision(session, by, decision_id)
    require_version(session, decision, seen_version)
    _require_holding(decision)
    _check_day(details["decided_on"], today)
    before = {name: str(getattr(decision, name)) for name in details}
    after = {name: str(value) for name, value in details.items()}
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        decision.title, decision.text, decision.decided_on = details["title"], details["text"], details["decided_on"]
        decision.updated_at = now
        session.flush()
        _publish(session, decision, now)
        told = {"before": {each: before[each] for each in changed}, "after": {each: after[each] for each in changed}}
        note(session, by, "changed the decision", decision.id, at=now, **told)
    return decision


def withdraw_decision(session: Session, by: Identity, decision_id: UUID, reason: str, now: datetime) -> Decision:
    """Let a decision hold no longer, for `reason`; it stays on record. Raises `Conflict` if it is withdrawn already."""
    decision = get_decision(session, by, decision_id)
    _require_holding(decision)
    decision.withdrawn_because, decision.updated_at = reason, now
    session.flush()
    _publish(session, decision, now)
    note(session, by, "withdrew the decision", decision.id, at=now, reason=reason)
    note(session, by, "withdrew a decision", decision.campaign_id, at=now, title=decision.title, reason=reason)
    return decision


def _check_day(decided_on: date, today: date) -> None:
    if decided_on > today:
        raise Invalid({"decided_on": "Choose today or a day before: a decision is recorded once it is taken."})


def _require_holding(decision: Decision) -> None:
    if not decision.holds:
        raise Conflict("This decision is withdrawn. Record a new one instead.")


def _publish(session: Session, decision: Decision, now: datetime) -> None:
    told = DecisionRecorded(
        decision.id, decision.campaign_id, decision.title, decision.text, decision.decided_on, decision.holds
    )
    record(session, told, now=now)
