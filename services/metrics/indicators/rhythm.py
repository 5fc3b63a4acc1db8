"""When figures are due: the periods of an agreed frequency, by the calendar."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

#: How many months a period has, by frequency; what has no rhythm is left out.
MONTHS: Final = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when figures are to be reported, both days included, and the day by which."""

    starts_on: date
    ends_on: date
    due_on: date


def find_next_period(frequency: str, starts_on: date, ends_on: date, grace_days: int, today: date) -> Period | None:
    """The first period whose figures are still to come on `today`, of a KPI that runs from `starts_on` to `ends_on`.

    Periods are those of the calendar, cut to these days. None without a rhythm, and when all is over.
    """
    months = MONTHS.get(frequency)
    if months is None:
        return None
    first = starts_on.replace(month=(starts_on.month - 1) // months * months + 1, day=1)
    while first <= ends_on:
        following = add_months(first, months)
        last = min(following - timedelta(days=1), ends_on)
        due_on = last + timedelta(days=grace_days)
        if due_on >= today:
            return Period(max(first, starts_on), last, due_on)
        first = following
    return None


def add_months(day: date, months: int) -> date:
    """The same day so many months later; where that month has no such day, its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
