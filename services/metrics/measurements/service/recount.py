"""Counting a KPI's sums anew from the ledger: they must be what was kept by adding, and can be put right."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import lock_standings
from services.metrics.alerts.service import Move, put_right
from services.metrics.indicators.queries import list_goals_by_id
from services.metrics.measurements.models import PROVISIONAL, VERIFIED, Measurement, MonthTotal, PartnerTotal
from services.metrics.measurements.service.rollups import Moves, gather
from shared.database.bulk import insert_rows
from shared.fields import plain
from shared.messaging.wake import announce

#: Verified sum, provisional sum, number of figures.
_Three = tuple[str, str, int]


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
    counted = _count_ledger(session, kpi_id)
    partners = gather(counted.places, lambda place: place[:2])
    whole = gather(counted.places, lambda place: place[0]).get(kpi_id, Move())
    pairs: list[tuple[str, dict[Any, _Three], dict[Any, _Three]]] = [
        ("the KPI", {(): _three(standing)} if standing else {}, {(): _three(whole)}),
        ("partner", _kept(session, PartnerTotal, kpi_id), {(key[1],): _three(move) for key, move in partners.items()}),
        ("month", _kept(session, MonthTotal, kpi_id), {key[1:]: _three(move) for key, move in counted.places.items()}),
    ]
    found = [each for name, sums, again in pairs for each in _compare(kpi_id, name, sums, again)]
    if standing and (standing.verified_figures != whole.verified_figures):
        found.append(
            Difference(kpi_id, "verified figures", str(standing.verified_figures), str(whole.verified_figures))
        )
    if repair and found:
        _write(session, kpi_id, counted, whole, now)
    return found


def _count_ledger(session: Session, kpi_id: UUID) -> Moves:
    counted = Moves()
    current = select(Measurement.organisation_id, Measurement.period_end, Measurement.value, Measurement.status).where(
        Measurement.kpi_id == kpi_id, Measurement.status.in_([VERIFIED, PROVISIONAL])
    )
    for row in session.execute(current).yield_per(5000):
        counted.add(kpi_id, row.organisation_id, row.period_end, row.value, row.status)
    return counted


def _kept(session: Session, model: type[PartnerTotal] | type[MonthTotal], kpi_id: UUID) -> dict[Any, _Three]:
    rows = session.scalars(select(model).where(model.kpi_id == kpi_id).execution_options(populate_existing=True))
    names = [column.name for column in _table(model).primary_key.columns if column.name != "kpi_id"]
    return {tuple(getattr(row, name) for name in names): _three(row) for row in rows}


def _three(sums: Any) -> _Three:
    return plain(sums.verified), plain(sums.provisional), sums.figures


def _compare(kpi_id: UUID, name: str, kept: dict[Any, _Three], counted: dict[Any, _Three]) -> list[Difference]:
    nothing = ("0", "0", 0)
    found = []
    for key in sorted(kept.keys() | counted.keys(), key=str):
        before, after = kept.get(key, nothing), counted.get(key, nothing)
        if before != after:
            where = " ".join([name, *(each.isoformat()[:7] if isinstance(each, date) else str(each) for each in key)])
            found.append(Difference(kpi_id, where, _say(before), _say(after)))
    return found


def _say(three: _Three) -> str:
    return f"{three[0]} verified, {three[1]} provisional, {three[2]} figures"


def _write(session: Session, kpi_id: UUID, counted: Moves, whole: Move, now: datetime) -> None:
    for model in (PartnerTotal, MonthTotal):
        session.execute(delete(model).where(model.kpi_id == kpi_id))
    partners = gather(counted.places, lambda place: place[:2])
    insert_rows(
        session,
        PartnerTotal,
        [
            {"kpi_id": kpi, "organisation_id": organisation, **_columns(move)}
            for (kpi, organisation), move in partners.items()
        ],
    )
    insert_rows(
        session,
        MonthTotal,
        [
            {"kpi_id": kpi, "organisation_id": organisation, "month": month, **_columns(move)}
            for (kpi, organisation, month), move in counted.places.items()
        ],
    )
    goal = list_goals_by_id(session, [kpi_id])[0]
    put_right(session, goal, whole, now)
    announce(session, f"campaign:{goal.campaign_id}")


def _table(model: type[PartnerTotal] | type[MonthTotal]) -> Any:
    return model.__table__


def _columns(move: Move) -> dict[str, Any]:
    return {"verified": move.verified, "provisional": move.provisional, "figures": move.figures}
