"""Use cases: counting the sums of many KPIs anew, one transaction each, with a mark of how far it has come."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.queries import list_all_ids
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.recounts.models import Recount


def begin_recount(session: Session, campaign_id: UUID | None, now: datetime, *, repair: bool) -> Recount:
    """A new recount of a campaign's KPIs, or of all."""
    recount = Recount(campaign_id=campaign_id, repair=repair, kpis=0, differences=[], created_at=now)
    session.add(recount)
    session.flush()
    return recount


def find_stopped(session: Session, campaign_id: UUID | None, *, repair: bool) -> Recount | None:
    """The latest recount of this kind, if it was stopped before its end."""
    same = Recount.campaign_id.is_(None) if campaign_id is None else Recount.campaign_id == campaign_id
    latest = select(Recount).where(same, Recount.repair == repair).order_by(Recount.id.desc()).limit(1)
    found = session.scalar(latest)
    return found if found is not None and found.finished_at is None else None


def list_remaining(session: Session, recount: Recount) -> Sequence[UUID]:
    """The KPIs that are still to be counted, in the order in which they will be."""
    ids = list_all_ids(session, recount.campaign_id)
    return [each for each in ids if recount.last_kpi_id is None or each > recount.last_kpi_id]


def count_figures_of(session: Session, kpi_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many figures stand behind each of these KPIs, as the sums say: what progress is measured in."""
    return {kpi_id: standing.figures for kpi_id, standing in map_standings(session, kpi_ids).items()}


def recount_next(session: Session, recount_id: UUID, kpi_id: UUID, now: datetime) -> list[str]:
    """Count one KPI anew; returns lines that say what differed."""
    recount = session.get_one(Recount, recount_id, with_for_update=True)
    found = [
        f"KPI {each.kpi_id}, {each.where}: kept {each.kept}; the ledger says {each.counted}"
        for each in recount_kpi(session, kpi_id, now, repair=recount.repair)
    ]
    recount.last_kpi_id, recount.kpis = kpi_id, recount.kpis + 1
    recount.differences = [*recount.differences, *found]
    return found


def finish_recount(session: Session, recount_id: UUID, now: datetime) -> Recount:
    """Mark the recount as done."""
    recount = session.get_one(Recount, recount_id, with_for_update=True)
    recount.finished_at = now
    return recount
