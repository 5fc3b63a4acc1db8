"""When two organisations turn out to be one: the figures of both are the survivor's, and the totals stay."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, delete, func, literal, select, update
from sqlalchemy.orm import Session

from services.metrics.alerts.levels import PICKED
from services.metrics.alerts.queries import lock_standings
from services.metrics.alerts.service import move_standings
from services.metrics.indicators.queries import list_goals_by_id
from services.metrics.indicators.service.deriving import move_derived
from services.metrics.measurements.models import (
    SUPERSEDED,
    FigureFlag,
    JointClaim,
    Measurement,
    MonthTotal,
    OverdueFigures,
    PartnerTotal,
    PartTotal,
    Restatement,
)
from services.metrics.measurements.service.picks import pick_again
from services.metrics.measurements.service.rollups import add_to_partner, read_months, read_parts


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
    add_to_partner(session, survivor_id, months, read_parts(session, merged_id))
    for sums in (PartnerTotal, MonthTotal, PartTotal):
        session.execute(delete(sums).where(sums.organisation_id == merged_id))
    _rename(session, merged_id, survivor_id)
    goals = [goal for goal in list_goals_by_id(session, kpis) if goal.aggregation in PICKED]
    places = {(kpi_id, survivor_id, month) for kpi_id, _merged, month in months}
    picking = {goal.kpi_id: goal.aggregation for goal in goals}
    picked = pick_again(session, picking, [place for place in places if place[0] in picking])
    move_standings(session, standings, goals, {}, now, picked)
    move_derived(session, goals, now)
    session.expire_all()


def _rename(session: Session, merged_id: UUID, survivor_id: UUID) -> None:
    """Let what is known about figures name the survivor too."""
    flags: Table = FigureFlag.__table__  # type: ignore[assignment]
    theirs = flags.alias()
    same = [theirs.c[name] == flags.c[name] for name in ("kpi_id", "subject", "kind")]
    doubled = select(literal(1)).where(theirs.c.organisation_id == survivor_id, *same).exists()
    session.execute(delete(flags).where(flags.c.organisation_id == merged_id, doubled))
    owed: Table = OverdueFigures.__table__  # type: ignore[assignment]
    own = owed.alias()
    same = [own.c[name] == owed.c[name] for name in ("kpi_id", "period_end")]
    doubled = select(literal(1)).where(own.c.organisation_id == survivor_id, *same).exists()
    session.execute(delete(owed).where(owed.c.organisation_id == merged_id, doubled))
    for model in (FigureFlag, OverdueFigures, Restatement):
        moved = update(model).where(model.organisation_id == merged_id).values(organisation_id=survivor_id)
        session.execute(moved, execution_options={"synchronize_session": False})
    # Those that it has a share in: its shares are in the ledger.
    claims = select(Measurement.claim_id).where(Measurement.organisation_id == survivor_id).distinct()
    for claim in session.scalars(select(JointClaim).where(JointClaim.id.in_(claims))):
        claim.claimant_id = survivor_id if claim.claimant_id == merged_id else claim.claimant_id
        named = {str(merged_id): str(survivor_id)}
        claim.shares = [
            {**each, "organisation_id": named.get(each["organisation_id"], each["organisation_id"])}
            for each in claim.shares
        ]
