"""Sums of KPIs whose aggregation picks one of the figures: found again whenever a figure of their place changes.

Adding can't tell what is the latest or the largest once a figure is taken away. What is read is short: the figures of
the months that changed, the months of the partners in question, the partners of the KPI.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy.orm import Session

from services.metrics.alerts.levels import LATEST, MAXIMUM, MINIMUM
from services.metrics.measurements.models import PROVISIONAL, VERIFIED, Measurement, MonthTotal, PartnerTotal
from shared.database.bulk import upsert_rows
from shared.database.types import EXACT

#: (KPI, organisation, the month's first day).
Place = tuple[UUID, UUID, date]
#: What was picked of the verified figures, and of the provisional ones; 0 where there are none.
Picked = tuple[Decimal, Decimal]
#: What orders figures in time, and the value.
_Dated = tuple[Any, Decimal]
_PLACES_AT_ONCE = 200


class Picks:
    """The figures of one KPI as they are read, each month's choice kept; memory is in proportion to the months."""

    def __init__(self, aggregation: str) -> None:
        self._choose = _CHOICES[aggregation]
        self._verified: dict[Place, _Dated] = {}
        self._provisional: dict[Place, _Dated] = {}

    def add(self, place: Place, status: str, period_end: date, figure_id: UUID, value: Decimal) -> None:
        """Take one figure into account; only verified and provisional ones count."""
        if status in (VERIFIED, PROVISIONAL):
            kept = self._verified if status == VERIFIED else self._provisional
            found: _Dated = ((period_end, figure_id), value)
            kept[place] = self._choose((kept[place], found)) if place in kept else found

    def find(self, place: Place) -> Picked:
        nothing = (None, Decimal(0))
        return self._verified.get(place, nothing)[1], self._provisional.get(place, nothing)[1]


def _latest(found: Iterable[_Dated]) -> _Dated:
    return max(found, key=lambda one: one[0])


def _smallest(found: Iterable[_Dated]) -> _Dated:
    return min(found, key=lambda one: one[1])


def _largest(found: Iterable[_Dated]) -> _Dated:
    return max(found, key=lambda one: one[1])


_CHOICES: Mapping[str, Callable[[Iterable[_Dated]], _Dated]] = {
    LATEST: _latest,
    MINIMUM: _smallest,
    MAXIMUM: _largest,
}


def pick_again(session: Session, aggregations: Mapping[UUID, str], places: Collection[Place]) -> dict[UUID, Picked]:
    """Write what the places hold after their figures changed; returns what the KPIs come to.

    `aggregations` has those of the KPIs; their sums' counts of figures are right already.
    """
    _pick_months(session, aggregations, sorted(places))
    pairs = sorted({place[:2] for place in places})
    months = session.scalars(
        select(MonthTotal)
        .where(tuple_(MonthTotal.kpi_id, MonthTotal.organisation_id).in_(pairs))
        .execution_options(populate_existing=True)
    )
    by_pair: defaultdict[tuple[UUID, UUID], list[MonthTotal]] = defaultdict(list)
    for month in months:
        by_pair[(month.kpi_id, month.organisation_id)].append(month)
    rows = [
        {"kpi_id": pair[0], "organisation_id": pair[1], **_columns(pick_from_months(aggregations[pair[0]], found))}
        for pair, found in sorted(by_pair.items())
    ]
    upsert_rows(session, PartnerTotal, rows, _set)
    partners = session.scalars(
        select(PartnerTotal).where(PartnerTotal.kpi_id.in_(aggregations)).execution_options(populate_existing=True)
    )
    by_kpi: defaultdict[UUID, list[PartnerTotal]] = defaultdict(list)
    for partner in partners:
        by_kpi[partner.kpi_id].append(partner)
    return {kpi_id: pick_from_partners(aggregations[kpi_id], found) for kpi_id, found in by_kpi.items()}


def pick_from_months(aggregation: str, months: Sequence[Any]) -> Picked:
    """What a partner's months come to; each has `month`, the two amounts and the counts of figures behind them."""
    choose = _CHOICES[aggregation]
    verified = [(each.month, each.verified) for each in months if each.verified_figures]
    provisional = [(each.month, each.provisional) for each in months if each.figures > each.verified_figures]
    return tuple(choose(each)[1] if each else Decimal(0) for each in (verified, provisional))  # type: ignore[return-value]


def pick_from_partners(aggregation: str, partners: Sequence[Any]) -> Picked:
    """What a KPI comes to over its partners: what each of them holds, added up, or the extreme of all."""
    verified = [each.verified for each in partners if each.verified_figures]
    provisional = [each.provisional for each in partners if each.figures > each.verified_figures]
    if aggregation == LATEST:
        return _add_up(verified), _add_up(provisional)
    choose = min if aggregation == MINIMUM else max
    return choose(verified, default=Decimal(0)), choose(provisional, default=Decimal(0))


def _pick_months(session: Session, aggregations: Mapping[UUID, str], places: Sequence[Place]) -> None:
    for start in range(0, len(places), _PLACES_AT_ONCE):
        chunk = places[start : start + _PLACES_AT_ONCE]
        picks = {kpi_id: Picks(aggregations[kpi_id]) for kpi_id, _organisation, _month in chunk}
        for row in session.execute(_select_figures(chunk)):
            place = (row.kpi_id, row.organisation_id, row.period_end.replace(day=1))
            picks[row.kpi_id].add(place, row.status, row.period_end, row.id, row.value)
        names = ("kpi_id", "organisation_id", "month")
        rows = [{**dict(zip(names, place, strict=True)), **_columns(picks[place[0]].find(place))} for place in chunk]
        upsert_rows(session, MonthTotal, rows, _set)


def _select_figures(places: Sequence[Place]) -> Any:
    within = [
        and_(
            Measurement.kpi_id == kpi_id,
            Measurement.organisation_id == organisation_id,
            Measurement.period_end >= month,
            Measurement.period_end < (month + timedelta(days=31)).replace(day=1),
        )
        for kpi_id, organisation_id, month in places
    ]
    columns = (Measurement.kpi_id, Measurement.organisation_id, Measurement.period_end, Measurement.id)
    counted = Measurement.status.in_([VERIFIED, PROVISIONAL])
    return select(*columns, Measurement.status, Measurement.value).where(counted, or_(*within))


def _columns(picked: Picked) -> dict[str, Any]:
    return {"verified": picked[0], "provisional": picked[1], "figures": 0}


def _set(_present: Any, coming: Any) -> dict[str, Any]:
    return {"verified": coming.verified, "provisional": coming.provisional}


def _add_up(amounts: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for each in amounts:
        total = EXACT.add(total, each)
    return total
