"""The sums that pages read, kept by adding to them in the transaction that changes the ledger."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.alerts.levels import PICKED
from services.metrics.alerts.service import Move, Standings, move_standings
from services.metrics.indicators.queries import list_goals_by_id
from services.metrics.indicators.service.deriving import move_derived
from services.metrics.measurements.items import Parts
from services.metrics.measurements.models import PROVISIONAL, VERIFIED, MonthTotal, PartnerTotal, PartTotal
from services.metrics.measurements.service.picks import Place, pick_again
from shared.database.bulk import upsert_rows
from shared.database.types import exact_add
from shared.messaging.wake import announce

#: The columns of the sums, as `Move` has them.
SUMS = tuple(each.name for each in fields(Move))
#: Those that parts have.
PART_SUMS = ("verified", "provisional", "figures")
#: A place of the sums, a dimension and one of its categories.
PartPlace = tuple[UUID, UUID, date, str, str]
_Kept = type[PartnerTotal] | type[MonthTotal] | type[PartTotal]


class Moves:
    """By how much the sums change, place by place; only provisional and verified figures count."""

    def __init__(self) -> None:
        self.places: defaultdict[Place, Move] = defaultdict(Move)
        self.parts: defaultdict[PartPlace, Move] = defaultdict(Move)

    def add(
        self,
        kpi_id: UUID,
        organisation_id: UUID,
        period_end: date,
        value: Decimal,
        weight: Decimal | None,
        status: str,
        sign: int = 1,
        *,
        parts: Parts | None = None,
    ) -> None:
        """Count a figure of this status in, or out with `sign` -1; `weight` where the KPI's figures are weighed."""
        if status in (VERIFIED, PROVISIONAL):
            place = (kpi_id, organisation_id, period_end.replace(day=1))
            self.places[place].add(value, weight, verified=status == VERIFIED, sign=sign)
            for dimension, categories in (parts or {}).items():
                for category, amount in categories.items():
                    part = self.parts[(*place, dimension, category)]
                    part.add(Decimal(amount), None, verified=status == VERIFIED, sign=sign)


def apply_moves(session: Session, standings: Standings, moves: Moves, now: datetime) -> None:
    """Add `moves` to the sums, judge the KPIs they touch, and wake the open dashboards.

    `standings` are those of the KPIs, locked by the caller.
    """
    goals = list_goals_by_id(session, {place[0] for place in moves.places})
    picking = {goal.kpi_id: goal.aggregation for goal in goals if goal.aggregation in PICKED}
    # A figure that is corrected within its month may leave the sums and counts as they were, but not what is picked.
    touched = [place for place in moves.places if place[0] in picking]
    months = {place: move for place, move in moves.places.items() if move or place[0] in picking}
    for place in touched:
        months[place] = replace(months[place], verified=Decimal(0), provisional=Decimal(0))
    partners = gather(months, lambda place: place[:2])
    kpis = gather(months, lambda place: place[0])
    _upsert(session, PartnerTotal, {(kpi, organisation): move for (kpi, organisation), move in partners.items()})
    _upsert(session, MonthTotal, months)
    _upsert(session, PartTotal, {place: move for place, move in moves.parts.items() if move})
    for kpi_id in kpis:
        standings[kpi_id].unchecked = True
    picked = pick_again(session, picking, touched) if touched else {}
    moved = [goal for goal in goals if goal.kpi_id in kpis]
    move_standings(session, standings, moved, kpis, now, picked)
    move_derived(session, moved, now)
    for campaign_id in {goal.campaign_id for goal in moved}:
        announce(session, f"campaign:{campaign_id}")


def read_months(session: Session, organisation_id: UUID) -> dict[Place, Move]:
    """What an organisation's sums hold, place by place."""
    rows = session.scalars(select(MonthTotal).where(MonthTotal.organisation_id == organisation_id))
    return {
        (row.kpi_id, organisation_id, row.month): Move(**{name: getattr(row, name) for name in SUMS}) for row in rows
    }


def read_parts(session: Session, organisation_id: UUID) -> dict[PartPlace, Move]:
    """What an organisation's parted sums hold, place by place."""
    rows = session.scalars(select(PartTotal).where(PartTotal.organisation_id == organisation_id))
    return {
        (row.kpi_id, organisation_id, row.month, row.dimension, row.category): Move(
            row.verified, row.provisional, row.figures
        )
        for row in rows
    }


def add_to_partner(
    session: Session, organisation_id: UUID, months: Mapping[Place, Move], parts: Mapping[PartPlace, Move]
) -> None:
    """Count what was another organisation's as this one's; the KPIs' own sums stay as they are."""
    _upsert(session, PartTotal, {(place[0], organisation_id, *place[2:]): move for place, move in parts.items()})
    own = {(kpi, organisation_id, month): move for (kpi, _other, month), move in months.items()}
    _upsert(session, PartnerTotal, gather(own, lambda place: place[:2]))
    _upsert(session, MonthTotal, own)


def gather(months: Mapping[Place, Move], group: Any) -> dict[Any, Move]:
    gathered: defaultdict[Any, Move] = defaultdict(Move)
    for place, move in months.items():
        gathered[group(place)].join(move)
    return gathered


def _upsert(session: Session, model: _Kept, moves: Mapping[Any, Move]) -> None:
    table: Any = model.__table__
    names = [column.name for column in table.primary_key.columns]
    sums = PART_SUMS if model is PartTotal else SUMS
    rows = [
        {
            **dict(zip(names, place, strict=True)),
            **{name: getattr(move, name) for name in sums},
        }
        for place, move in sorted(moves.items())
    ]
    upsert_rows(session, model, rows, _add_parts if model is PartTotal else _add)


def _add_parts(present: Any, coming: Any) -> dict[str, Any]:
    return {
        "verified": exact_add(present.verified, coming.verified),
        "provisional": exact_add(present.provisional, coming.provisional),
        "figures": present.figures + coming.figures,
    }


def _add(present: Any, coming: Any) -> dict[str, Any]:
    return {
        "verified": exact_add(present.verified, coming.verified),
        "provisional": exact_add(present.provisional, coming.provisional),
        "figures": present.figures + coming.figures,
        "verified_figures": present.verified_figures + coming.verified_figures,
        "verified_weight": exact_add(present.verified_weight, coming.verified_weight),
        "provisional_weight": exact_add(present.provisional_weight, coming.provisional_weight),
    }
