"""The periods that a KPI is reported for, by its agreed frequency: months, quarters and so on of the calendar."""

from collections.abc import Iterator
from datetime import date, timedelta

#: By frequency: how many months.
MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}


def list_due(frequency: str, begins: date, ends: date, grace_days: int, today: date) -> Iterator[tuple[date, date]]:
    """The first and last days of the periods whose figures should be here by `today`, the earliest first.

    The first and the last period are cut to the KPI's own days, from `begins` to `ends`. Nothing for a frequency of
    "none".
    """
    months = MONTHS.get(frequency)
    if months is None:
        return
    first = begins.replace(month=(begins.month - 1) // months * months + 1, day=1)
    while first <= ends:
        following = (first + timedelta(days=31 * months)).replace(day=1)
        last = min(following - timedelta(days=1), ends)
        if last + timedelta(days=grace_days) >= today:
            return
        yield max(first, begins), last
        first = following
