"""Use cases: giving a campaign its KPIs, changing a target, judging again what time or dates have changed."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.queries import list_unassessed
from services.metrics.alerts.service import assess, open_standing
from services.metrics.events import KpiChanged
from services.metrics.indicators.models import DECREASE, INCREASE, Kpi, TargetChange
from services.metrics.indicators.queries import find_kpi, get_kpi, list_goals, list_goals_by_id, list_kpis
from services.metrics.known.queries import get_campaign
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.fields import plain
from shared.identity import Identity
from shared.messaging.outbox import record
from shared.messaging.wake import announce

#: How many KPIs one transaction of the daily judgement takes.
CHUNK = 500


class KpiDetails(TypedDict):
    """What is decided when a KPI is made, as `KpiSchema` loads it."""

    key: str
    name: str
    unit: str
    aggregation: str
    direction: str
    baseline: Decimal
    target: Decimal
    verification: str


def create_kpi(session: Session, by: Identity, campaign_id: UUID, now: datetime, **details: Unpack[KpiDetails]) -> Kpi:
    """A new KPI of the campaign. Raises `NotYetKnown`, `Conflict` for a key in use, `Invalid` for an odd target."""
    campaign = get_campaign(session, by, campaign_id)
    _check_target(details["direction"], details["baseline"], details["target"])
    if find_kpi(session, campaign.id, details["key"]) is not None:
        raise Conflict(f"This campaign already has a KPI with the key {details['key']}. Choose another key.")
    kpi = Kpi(campaign_id=campaign.id, created_at=now, updated_at=now, target_number=1, **details)
    session.add(kpi)
    session.flush()
    open_standing(session, list_goals(session, [kpi])[0], now)
    record(session, KpiChanged(kpi.id, campaign.id, kpi.key, kpi.name, kpi.unit, active=True), now=now)
    note(session, by, "added the KPI", campaign.id, at=now, name=kpi.name, target=f"{plain(kpi.target)} {kpi.unit}")
    announce(session, f"campaign:{campaign.id}")
    return kpi


def change_target(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    key: str,
    seen_version: int,
    now: datetime,
    *,
    target: Decimal,
    reason: str,
) -> Kpi:
    """The KPI with another target; the former one is kept with the reason. Raises `Stale` if it changed meanwhile."""
    kpi = get_kpi(session, by, campaign_id, key)
    require_version(session, kpi, seen_version)
    _check_target(kpi.direction, kpi.baseline, target)
    if target == kpi.target:
        raise Invalid({"target": "This is the target already."})
    former, kpi.target, kpi.updated_at = kpi.target, target, now
    kpi.target_number += 1
    session.add(
        TargetChange(
            kpi_id=kpi.id,
            number=kpi.target_number,
            former=former,
            target=target,
            reason=reason,
            person_name=by.name,
            created_at=now,
        )
    )
    session.flush()
    # Standings are locked before the history everywhere, so that two who change things can't wait for each other.
    assess(session, list_goals(session, [kpi]), now)
    before, after = {kpi.name: plain(former)}, {kpi.name: plain(target)}
    for subject in (campaign_id, kpi.id):
        note(session, by, "changed a target", subject, at=now, before=before, after=after, reason=reason)
    announce(session, f"campaign:{campaign_id}")
    return kpi


def assess_campaign(session: Session, campaign_id: UUID, now: datetime) -> None:
    """Judge the campaign's KPIs again, because its dates may have changed."""
    assess(session, list_goals(session, list_kpis(session, campaign_id)), now)


def assess_due(session: Session, now: datetime) -> bool:
    """Judge KPIs that were not judged today: pace falls with time. Returns whether there are more."""
    due = list_unassessed(session, now.date(), CHUNK)
    goals = list_goals_by_id(session, due)
    assess(session, goals, now)
    for campaign_id in {goal.campaign_id for goal in goals}:
        announce(session, f"campaign:{campaign_id}")
    return len(due) == CHUNK


def _check_target(direction: str, baseline: Decimal, target: Decimal) -> None:
    if target == baseline:
        raise Invalid({"target": "The target must differ from the baseline, or there is nothing to reach."})
    if direction == INCREASE and target < baseline:
        raise Invalid({"target": "Where more is better, the target must be above the baseline."})
    if direction == DECREASE and target > baseline:
        raise Invalid({"target": "Where less is better, the target must be below the baseline."})
