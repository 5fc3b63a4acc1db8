"""Counting a KPI's sums anew from the ledger: they must be what was kept by adding, and can be put right."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import Goal
from services.metrics.alerts.levels import PICKED
from services.metrics.alerts.queries import lock_standings
from services.metrics.alerts.service import Move, put_right
from services.metrics.indicators.queries import list_goals_by_id
from services.metrics.indicators.service.deriving import find_sums, move_derived, work_out
from services.metrics.measurements.models import PROVISIONAL, VERIFIED, Measurement, MonthTotal, PartnerTotal, PartTotal
from services.metrics.measurements.service.picks import Picks, pick_from_months, pick_from_partners
from services.metrics.measurements.service.rollups import PART_SUMS, SUMS, Moves, gather
from shared.database.bulk import insert_rows
from shared.fields import plain
from shared.messaging.wake import announce

_Kept = type[PartnerTotal] | type[MonthTotal] | type[PartTotal]
#: Verified sum, provisional sum, number of figures, of verified ones, sums of weights.
_Sums = tuple[str, str, int, int, str, str]
_NOTHING: _Sums = ("0", "0", 0, 0, "0", "0")


@dataclass(frozen=True, slots=True)
class Difference:
    """A sum that was kept otherwise than the ledger says, in words."""

    kpi_id: UUID
    where: str
    kept: str
    counted: str


def recount_kpi(session: Session, kpi_id: UUID, now: datetime, *, repair: bool = False) -> list[Difference]:
    """Where the KPI's sums differ from its ledger; with `repair` they are made what the ledger says.

    The KPI's figures stand still meanwhile. Costs time in proportion to the ledger, memory to the sums.
    """
    standing = lock_standings(session, [kpi_id]).get(kpi_id)
    if standing is None:
        return []
    if standing.derived:
        return _recount_derived(session, kpi_id, standing, now, repair=repair)
    goal = list_goals_by_id(session, [kpi_id])[0]
    counted = _count_ledger(session, goal)
    pairs: list[tuple[str, dict[Any, _Sums], dict[Any, _Sums]]] = [
        ("the KPI", {(): _tell(standing)}, {(): _tell(counted.whole)}),
        (
            "partner",
            _kept(session, PartnerTotal, kpi_id),
            {(key,): _tell(move) for key, move in counted.partners.items()},
        ),
        ("month", _kept(session, MonthTotal, kpi_id), {key: _tell(move) for key, move in counted.months.items()}),
        ("part", _kept(session, PartTotal, kpi_id), {key: _tell_part(move) for key, move in counted.parts.items()}),
    ]
    found = [each for name, sums, again in pairs for each in _compare(kpi_id, name, sums, again)]
    if repair and found:
        _write(session, goal, counted, now)
    return found


def _recount_derived(session: Session, kpi_id: UUID, standing: Any, now: datetime, *, repair: bool) -> list[Difference]:
    """The same for a KPI that has no ledger: its inputs' sums say what it comes to."""
    again = find_sums(session, [kpi_id])[kpi_id]
    found = _compare(kpi_id, "the KPI", {(): _tell(standing)}, {(): _tell(again)})
    if repair and found:
        work_out(session, [kpi_id], now)
    return found


@dataclass(frozen=True, slots=True)
class _Counted:
    """The sums of one KPI, as its ledger says."""

    whole: Move
    #: By organisation.
    partners: dict[UUID, Move]
    #: By organisation and month.
    months: dict[tuple[UUID, date], Move]
    #: By organisation, month, dimension and category.
    parts: dict[tuple[UUID, date, str, str], Move]


def _count_ledger(session: Session, goal: Goal) -> _Counted:
    moves, picks = Moves(), Picks(goal.aggregation) if goal.aggregation in PICKED else None
    columns = (Measurement.organisation_id, Measurement.period_end, Measurement.id)
    values = (Measurement.value, Measurement.weight, Measurement.status, Measurement.parts)
    current = select(*columns, *values).where(
        Measurement.kpi_id == goal.kpi_id, Measurement.status.in_([VERIFIED, PROVISIONAL])
    )
    for row in session.execute(current).yield_per(5000):
        where = (goal.kpi_id, row.organisation_id, row.period_end)
        moves.add(*where, row.value, row.weight, row.status, parts=row.parts)
        if picks:
            place = (goal.kpi_id, row.organisation_id, row.period_end.replace(day=1))
            picks.add(place, row.status, row.period_end, row.id, row.value)
    partners = gather(moves.places, lambda place: place[1])
    whole = gather(moves.places, lambda place: place[0]).get(goal.kpi_id, Move())
    if picks:
        _pick(goal.aggregation, moves, picks, partners, whole)
    months = {place[1:]: move for place, move in moves.places.items()}
    return _Counted(whole, partners, months, {place[1:]: move for place, move in moves.parts.items()})


