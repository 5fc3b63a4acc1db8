"""Use cases: judging again what time or dates have changed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.queries import list_unassessed
from services.metrics.alerts.service import assess
from services.metrics.indicators.queries import list_goals, list_goals_by_id, list_kpis
from services.metrics.indicators.service.follow_ups import move_follow_ups
from services.metrics.known.queries import map_periods
from shared.messaging.wake import announce

#: How many KPIs one transaction of the daily judgement takes.
CHUNK = 500


def assess_campaign(session: Session, campaign_id: UUID, now: datetime) -> None:
    """Judge the campaign's KPIs again, because its dates may have changed; follow-ups move with its last day."""
    kpis = list_kpis(session, campaign_id)
    if running := map_periods(session, [campaign_id]).get(campaign_id):
        move_follow_ups(session, kpis, running.ends_on, now)
    assess(session, list_goals(session, kpis), now)


def assess_due(session: Session, now: datetime) -> bool:
    """Judge KPIs that were not judged today: pace falls with time. Returns whether there are more."""
    due = list_unassessed(session, now.date(), CHUNK)
    assess_kpis(session, due, now)
    return len(due) == CHUNK


def assess_kpis(session: Session, kpi_ids: Collection[UUID], now: datetime) -> None:
    """Judge these KPIs again, and show it on open dashboards."""
    goals = list_goals_by_id(session, kpi_ids)
    assess(session, goals, now)
    for campaign_id in {goal.campaign_id for goal in goals}:
        announce(session, f"campaign:{campaign_id}")
