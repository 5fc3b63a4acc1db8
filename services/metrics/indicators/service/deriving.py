"""Use cases: KPIs that are worked out from others, moved in the transaction that moves those.

Whoever moves the figures of an input holds its standing and then waits for the standings of what is worked out from it,
which come last in the order of locks. What the inputs stand at is read after that, so that the last of two who move
different inputs sees what the first has done.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import Goal
from services.metrics.alerts.levels import DERIVED
from services.metrics.alerts.queries import lock_standings, read_standings
from services.metrics.alerts.service import Move, put_right
from services.metrics.indicators.formulas import Formula, Refused, parse_as, parse_formula
from services.metrics.indicators.models import Kpi, KpiInput
from services.metrics.indicators.queries import list_fed, list_goals_by_id, list_inputs, list_kpis, map_formulas
from services.metrics.indicators.units import Unit, read_unit
from shared.database.types import EXACT
from shared.errors import Invalid


def move_derived(session: Session, moved: Iterable[Goal], now: datetime) -> None:
    """Work out anew what is worked out from the KPIs with these goals, whose figures moved; nothing where none is."""
    feeding = [goal.kpi_id for goal in moved if goal.feeds]
    if feeding:
        work_out(session, list_fed(session, feeding), now)


def work_out(session: Session, kpi_ids: Collection[UUID], now: datetime) -> None:
    """Work out what these derived KPIs come to, and judge them."""
    lock_standings(session, kpi_ids)
    sums = find_sums(session, kpi_ids)
    goals = {goal.kpi_id: goal for goal in list_goals_by_id(session, kpi_ids)}
    for kpi_id in sorted(kpi_ids):
        put_right(session, goals[kpi_id], sums[kpi_id], now)


def find_sums(session: Session, kpi_ids: Collection[UUID]) -> Mapping[UUID, Move]:
    """What these derived KPIs come to, given how their inputs stand; call it with their own standings locked.

    What is verified of the inputs is what counts; a formula that is worked out from nothing has no figure behind it.
    """
    session.flush()
    inputs, formulas = list_inputs(session, kpi_ids), map_formulas(session, kpi_ids)
    needed = {input_id for each in inputs.values() for input_id in each}
    goals = {goal.kpi_id: goal for goal in list_goals_by_id(session, needed)}
    standings = read_standings(session, needed)
    found = {}
    for kpi_id in kpi_ids:
        levels: dict[str, Decimal | None] = {}
        move = Move()
        for input_id in inputs.get(kpi_id, ()):
            goal, standing = goals[input_id], standings[input_id]
            change = goal.find_change(standing.verified, standing.verified_figures, standing.verified_weight)
            levels[goal.key] = None if change is None else EXACT.add(goal.baseline, change)
            move.figures += standing.figures
            move.verified_figures += standing.verified_figures
        level = parse_formula(formulas[kpi_id]).find_level(levels) if kpi_id in formulas else None
        if level is None or not move.verified_figures:
            # Nothing is said of it where nothing is verified: the baselines alone are no news.
            move.figures, move.verified_figures = move.figures - move.verified_figures, 0
        else:
            move.verified = level
        found[kpi_id] = move
    return found


def check_formula(session: Session, campaign_id: UUID, aggregation: str, text: str | None, unit: str) -> None:
    """Raise `Invalid` unless `text` is a formula over the campaign's reported KPIs that comes out in `unit`."""
    if aggregation not in DERIVED:
        if text:
            raise Invalid({"formula": "Only a ratio or a formula is worked out. Leave this empty."})
        return
    if not text:
        raise Invalid({"formula": 'Say how it is worked out, such as "waste / hours".'})
    try:
        formula = parse_as(aggregation, text)
        units = _map_units(session, campaign_id, formula)
        wanted, found = read_unit(unit), formula.find_unit(units)
    except Refused as refused:
        raise Invalid({"formula": str(refused)}) from refused
    if found.unit != wanted:
        raise Invalid({"unit": f"The formula comes out in {found}, not in {unit}."})


def keep_inputs(session: Session, kpi: Kpi, now: datetime) -> None:
    """Remember from which KPIs a derived one is worked out, and work it out; its formula was checked."""
    if kpi.aggregation not in DERIVED or kpi.formula is None:
        return
    ids = {each.key: each.id for each in list_kpis(session, kpi.campaign_id)}
    session.execute(delete(KpiInput).where(KpiInput.kpi_id == kpi.id))
    session.add_all(KpiInput(kpi_id=kpi.id, input_id=ids[key]) for key in parse_formula(kpi.formula).keys)
    session.flush()
    work_out(session, [kpi.id], now)


def _map_units(session: Session, campaign_id: UUID, formula: Formula) -> dict[str, Unit]:
    kpis = {each.key: each for each in list_kpis(session, campaign_id)}
    for key in formula.keys:
        if key not in kpis:
            known = ", ".join(sorted(name for name, each in kpis.items() if each.aggregation not in DERIVED)) or "none"
            raise Refused(f"This campaign has no KPI with the key {key}. It has: {known}.")
        if kpis[key].aggregation in DERIVED:
            raise Refused(f"{key} is worked out itself. Use the KPIs that partners report.")
    return {key: read_unit(kpis[key].unit) for key in formula.keys}