def _pick(aggregation: str, moves: Moves, picks: Picks, partners: dict[UUID, Move], whole: Move) -> None:
    """Put what is picked in the place of what was added up."""
    months: defaultdict[UUID, list[MonthTotal]] = defaultdict(list)
    for place, move in moves.places.items():
        move.verified, move.provisional = picks.find(place)
        months[place[1]].append(MonthTotal(month=place[2], **_columns(move)))
    for organisation_id, found in months.items():
        partners[organisation_id].verified, partners[organisation_id].provisional = pick_from_months(aggregation, found)
    whole.verified, whole.provisional = pick_from_partners(aggregation, list(partners.values()))


def _kept(session: Session, model: _Kept, kpi_id: UUID) -> dict[Any, _Sums]:
    rows = session.scalars(select(model).where(model.kpi_id == kpi_id).execution_options(populate_existing=True))
    names = [column.name for column in _table(model).primary_key.columns if column.name != "kpi_id"]
    tell = _tell_part if model is PartTotal else _tell
    return {tuple(getattr(row, name) for name in names): tell(row) for row in rows}


def _tell(sums: Any) -> _Sums:
    return (
        plain(sums.verified),
        plain(sums.provisional),
        sums.figures,
        sums.verified_figures,
        plain(sums.verified_weight),
        plain(sums.provisional_weight),
    )


def _tell_part(sums: Any) -> _Sums:
    return plain(sums.verified), plain(sums.provisional), sums.figures, 0, "0", "0"


def _compare(kpi_id: UUID, name: str, kept: dict[Any, _Sums], counted: dict[Any, _Sums]) -> list[Difference]:
    found = []
    for key in sorted(kept.keys() | counted.keys(), key=str):
        before, after = kept.get(key, _NOTHING), counted.get(key, _NOTHING)
        if before != after:
            where = " ".join([name, *(each.isoformat()[:7] if isinstance(each, date) else str(each) for each in key)])
            found.append(Difference(kpi_id, where, _say(before), _say(after)))
    return found


def _say(sums: _Sums) -> str:
    said = f"{sums[0]} verified, {sums[1]} provisional, {sums[2]} figures ({sums[3]} verified)"
    return said + (f", weights {sums[4]} and {sums[5]}" if sums[4:] != ("0", "0") else "")


def _write(session: Session, goal: Goal, counted: _Counted, now: datetime) -> None:
    for model in (PartnerTotal, MonthTotal, PartTotal):
        session.execute(delete(model).where(model.kpi_id == goal.kpi_id))
    partners = [
        {"kpi_id": goal.kpi_id, "organisation_id": organisation, **_columns(move)}
        for organisation, move in counted.partners.items()
    ]
    months = [
        {"kpi_id": goal.kpi_id, "organisation_id": organisation, "month": month, **_columns(move)}
        for (organisation, month), move in counted.months.items()
    ]
    names = ("organisation_id", "month", "dimension", "category")
    parts = [
        {
            "kpi_id": goal.kpi_id,
            **dict(zip(names, place, strict=True)),
            **{name: getattr(move, name) for name in PART_SUMS},
        }
        for place, move in counted.parts.items()
    ]
    insert_rows(session, PartnerTotal, partners)
    insert_rows(session, MonthTotal, months)
    insert_rows(session, PartTotal, parts)
    put_right(session, goal, counted.whole, now)
    move_derived(session, [goal], now)
    announce(session, f"campaign:{goal.campaign_id}")


def _table(model: _Kept) -> Any:
    return model.__table__


def _columns(move: Move) -> dict[str, Any]:
    return {name: getattr(move, name) for name in SUMS}
