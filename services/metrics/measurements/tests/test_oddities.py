"""What is odd about a figure, by numbers that anyone can check by hand."""

from datetime import date
from decimal import Decimal

import pytest

from services.metrics.indicators.periods import list_due
from services.metrics.measurements.oddities import find_outlier, is_repeated


def numbers(text: str) -> list[Decimal]:
    return [Decimal(each) for each in text.split()]


def test_a_value_far_from_the_usual_is_an_outlier_with_its_score() -> None:
    # Median 10, absolute deviations 2 1 1 0 0 1 2 with the median 1: 0.6745 * (20 - 10) / 1.
    found = find_outlier(Decimal(20), numbers("8 9 11 10 10 11 12"))
    assert found is not None
    assert (found.median, round(found.score, 4), found.past) == (10, Decimal("6.745"), 7)
    assert find_outlier(Decimal(15), numbers("8 9 11 10 10 11 12")) is None
    low = find_outlier(Decimal(0), numbers("8 9 11 10 10 11 12"))
    assert low is not None
    assert low.score < 0


def test_an_outlier_in_the_past_does_not_hide_the_next() -> None:
    assert find_outlier(Decimal(900), numbers("8 9 11 10 1000 11 12"))


def test_with_few_figures_or_all_the_same_there_is_no_opinion() -> None:
    assert find_outlier(Decimal(900), numbers("8 9 11 10 10")) is None
    assert find_outlier(Decimal(900), numbers("5 5 5 5 5 5 5")) is None


def test_where_more_than_half_is_one_value_the_mean_deviation_is_the_measure() -> None:
    # Median 5, MAD 0, mean absolute deviation 1/8: (6 - 5) / (1.253314 / 8) = 6.38...
    found = find_outlier(Decimal(6), numbers("5 5 5 5 5 5 5 6"))
    assert found is not None
    assert round(found.score, 2) == Decimal("6.38")


def test_only_the_last_24_count() -> None:
    assert find_outlier(Decimal(100), numbers("100 101 99 " * 8 + "8 9 11 10 12 10 " * 4))
    assert find_outlier(Decimal(100), numbers("8 9 11 10 12 10 " * 4 + "100 101 99 " * 8)) is None


def test_the_third_of_the_same_in_a_row_is_told_once_and_zeros_never() -> None:
    assert is_repeated(Decimal("7"), numbers("1 7 7.0"))
    assert not is_repeated(Decimal("7"), numbers("7 7 7"))
    assert not is_repeated(Decimal("7"), numbers("7 1 7"))
    assert not is_repeated(Decimal("7"), numbers("7"))
    assert not is_repeated(Decimal(0), numbers("1 0 0"))


@pytest.mark.parametrize(
    ("frequency", "today", "due"),
    [
        ("none", date(2027, 1, 1), []),
        ("monthly", date(2026, 1, 31), []),
        ("monthly", date(2026, 2, 15), [(date(2026, 1, 15), date(2026, 1, 31))]),
        (
            "quarterly",
            date(2026, 8, 1),
            [(date(2026, 1, 15), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 6, 30))],
        ),
        ("half_yearly", date(2026, 7, 16), [(date(2026, 1, 15), date(2026, 6, 30))]),
        (
            "yearly",
            date(2028, 1, 1),
            [(date(2026, 1, 15), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 2, 10))],
        ),
    ],
)
def test_periods_are_the_calendars_cut_to_the_kpis_days_and_due_after_the_days_of_grace(
    frequency: str, today: date, due: list[tuple[date, date]]
) -> None:
    assert list(list_due(frequency, date(2026, 1, 15), date(2027, 2, 10), 14, today)) == due
