"""When a meeting takes place: RFC 5545 rules, reckoned in local time, by dateutil."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

#: A rule that goes on longer is a mistake, or wants another conversation first.
MOST_DATES = 200


class Repeats(StrEnum):
    """How often: once; every n weeks; every n months on the day of the month, or on its weekday in that week."""

    ONCE = "once"
    WEEKLY = "weekly"
    MONTH_DAY = "month_day"
    MONTH_WEEKDAY = "month_weekday"


@dataclass(frozen=True)
class Rule:
    """A first local date and time with its zone, and how it goes on until a day or for so many dates."""

    first: datetime
    time_zone: str
    repeats: str
    every: int
    until: date | None
    count: int | None

    def list_dates(self) -> list[datetime]:
        """Local starts, at most one more than `MOST_DATES`: who asks refuses that many."""
        if self.repeats == Repeats.ONCE:
            return [self.first]
        last = datetime.combine(self.until, time.max) if self.until else None
        count = None if last else min(self.count or 1, MOST_DATES + 1)
        if self.repeats == Repeats.WEEKLY:
            found = rrule(WEEKLY, self.first, interval=self.every, until=last, count=count)
        elif self.repeats == Repeats.MONTH_DAY:
            found = rrule(MONTHLY, self.first, interval=self.every, until=last, count=count, bymonthday=self.first.day)
        else:
            in_week = weekday(self.first.weekday(), self.week_of_month)
            found = rrule(MONTHLY, self.first, interval=self.every, until=last, count=count, byweekday=in_week)
        return [each for _, each in zip(range(MOST_DATES + 1), found, strict=False)]

    @property
    def week_of_month(self) -> int:
        """Which of the month's weekdays the first date is: 1 to 4, or -1 for the last where it is a fifth."""
        number = (self.first.day - 1) // 7 + 1
        return number if number < 5 else -1

    def write(self) -> dict[str, object] | None:
        """The RRULE's parts for icalendar; None for a single date.

        UNTIL is in UTC because DTSTART has a zone (RFC 5545, 3.3.10).
        """
        if self.repeats == Repeats.ONCE:
            return None
        parts: dict[str, object] = {"FREQ": "WEEKLY" if self.repeats == Repeats.WEEKLY else "MONTHLY"}
        if self.every > 1:
            parts["INTERVAL"] = self.every
        if self.repeats == Repeats.MONTH_DAY:
            parts["BYMONTHDAY"] = self.first.day
        else:
            day = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][self.first.weekday()]
            parts["BYDAY"] = day if self.repeats == Repeats.WEEKLY else f"{self.week_of_month}{day}"
        if self.until:
            parts["UNTIL"] = to_instant(datetime.combine(self.until, time(23, 59, 59)), self.time_zone)
        else:
            parts["COUNT"] = self.count or 1
        return parts


def to_instant(local: datetime, time_zone: str) -> datetime:
    """The UTC instant of a local time.

    One that the clock skips counts by the offset before the change, one that comes twice is the first
    (RFC 5545, 3.3.5): both is what `fold=0` means.
    """
    return local.replace(tzinfo=ZoneInfo(time_zone), fold=0).astimezone(UTC)


def end_of(local: datetime, time_zone: str, minutes: int) -> datetime:
    """The UTC instant `minutes` after a local start: minutes that pass, whatever the clock does meanwhile."""
    return to_instant(local, time_zone) + timedelta(minutes=minutes)
