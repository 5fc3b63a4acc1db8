"""Which share of a KPI's way is wanted by when: through its interim targets, or with the seasons of the past year."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from services.metrics.alerts.judgement import Plan
from services.metrics.alerts.levels import SHARES

MONTHS = 12


def plan_by_interim(baseline: Decimal, target: Decimal, interim: Iterable[tuple[date, Decimal]]) -> Plan:
    """Through the interim targets (day, level), the earliest first."""
    way = target - baseline
    return tuple((day, SHARES.divide(level - baseline, way)) for day, level in interim)


def plan_by_seasons(starts_on: date, ends_on: date, weights: Sequence[Decimal]) -> Plan:
    """As much of the way in each month as its weight is among all the months of the KPI's time.

    `weights` has one number for each calendar month, January first; a month that is partly in counts by its days.
    Empty if nothing would be wanted in all that time.
    """
    shares = []
    for first, last in _list_months(starts_on, ends_on):
        days = Decimal((last - first).days + 1) / monthrange(first.year, first.month)[1]
        shares.append((last, SHARES.multiply(weights[first.month - 1], days)))
    whole = sum((share for _day, share in shares), Decimal(0))
    if not whole:
        return ()
    plan, reached = [], Decimal(0)
    for day, share in shares:
        reached += share
        plan.append((day, SHARES.divide(reached, whole)))
    return tuple(plan)


def weigh_months(verified: Iterable[tuple[date, Decimal]], today: date) -> list[Decimal]:
    """The share of each calendar month, January first, in the twelve whole months before that of `today`.

    `verified` has sums by the first day of their month. Empty unless they reach back over all of that time, and are
    amounts that add up: a KPI that goes up and down has no seasons of this kind.
    """
    until = today.replace(day=1)
    since = until.replace(year=until.year - 1)
    sums = list(verified)
    within = [(month, amount) for month, amount in sums if since <= month < until]
    whole = sum((amount for _month, amount in within), Decimal(0))
    if not whole or min(month for month, _amount in sums) > since or any(amount < 0 for _month, amount in within):
        return []
    by_month = dict.fromkeys(range(1, MONTHS + 1), Decimal(0))
    for month, amount in within:
        by_month[month.month] += amount
    return [SHARES.divide(amount, whole) for amount in by_month.values()]


def _list_months(starts_on: date, ends_on: date) -> Iterable[tuple[date, date]]:
    """The first and the last day of each month, or part of one, from `starts_on` to `ends_on`."""
    first = starts_on
    while first <= ends_on:
        last = min((first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1), ends_on)
        yield first, last
        first = last + timedelta(days=1)
