"""Figures are exact and grouped, dates read like dates, times are the reader's own."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from shared.web.filters import (
    format_ago,
    format_amount,
    format_date,
    format_instant,
    format_number,
    format_part,
    format_percent,
    format_period,
)

NOON = datetime(2027, 3, 12, 12, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def reader_in_johannesburg() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app, default_timezone="Africa/Johannesburg")
    with app.test_request_context():
        yield


def test_a_date_reads_like_a_date() -> None:
    assert format_date(date(2027, 3, 12)) == "12 March 2027"


def test_an_instant_is_shown_in_the_readers_zone() -> None:
    assert format_instant(NOON) == "12 March 2027, 14:05"
    assert format_date(datetime(2027, 3, 12, 23, 0, tzinfo=UTC)) == "13 March 2027"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2027, 3, 1), date(2027, 3, 31), "1\N{EN DASH}31 March 2027"),
        (date(2027, 3, 1), date(2027, 4, 2), "1 March \N{EN DASH} 2 April 2027"),
        (date(2026, 12, 1), date(2027, 1, 2), "1 December 2026 \N{EN DASH} 2 January 2027"),
        (date(2027, 3, 1), date(2027, 3, 1), "1 March 2027"),
        (date(2027, 3, 1), None, "1 March 2027"),
    ],
)
def test_a_period_does_not_repeat_what_both_dates_share(start: date, end: date | None, words: str) -> None:
    assert format_period(start, end) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=2), "just now"),
        (timedelta(minutes=3), "3 minutes ago"),
        (timedelta(days=-2), "in 2 days"),
    ],
)
def test_a_moment_is_near_or_far(before: timedelta, words: str) -> None:
    assert format_ago(NOON - before, NOON) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("1204.50"), "1,204.50"),
        (Decimal("12345678901234567890.123456789"), "12,345,678,901,234,567,890.123456789"),
        (Decimal("0.1"), "0.1"),
        (Decimal("-0.005"), "-0.005"),
        (Decimal(44126) / Decimal("8875.8"), "4.971"),
        (Decimal(20000) / Decimal(3), "6,666.67"),
        (Decimal("1E+3"), "1,000"),
        (0, "0"),
        (None, "\N{EN DASH}"),
    ],
)
def test_a_figure_keeps_every_digit(value: Decimal | int | None, words: str) -> None:
    assert format_number(value) == words


def test_an_amount_carries_its_unit_on_the_same_line() -> None:
    assert format_amount(Decimal("1204.5"), "kg") == "1,204.5\N{NO-BREAK SPACE}kg"
    assert format_amount(Decimal(42), "%") == "42%"
    assert format_amount(Decimal(7), "") == "7"
    assert format_amount(Decimal("1000.005"), "ZAR") == "ZAR\N{NO-BREAK SPACE}1,000.005"
    assert format_amount(Decimal("12345678901234567890.123456789"), "ZAR").endswith("890.123456789")
    assert format_amount(None, "kg") == "\N{EN DASH}"


def test_an_amount_follows_the_readers_format() -> None:
    with force_locale("en_ZA"):
        assert format_amount(Decimal("1000.00"), "ZAR").startswith("R")


def test_nearly_reached_never_reads_as_reached() -> None:
    assert format_percent(Decimal("0.9999")) == "99%"
    assert format_percent(Decimal("0." + "9" * 40)) == "99%"
    assert format_percent(0.29) == "29%"
    assert format_percent(Decimal("1.2")) == "120%"


def test_parts_of_a_whole_are_rounded_to_the_nearest() -> None:
    parts = [Decimal("0.6858"), Decimal("0.2217"), Decimal("0.0798"), Decimal("0.0127")]
    assert [format_part(each) for each in parts] == ["69%", "22%", "8%", "1%"]
