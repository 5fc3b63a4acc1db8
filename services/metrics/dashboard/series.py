"""From sums to levels: what a KPI came to in each month, and where it stood at the month's end.

A sum's way is what was added up so far. A mean's is the mean of all until then. Of the latest figures each partner's
stays until the next; the smallest and the largest are those of all until then.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from services.metrics.alerts.levels import ADDED, LATEST, MINIMUM, PICKED, find_level
from services.metrics.measurements.queries.totals import Total
from shared.database.types import EXACT

#: (amount, count, weight) as `find_level` takes them.
Amounts = tuple[Decimal, int, Decimal]
NONE: Amounts = (Decimal(0), 0, Decimal(0))
#: A month; what was verified and what was provisional in it; where that led, without and with what was provisional.
_Step = tuple[date, Amounts, Amounts, Amounts, Amounts]


@dataclass(frozen=True, slots=True)
class Point:
    """A month with figures; its first day. None where there is nothing that makes a level."""

    month: date
    #: What its figures come to by themselves.
    verified: Decimal | None
    provisional: Decimal | None
    #: Where the KPI stood at its end, the baseline included; and with what was provisional.
    level: Decimal | None
    with_provisional: Decimal | None


def make_series(aggregation: str, baseline: Decimal, months: Sequence[Total]) -> list[Point]:
    """The months in order; for a KPI that picks a figure, `months` has each partner's."""
    walk = _walk_picked if aggregation in PICKED else _walk_added
    points = []
    for month, verified, provisional, level, both in walk(aggregation, months):
        points.append(
            Point(
                month,
                _level(aggregation, verified),
                _level(aggregation, provisional),
                _from(aggregation, baseline, level),
                _from(aggregation, baseline, both),
            )
        )
    return points


def fold_partners(aggregation: str, totals: Iterable[Total]) -> tuple[Decimal | None, Decimal | None]:
    """What these totals come to together, verified and provisional; in the order of their months, if they have any."""
    own: defaultdict[UUID | None, list[Total]] = defaultdict(list)
    for each in totals:
        own[each.organisation_id].append(each)
    verified, provisional = [], []
    for months in own.values():
        verified.append(_fold(aggregation, [_verified(each) for each in months]))
        provisional.append(_fold(aggregation, [_provisional(each) for each in months]))
    return _level(aggregation, _join(aggregation, verified)), _level(aggregation, _join(aggregation, provisional))


def fold_months(aggregation: str, months: Sequence[Total]) -> tuple[Decimal | None, Decimal | None]:
    """What one partner's months, in their order, come to, verified and provisional."""
    verified = _fold(aggregation, [_verified(each) for each in months])
    return _level(aggregation, verified), _level(
        aggregation, _fold(aggregation, [_provisional(each) for each in months])
    )


def _fold(aggregation: str, months: Sequence[Amounts]) -> Amounts:
    kept = NONE
    for each in months:
        kept = _go_on(aggregation, kept, each)
    return kept


def _walk_added(aggregation: str, months: Sequence[Total]) -> Iterable[_Step]:
    verified, both = NONE, NONE
    for month, of_month in groupby(months, key=_month):
        rows = list(of_month)
        own = _join(aggregation, map(_verified, rows))
        more = _join(aggregation, map(_provisional, rows))
        verified = _put_together(aggregation, verified, own)
        both = _put_together(aggregation, _put_together(aggregation, both, own), more)
        yield month, own, more, verified, both


def _walk_picked(aggregation: str, months: Sequence[Total]) -> Iterable[_Step]:
    verified: defaultdict[UUID | None, Amounts] = defaultdict(lambda: NONE)
    both: defaultdict[UUID | None, Amounts] = defaultdict(lambda: NONE)
    for month, of_month in groupby(months, key=_month):
        rows = list(of_month)
        for each in rows:
            who, own, more = each.organisation_id, _verified(each), _provisional(each)
            verified[who] = _go_on(aggregation, verified[who], own)
            both[who] = _go_on(aggregation, _go_on(aggregation, both[who], own), more)
        own, more = (_join(aggregation, map(take, rows)) for take in (_verified, _provisional))
        yield month, own, more, _join(aggregation, verified.values()), _join(aggregation, both.values())


def _go_on(aggregation: str, before: Amounts, now: Amounts) -> Amounts:
    """One partner's figure after another month."""
    if not now[1]:
        return before
    return now if aggregation == LATEST else _put_together(aggregation, before, now)


def _join(aggregation: str, several: Iterable[Amounts]) -> Amounts:
    """Several partners' or months' amounts as one."""
    joined = NONE
    for each in several:
        joined = _put_together(aggregation, joined, each)
    return joined


def _put_together(aggregation: str, one: Amounts, other: Amounts) -> Amounts:
    if not other[1]:
        return one
    if not one[1]:
        return other
    figures = one[1] + other[1]
    if aggregation in PICKED and aggregation != LATEST:
        choose = min if aggregation == MINIMUM else max
        return choose(one[0], other[0]), figures, NONE[2]
    return EXACT.add(one[0], other[0]), figures, EXACT.add(one[2], other[2])


def _level(aggregation: str, amounts: Amounts) -> Decimal | None:
    return find_level(aggregation, *amounts)


def _from(aggregation: str, baseline: Decimal, amounts: Amounts) -> Decimal | None:
    level = _level(aggregation, amounts)
    return EXACT.add(baseline, level) if level is not None and aggregation in ADDED else level


def _verified(total: Total) -> Amounts:
    return total.verified, total.verified_figures, total.verified_weight


def _provisional(total: Total) -> Amounts:
    return total.provisional, total.provisional_figures, total.provisional_weight


def _month(total: Total) -> date:
    assert total.month is not None
    return total.month
