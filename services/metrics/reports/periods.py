"""The periods that reports are about: calendar months, quarters and half-years, cut off at the campaign's days."""

from collections.abc import Iterator
from datetime import date, timedelta

#: Rhythm -> its length in months.
MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6}


def list_periods(rhythm: str, starts_on: date, ends_on: date) -> Iterator[tuple[date, date]]:
    """The periods of this rhythm from `starts_on` to `ends_on`, first and last days included; none without a rhythm."""
    length = MONTHS.get(rhythm)
    day = starts_on
    while length and day <= ends_on:
        first = (day.month - 1) // length * length
        following = first + length
        after = date(day.year + following // 12, following % 12 + 1, 1)
        yield day, min(after - timedelta(days=1), ends_on)
        day = after
