"""Whether a KPI keeps pace with its target: with a straight line from its first day to its last, or with its plan.

reached     the verified figures are at the target or past it
on_track    at least nine tenths of what the line or the plan asks for by today
at_risk     at least six tenths of it
off_track   less, or the campaign is over and the target is not reached
no_data     no figure has been verified yet
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Final
from uuid import UUID

from services.metrics.alerts.levels import ADDED, find_level
from shared.database.types import EXACT

REACHED, ON_TRACK, AT_RISK, OFF_TRACK, NO_DATA = STATUSES = ("reached", "on_track", "at_risk", "off_track", "no_data")
#: Which is the worse, the lower; where nothing is known, somebody should look sooner than where all is well.
RANKS: Final = {OFF_TRACK: 0, AT_RISK: 1, NO_DATA: 2, ON_TRACK: 3, REACHED: 4}
#: What a KPI is held against between its first day and its last.
PACES = STRAIGHT, INTERIM, SEASONAL = ("straight", "interim", "seasonal")
#: (day, share of the way wanted by its end) again and again.
Plan = tuple[tuple[date, Decimal], ...]
#: Shares of the line; noise in monthly reports should not ring the bell.
ON_TRACK_FROM: Final = Decimal("0.9")
AT_RISK_FROM: Final = Decimal("0.6")
#: A share is for showing and comparing with the line; the target itself is compared exactly.
_SHARES = Context(prec=28, rounding=ROUND_FLOOR)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a KPI is to reach and when; `target_number` counts the targets that were set, from 1.

    `baseline` is where things stood before the campaign; sums and counts are added to it.
    """

    kpi_id: UUID
    campaign_id: UUID
    key: str
    name: str
    unit: str
    aggregation: str
    baseline: Decimal
    target: Decimal
    target_number: int
    starts_on: date
    ends_on: date
    #: What it is held against: "straight", "interim" or "seasonal".
    pace: str = STRAIGHT
    #: Whether other KPIs are worked out from it.
    feeds: bool = False
    #: Which share of the way is wanted by the end of which day, the earliest first; empty where time alone counts.
    plan: Plan = ()

    @property
    def needed(self) -> Decimal:
        """The change from the baseline that is wanted; negative where less is better."""
        return EXACT.subtract(self.target, self.baseline)

    def find_change(self, amount: Decimal, figures: int, weight: Decimal) -> Decimal | None:
        """By how much the KPI moved from its baseline, given its sums as in `find_level`; None if nobody can say."""
        level = find_level(self.aggregation, amount, figures, weight)
        return level if level is None or self.aggregation in ADDED else EXACT.subtract(level, self.baseline)

    def is_reached(self, change: Decimal) -> bool:
        return change >= self.needed if self.needed > 0 else change <= self.needed

    def measure_progress(self, change: Decimal) -> Decimal:
        """The share of the way from baseline to target that `change` makes, rounded down; may be negative."""
        return _SHARES.divide(change, self.needed)

    def measure_time(self, today: date) -> Decimal:
        """The share of the campaign's days that are over, from 0 to 1."""
        days = (self.ends_on - self.starts_on).days + 1
        gone = (today - self.starts_on).days
        return _SHARES.divide(Decimal(min(max(gone, 0), days)), Decimal(days))

    def measure_plan(self, today: date) -> Decimal:
        """The share of the way that is wanted by `today`, from 0 to 1: between two points of the plan, evenly."""
        if not self.plan:
            return self.measure_time(today)
        gone = max((today - self.starts_on).days, 0)
        former, reached = 0, Decimal(0)
        for day, share in (*self.plan, (self.ends_on, Decimal(1))):
            latter = (day - self.starts_on).days + 1
            if gone <= latter:
                part = _SHARES.divide(Decimal(gone - former), Decimal(max(latter - former, 1)))
                return _SHARES.add(reached, _SHARES.multiply(share - reached, part))
            former, reached = latter, share
        return Decimal(1)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A status with what led to it; shares from 0 to 1 (and past it)."""

    status: str
    progress: Decimal
    time: Decimal
    #: The share of the way that is wanted by now.
    wanted: Decimal
    #: What `wanted` comes from; "straight" also where the plan isn't known yet.
    pace: str
    waiting: bool
    over: bool
    begun: bool


def judge(goal: Goal, change: Decimal | None, figures: int, verified_figures: int, today: date) -> Judgement:
    """How the KPI stands on `today`.

    `change` is what its verified figures moved it by, as `find_change` tells; the other two are counts.
    """
    progress, time = goal.measure_progress(change or Decimal(0)), goal.measure_time(today)
    wanted, pace = goal.measure_plan(today), goal.pace if goal.plan else STRAIGHT
    over = today > goal.ends_on
    if change is None or not verified_figures:
        status = NO_DATA
    elif goal.is_reached(change):
        status = REACHED
    elif over or progress < wanted * AT_RISK_FROM:
        status = OFF_TRACK
    else:
        status = ON_TRACK if progress >= wanted * ON_TRACK_FROM else AT_RISK
    begun = today >= goal.starts_on
    return Judgement(status, progress, time, wanted, pace, bool(figures) and not verified_figures, over, begun)


def _(text: str) -> str:
    """Marks a text for translation where there is no request to say into which language."""
    return text


def describe(judgement: Judgement, translate: Callable[[str], str] = _) -> str:
    """Why, in words: "42% of the target at 60% of the time"."""
    progress, time = say_percent(judgement.progress), say_percent(judgement.time)
    if judgement.status == NO_DATA:
        text = _NO_DATA_REASONS[(judgement.waiting, judgement.begun)]
    elif judgement.over:
        text = _("%(progress)s of the target, and the campaign is over")
    elif not judgement.begun:
        text = _("%(progress)s of the target before the campaign begins")
    else:
        text = _PACES[judgement.pace]
    return translate(text) % {"progress": progress, "time": time, "wanted": say_percent(judgement.wanted)}


def describe_no_value(divisors: Sequence[str], translate: Callable[[str], str] = _) -> str:
    """Why what is worked out has no value yet; `divisors` are the names of what it can't be divided by."""
    if not divisors:
        return translate(_("Nothing to work it out from yet"))
    return translate(_("Nothing to divide by yet: %(names)s is at nothing")) % {"names": ", ".join(divisors)}


_PACES = {
    STRAIGHT: _("%(progress)s of the target at %(time)s of the time"),
    INTERIM: _("%(progress)s of the target where the interim targets ask for %(wanted)s by now"),
    SEASONAL: _("%(progress)s of the target where the seasons of the past year ask for %(wanted)s by now"),
}


_NO_DATA_REASONS = {
    (True, True): _("Figures came in, and none is verified yet, at %(time)s of the time"),
    (True, False): _("Figures came in before the campaign begins, and none is verified yet"),
    (False, True): _("No figures yet at %(time)s of the time"),
    (False, False): _("The campaign has not begun"),
}


def say_percent(share: Decimal) -> str:
    """A share as whole percent, rounded down so that 99.9% of a target never reads as reached."""
    return f"{(share * 100).to_integral_value(ROUND_FLOOR):,f}%"
