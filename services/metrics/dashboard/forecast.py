"""Where a KPI will stand on its last day if it goes on as it went, and how sure that is.

Where a KPI is a sum, the rate is all that was added over all the time in which it was, with the range of a ratio
estimator, whose variance goes with the time (Cochran, Sampling Techniques, 3rd edition, chapter 6). For periods of one
length that is the drift method of Hyndman and Athanasopoulos (Forecasting: Principles and Practice, 3rd edition,
sections 5.2 and 5.5). Periods out of line are left out of both, so that one lorry-load moves nothing but the level it
was added to: a mean after the rejection of outliers (Hampel, "The Breakdown Points of the Mean Combined With Some
Rejection Rules", Technometrics 27, 1985), by the score that flags figures too (`measurements.oddities`). Time is
counted in months, or in what these had of the past year where the KPI is held against its seasons.

A KPI that is a level goes along the line of Theil and Sen, the median of the slopes between any two of its levels (Sen,
"Estimates of the Regression Coefficient Based on Kendall's Tau", JASA 63, 1968), with the range of what is foretold by
a line, its spread taken from the median of absolute deviations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations, pairwise
from math import sqrt
from statistics import fmean, median
from typing import Final

from services.metrics.alerts.judgement import SEASONAL, Goal
from services.metrics.alerts.levels import ADDED
from services.metrics.dashboard.series import Point

#: With fewer whole periods nobody can tell which of them is out of line.
LEAST: Final = 5
#: Beyond this score a period is out of line.
OUT_OF_LINE: Final = 3.5
#: Four fifths of a normal distribution lie within so many standard deviations.
WITHIN: Final = 1.2816
#: A standard deviation is so many median, or mean, absolute deviations.
MAD_SCALE, MEAN_SCALE = 1.4826, 1.253314


@dataclass(frozen=True, slots=True)
class Forecast:
    """The level to expect on the last day, and the range in which it will be in four cases of five."""

    level: Decimal
    low: Decimal
    high: Decimal
    #: How many periods were so far out of line that they don't count.
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class _Way:
    """The level before the first whole period and at the end of each, and the first day after each of these."""

    days: Sequence[date]
    levels: Sequence[float]


def make_forecast(points: Sequence[Point], goal: Goal, today: date, months: int = 1) -> Forecast | None:
    """From the whole periods, each of so many `months`, between the first figures and `today`.

    None where fewer than `LEAST` are known or nothing is to come.
    """
    way = _follow(points, goal, today, months)
    if today > goal.ends_on or len(way.levels) <= LEAST:
        return None
    level, spread, left_out = _add_on(way, goal) if goal.aggregation in ADDED else _draw_on(way, goal)
    middle, low, high = (Decimal(repr(round(each, 6))) for each in (level, level - spread, level + spread))
    return Forecast(middle, low, high, left_out)


def _add_on(way: _Way, goal: Goal) -> tuple[float, float, int]:
    """The level on the last day by the usual rate, how far it may be off, and how many periods are left out."""
    steps = [
        (after - before, share)
        for (before, after), (since, until) in zip(pairwise(way.levels), pairwise(way.days), strict=True)
        if (share := _weigh(goal, since, until)) > 0
    ]
    if len(steps) < 2:
        return way.levels[-1], 0.0, 0
    kept = _leave_out([step / share for step, share in steps], steps)
    time = sum(share for _step, share in kept)
    rate = sum(step for step, _share in kept) / time
    varies = sum((step - rate * share) ** 2 / share for step, share in kept) / (len(kept) - 1)
    ahead = _weigh(goal, way.days[-1], _next(goal.ends_on))
    return way.levels[-1] + rate * ahead, WITHIN * sqrt(varies * ahead * (1 + ahead / time)), len(steps) - len(kept)


def _draw_on(way: _Way, goal: Goal) -> tuple[float, float, int]:
    """The same along a line through the levels; what stood before the first of them is no figure."""
    levels, times = way.levels[1:], [float(_count_months(way.days[0], day)) for day in way.days[1:]]
    slope = median(
        (after - before) / (later - sooner)
        for (sooner, before), (later, after) in combinations(zip(times, levels, strict=True), 2)
    )
    start = median(level - slope * time for time, level in zip(times, levels, strict=True))
    off = median(abs(level - start - slope * time) for time, level in zip(times, levels, strict=True))
    end, middle = float(_count_months(way.days[0], _next(goal.ends_on))), fmean(times)
    far = (end - middle) ** 2 / sum((time - middle) ** 2 for time in times)
    return start + slope * end, WITHIN * MAD_SCALE * off * sqrt(1 + 1 / len(levels) + far), 0


def _leave_out(rates: Sequence[float], steps: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The steps whose rate is not out of line."""
    middle = median(rates)
    # What a float makes of equal steps is no deviation.
    least = max(abs(rate) for rate in rates) * 1e-9
    deviations = [abs(rate - middle) for rate in rates]
    spread = median(deviations) * MAD_SCALE
    if spread <= least:
        spread = fmean(deviations) * MEAN_SCALE
    limit = max(OUT_OF_LINE * spread, least)
    return [step for step, deviation in zip(steps, deviations, strict=True) if deviation <= limit]


def _weigh(goal: Goal, since: date, until: date) -> float:
    """How much time lies between two first days of months: in months, or in shares of the plan by the seasons."""
    if goal.pace == SEASONAL and goal.plan:
        return float(goal.measure_plan(until) - goal.measure_plan(since))
    return float(_count_months(since, until))


def _follow(points: Sequence[Point], goal: Goal, today: date, months: int) -> _Way:
    """From the first month with figures to the last whole period; a month without figures stays where it was."""
    by_month = {point.month: point.level for point in points if point.level is not None}
    if not by_month:
        return _Way((), ())
    month = max(min(by_month), goal.starts_on.replace(day=1))
    before = [level for at, level in by_month.items() if at < month]
    level = before[-1] if before else goal.baseline
    days, levels = [month], [float(level)]
    while month < today.replace(day=1):
        level, month = by_month.get(month, level), _next(month)
        if (month.month - 1) % months == 0 and month <= today.replace(day=1):
            days.append(month)
            levels.append(float(level))
    return _Way(days, levels)


def _next(day: date) -> date:
    """The first day of the next month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _count_months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
