"""Which of the periods whose figures are due a partner has not reported."""

from collections.abc import Collection, Sequence
from datetime import date

from services.metrics.measurements.models import GAP, LATE

#: Its first and last days.
Period = tuple[date, date]


def is_reported(period: Period, months: Collection[date]) -> bool:
    """Whether one of these months, by their first days, lies in the period."""
    return any(period[0].replace(day=1) <= month <= period[1] for month in months)


def find_missing(due: Sequence[Period], months: set[date]) -> dict[Period, str]:
    """The periods that are missing, and whether each is a gap or just late.

    Who never reported is late with the last period only: nobody knows from when on they take part.
    """
    has = {period: is_reported(period, months) for period in due}
    begun = [period for period in due if months and period[1] >= min(months)] or list(due[-1:])
    latest = max((period[0] for period, there in has.items() if there), default=None)
    return {period: GAP if latest is not None and period[0] < latest else LATE for period in begun if not has[period]}
