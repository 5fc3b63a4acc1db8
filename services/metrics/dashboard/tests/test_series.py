"""From sums to levels, and where they lead."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.metrics.alerts.levels import LATEST, MAXIMUM, MEAN, MINIMUM, SUM, WEIGHTED_MEAN
from services.metrics.dashboard.forecast import make_forecast
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


def steady(*levels: int) -> list[Point]:
    return [
        Point(date(2026, month, 1), None, None, Decimal(level), Decimal(level))
        for month, level in enumerate(levels, start=1)
    ]


def test_a_steady_way_leads_on_and_is_sure() -> None:
    found = make_forecast(steady(10, 20, 30, 40), Decimal(0), JANUARY, date(2026, 12, 31), date(2026, 5, 10))
    assert found is not None
    assert (found.level, found.low, found.high) == (120, 120, 120)


def test_a_way_that_varies_has_a_range_that_widens_with_time() -> None:
    points = steady(10, 12, 30, 33, 60)
    near = make_forecast(points, Decimal(0), JANUARY, date(2026, 7, 31), date(2026, 6, 10))
    far = make_forecast(points, Decimal(0), JANUARY, date(2026, 12, 31), date(2026, 6, 10))
    assert near is not None
    assert far is not None
    # Steps of 10, 2, 18, 3 and 27: their mean is 12, their standard deviation 10.56; two months are to come.
    assert (near.level, round(near.high - near.level, 2)) == (84, Decimal("22.64"))
    assert far.high - far.low > near.high - near.low


def test_a_month_without_figures_is_a_step_of_nothing() -> None:
    points = [point for point in steady(10, 20, 30, 40, 50) if point.month.month != 4]
    found = make_forecast(points, Decimal(0), JANUARY, date(2026, 6, 30), date(2026, 6, 10))
    assert found is not None
    assert found.level == 60


@pytest.mark.parametrize(
    ("points", "ends_on", "today"),
    [
        (steady(10, 20), date(2026, 12, 31), date(2026, 3, 10)),
        (steady(10, 20, 30, 40), date(2026, 4, 30), date(2026, 5, 10)),
        ([], date(2026, 12, 31), date(2026, 3, 10)),
    ],
)
def test_nothing_is_foretold_of_too_little_or_of_what_is_over(points: list[Point], ends_on: date, today: date) -> None:
    assert make_forecast(points, Decimal(0), JANUARY, ends_on, today) is None
