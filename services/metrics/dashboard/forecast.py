"""Where a KPI will stand on its last day if it goes on as it went, and how sure that is.

The drift method: the last level and the mean step, with a range that widens with the months to come (Hyndman and
Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, sections 5.2 and 5.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import sqrt
from statistics import fmean, stdev

from services.metrics.dashboard.series import Point

#: Fewer steps than this say little of how they vary.
LEAST = 3
#: Four fifths of a normal distribution lie within so many standard deviations.
WITHIN = 1.2816


@dataclass(frozen=True, slots=True)
class Forecast:
    """The level to expect on the last day, and the range in which it will be in four cases of five."""

    level: Decimal
    low: Decimal
    high: Decimal


def make_forecast(
    points: Sequence[Point], baseline: Decimal, starts_on: date, ends_on: date, today: date
) -> Forecast | None:
    """From the whole months between the first day and `today`; None where too little is known or nothing is to come."""
    levels = _list_levels(points, baseline, starts_on, today)
    ahead = _count_months(today.replace(day=1), ends_on) + 1
    if today > ends_on or len(levels) <= LEAST or ahead < 1:
        return None
    steps = [float(after - before) for before, after in pairwise(levels)]
    drift = fmean(steps)
    spread = stdev(steps) * sqrt(ahead * (1 + ahead / len(steps))) * WITHIN
    level = float(levels[-1]) + drift * ahead
    return Forecast(*(Decimal(repr(round(each, 6))) for each in (level, level - spread, level + spread)))


def _list_levels(points: Sequence[Point], baseline: Decimal, starts_on: date, today: date) -> list[Decimal]:
    """The level before the first whole month and at the end of each; one without figures stays where it was."""
    by_month = {point.month: point.level for point in points if point.level is not None}
    if not by_month:
        return []
    month = max(min(by_month), starts_on.replace(day=1))
    before = [level for at, level in by_month.items() if at < month]
    levels = [before[-1] if before else baseline]
    while month < today.replace(day=1):
        levels.append(by_month.get(month, levels[-1]))
        month = _next(month)
    return levels


def _next(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _count_months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
