"""From sums to levels, and where they lead."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any
from uuid import UUID

import pytest

from services.metrics.alerts.judgement import SEASONAL, Goal
from services.metrics.alerts.levels import LATEST, MAXIMUM, MEAN, MINIMUM, SUM, WEIGHTED_MEAN
from services.metrics.alerts.plans import plan_by_seasons
from services.metrics.dashboard.forecast import Forecast, make_forecast
from services.metrics.dashboard.series import Point, fold_months, fold_partners, make_series
from services.metrics.measurements.queries.totals import Total

KPI, ONE, TWO = UUID(int=1), UUID(int=2), UUID(int=3)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def total(
    who: UUID | None, month: date | None, verified: str, count: int = 1, provisional: str = "0", waiting: int = 0
) -> Total:
    weights = Decimal(2) * count, Decimal(2) * waiting
    return Total(KPI, who, month, Decimal(verified), count, weights[0], Decimal(provisional), waiting, weights[1])


@pytest.mark.parametrize(
    ("aggregation", "levels"),
    [
        (SUM, ["105", "108", "114"]),
        (MEAN, ["5", "4", "3.5"]),
        (WEIGHTED_MEAN, ["2.5", "2", "1.75"]),
        (LATEST, ["5", "8", "9"]),
        (MINIMUM, ["5", "3", "3"]),
        (MAXIMUM, ["5", "5", "6"]),
    ],
)
def test_each_months_level_is_that_of_all_until_then(aggregation: str, levels: list[str]) -> None:
    march = total(ONE, MARCH, "6", 2 if aggregation in (MEAN, WEIGHTED_MEAN) else 1)
    months = [total(ONE, JANUARY, "5"), total(TWO, FEBRUARY, "3"), march]
    points = make_series(aggregation, Decimal(100), months)
    assert [str(point.level) for point in points] == levels
    assert [point.month for point in points] == [JANUARY, FEBRUARY, MARCH]


def test_provisional_figures_lead_beyond_what_is_verified() -> None:
    points = make_series(SUM, Decimal(0), [total(None, JANUARY, "5", 1, "2", 1), total(None, FEBRUARY, "0", 0, "4", 1)])
    assert [(point.level, point.with_provisional) for point in points] == [(5, 7), (5, 11)]
    picked = make_series(LATEST, Decimal(0), [total(ONE, JANUARY, "5"), total(ONE, FEBRUARY, "0", 0, "4", 1)])
    assert [(point.verified, point.provisional) for point in picked] == [(5, None), (None, 4)]
    assert [(point.level, point.with_provisional) for point in picked] == [(5, 5), (5, 4)]


def test_partners_come_together_as_the_aggregation_says() -> None:
    totals = [total(ONE, None, "5", 1, "7", 1), total(TWO, None, "3")]
    assert fold_partners(SUM, totals) == (8, 7)
    assert fold_partners(LATEST, totals) == (8, 7)
    assert fold_partners(MINIMUM, totals) == (3, 7)
    assert fold_partners(MEAN, totals) == (4, 7)
    assert fold_partners(MEAN, []) == (None, None)
    assert fold_partners(SUM, []) == (0, 0)
    assert fold_months(LATEST, [total(ONE, JANUARY, "5"), total(ONE, FEBRUARY, "3")])[0] == 3


GOAL = Goal(
    KPI, ONE, "waste", "Waste", "t", SUM, Decimal(0), Decimal(1000), 1, starts_on=JANUARY, ends_on=date(2026, 12, 31)
)


def steady(*levels: int) -> list[Point]:
    return [
        Point(date(2026, month, 1), None, None, Decimal(level), Decimal(level))
        for month, level in enumerate(levels, start=1)
    ]


def foretell(
    points: list[Point], until: date = date(2026, 12, 31), today: date = date(2026, 7, 10), months: int = 1, **goal: Any
) -> Forecast:
    found = make_forecast(points, replace(GOAL, ends_on=until, **goal), today, months)
    assert found is not None
    return found


def test_a_steady_way_leads_on_and_is_sure() -> None:
    found = foretell(steady(10, 20, 30, 40, 50, 60))
    assert (found.level, found.low, found.high) == (120, 120, 120)


def test_a_way_that_varies_has_a_range_that_widens_with_time() -> None:
    points = steady(10, 12, 30, 33, 60)
    near, far = (foretell(points, date(2026, month, 28), date(2026, 6, 10)) for month in (7, 12))
    # Steps of 10, 2, 18, 3 and 27: their mean is 12, their standard deviation 10.56; two months are to come.
    assert (near.level, round(near.high - near.level, 2)) == (84, Decimal("22.64"))
    assert far.high - far.low > near.high - near.low


@pytest.mark.parametrize("month", [1, 3, 6])
@pytest.mark.parametrize("varies", [(10, 10, 10, 10, 10, 10), (10, 9, 11, 10, 12, 8)])
def test_one_month_out_of_line_moves_nothing_but_the_level_it_was_added_to(month: int, varies: tuple[int, ...]) -> None:
    steps = [*varies]
    rest = [step for place, step in enumerate(steps, start=1) if place != month]
    steps[month - 1] = 900
    found = foretell(steady(*accumulate(steps)))
    assert found.left_out == 1
    assert float(found.level) == pytest.approx(sum(steps) + 6 * sum(rest) / 5)
    # So far, the range is as if there had been no such month.
    assert found.high - found.low < 30


@pytest.mark.parametrize("month", [2, 6])
def test_one_level_out_of_line_moves_the_line_of_a_level_hardly(month: int) -> None:
    levels = [50, 52, 54, 56, 58, 60]
    plain = foretell(steady(*levels), aggregation=MEAN)
    assert plain.level == 72
    levels[month - 1] = 400
    assert foretell(steady(*levels), aggregation=MEAN).level == 72


def test_what_is_reported_by_the_quarter_is_followed_by_the_quarter() -> None:
    levels = [level for quarter in range(1, 5) for level in (30 * quarter - 30, 30 * quarter - 30, 30 * quarter)]
    points = [
        Point(date(2025 + (month > 11), month % 12 + 1, 1), None, None, Decimal(level), Decimal(level))
        for month, level in enumerate([*levels, 120, 120, 150])
    ]
    found = foretell(points, date(2026, 12, 31), date(2026, 4, 2), 3, starts_on=date(2025, 1, 1))
    assert (found.level, found.low, found.left_out) == (240, 240, 0)


def test_a_seasonal_way_leads_on_with_the_seasons_of_the_past_year() -> None:
    # Twice as much in each month of the second half.
    weights = [Decimal(1)] * 6 + [Decimal(2)] * 6
    plan = plan_by_seasons(JANUARY, date(2026, 12, 31), weights)
    found = foretell(steady(10, 20, 30, 40, 50, 60), pace=SEASONAL, plan=plan)
    assert float(found.level) == pytest.approx(180)


def test_a_month_without_figures_is_a_step_of_nothing() -> None:
    points = [point for point in steady(10, 20, 30, 40, 50, 60) if point.month.month != 4]
    assert foretell(points, today=date(2026, 7, 1)).level == 120


@pytest.mark.parametrize(
    ("points", "ends_on", "today"),
    [
        (steady(10, 20, 30, 40), date(2026, 12, 31), date(2026, 5, 10)),
        (steady(10, 20, 30, 40, 50, 60), date(2026, 6, 30), date(2026, 7, 10)),
        ([], date(2026, 12, 31), date(2026, 3, 10)),
    ],
)
def test_nothing_is_foretold_of_too_little_or_of_what_is_over(points: list[Point], ends_on: date, today: date) -> None:
    assert make_forecast(points, replace(GOAL, ends_on=ends_on), today) is None
