"""When two organisations turn out to be one: the figures of both are the survivor's, and the totals stay."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, delete, func, literal, select, update
from sqlalchemy.orm import Session

from services.metrics.alerts.levels import PICKED
from services.metrics.alerts.queries import lock_standings
from services.metrics.alerts.service import move_standings
from services.metrics.indicators.queries import list_goals_by_id
from services.metrics.measurements.models import SUPERSEDED, Measurement, MonthTotal, PartnerTotal
from services.metrics.measurements.service.picks import pick_again
from services.metrics.measurements.service.rollups import add_to_partner, read_months


def merge_figures(session: Session, merged_id: UUID, survivor_id: UUID, now: datetime) -> None:
    """Give the figures of `merged_id` to `survivor_id`; each still counts, so that sums move by what they were.

    Both may have used one reference for different figures: the merged one's then says whose it was.
    """
    kpis = session.scalars(select(Measurement.kpi_id).where(Measurement.organisation_id == merged_id).distinct()).all()
    # Whoever moves a KPI's figures waits here.
    standings = lock_standings(session, kpis)
    ledger: Table = Measurement.__table__  # type: ignore[assignment]
    theirs = ledger.alias()
    taken = (
        select(literal(1))
        .where(
            theirs.c.organisation_id == survivor_id,
            theirs.c.kpi_id == ledger.c.kpi_id,
            theirs.c.reference == ledger.c.reference,
            theirs.c.status != SUPERSEDED,
        )
        .exists()
    )
    renamed = func.substr(ledger.c.reference, 1, 160) + literal(f" ({merged_id})")
    session.execute(
        update(ledger)
        .where(ledger.c.organisation_id == merged_id, ledger.c.status != SUPERSEDED, taken)
        .values(reference=renamed)
    )
    session.execute(update(ledger).where(ledger.c.organisation_id == merged_id).values(organisation_id=survivor_id))
    months = read_months(session, merged_id)
    add_to_partner(session, survivor_id, months)
    for sums in (PartnerTotal, MonthTotal):
        session.execute(delete(sums).where(sums.organisation_id == merged_id))
    goals = [goal for goal in list_goals_by_id(session, kpis) if goal.aggregation in PICKED]
    places = {(kpi_id, survivor_id, month) for kpi_id, _merged, month in months}
    picking = {goal.kpi_id: goal.aggregation for goal in goals}
    picked = pick_again(session, picking, [place for place in places if place[0] in picking])
    move_standings(session, standings, goals, {}, now, picked)
    session.expire_all()
