"""What a file says was reached in a period, held against the ledger.

The ledger has one figure for each partner, KPI and reference, and the reference of what comes in this way is made of
the activity and the period: the same file again changes nothing, a corrected one corrects. What a partner reported
for the period by other ways is never counted twice: then the file can only agree with it or be refused.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from services.metrics.alerts.judgement import Goal
from services.metrics.alerts.levels import COUNT, DERIVED, SUM, WEIGHTED_MEAN
from services.metrics.exchange.iati_reading import ReadActivity, ReadPeriod, Value
from services.metrics.exchange.service.plan import (
    ACTUAL,
    ADDED,
    ALL,
    CORRECTED,
    LEFT,
    SAME,
    UNSAID,
    WRONG,
    KpiPlan,
    Step,
)
from services.metrics.indicators.queries import Name
from services.metrics.measurements.items import Item, Refused, read_item
from services.metrics.measurements.queries import Current, Key, PartSums
from services.metrics.measurements.queries.totals import DaySum
from services.metrics.measurements.service.ledger import Origin
from shared.database.types import EXACT
from shared.fields import plain
from shared.tables.words import fold_title

#: What the references of figures from such files begin with.
MARK = "IATI "
_IDENTIFIER = 150  # characters of an activity's identifier in a reference
_COMMENT = 1000
# What read_item refuses in texts: control characters.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Here:
    """What the campaign's KPIs have already, read once for the whole file.

    `levels` is where each KPI stands, the baseline included, as far as verified.
    """

    names: Mapping[UUID, Name]
    levels: Mapping[UUID, Decimal | None]
    days: Mapping[UUID, Sequence[DaySum]]
    parts: Mapping[UUID, Sequence[PartSums]]
    current: Mapping[Key, Current]
    today: date

    def add_days(self, kpi_id: UUID, period: ReadPeriod, organisation_id: UUID | None) -> tuple[Decimal, Decimal, int]:
        """Verified, verified and provisional, and how many, of figures that end in the period.

        Of a partner's those from such files are left out; without a partner all of everyone are counted.
        """
        verified, counted, figures = Decimal(0), Decimal(0), 0
        for each in self.days.get(kpi_id, ()):
            wanted = organisation_id is None or (each.organisation_id == organisation_id and not each.marked)
            if wanted and period.starts_on <= each.day <= period.ends_on:
                verified = EXACT.add(verified, each.verified)
                counted = EXACT.add(EXACT.add(counted, each.verified), each.provisional)
                figures += each.figures
        return verified, counted, figures


def make_reference(activity: ReadActivity, period: ReadPeriod) -> str:
    """What the ledger calls what was reached in the period of the activity."""
    identifier = _CONTROL.sub(" ", activity.identifier)
    if len(identifier) > _IDENTIFIER:
        digest = hashlib.sha256(identifier.encode()).hexdigest()[:16]
        identifier = f"{identifier[: _IDENTIFIER - 17]} {digest}"
    return f"{MARK}{identifier} {period.starts_on}/{period.ends_on}"


def plan_actuals(
    plan: KpiPlan, activity: ReadActivity, source: UUID | str, goal: Goal, here: Here, person_name: str
) -> None:
    """Add a step for each actual, with the figure that it becomes in the ledger."""
    told = [period for period in plan.indicator.periods if period.actuals]
    finest = [one for one in told if not any(one.holds(other) for other in told)]
    clashes = _find_clashes(finest)
    for period in told:
        value, parts = _read_parts(plan, period)
        if value is None:
            continue
        step = Step.at(value.node, ACTUAL, ADDED, after=plain(value.number))
        step.period = period.starts_on, period.ends_on
        step.parts = "; ".join(f"{name}: {plain(number)}" for name, number in _name_parts(plan.kpi, parts))
        plan.steps.append(step)
        if plan.kpi.aggregation in DERIVED:
            step.turn(LEFT, _("This KPI is worked out from others."))
        elif source == ALL:
            _hold_against_all(step, plan, period, parts, goal, here)
        elif period not in finest:
            _hold_against_finer(step, plan, period, [one for one in finest if period.holds(one)], goal)
        elif period in clashes:
            line = clashes[period].node.line
            step.turn(WRONG, _("The period on line %(line)s has some of the same days.", line=line))
        elif source == UNSAID:
            step.turn(WRONG, _("Say whose figures these are: choose a partner above."))
        else:
            assert isinstance(source, UUID)
            _enter(step, plan, (activity, period, value, parts, source), here, person_name)


Parts = dict[str, dict[str, Decimal]]


def _read_parts(plan: KpiPlan, period: ReadPeriod) -> tuple[Value | None, Parts]:
    """The actual of the whole, and those of its parts by the keys of dimensions and categories.

    Where parts are given alone and all dimensions come to the same, that is the whole.
    """
    known = _know_parts(plan.kpi.dimensions)
    whole = next((each for each in period.actuals if each.is_whole), None)
    parts: Parts = defaultdict(dict)
    left: list[Step] = []
    for value in period.actuals:
        if value.is_whole:
            continue
        reason = ""
        at = known.get(tuple(fold_title(word) for word in value.parts[0])) if len(value.parts) == 1 else None
        if value.in_place or len(value.parts) > 1:
            reason = _("Figures of places, or parted in two ways at once, are not kept here.")
        elif at is None:
            reason = _("This KPI is not parted so.")
        elif at[1] in parts[at[0]]:
            reason = _("This part is there twice.")
        else:
            parts[at[0]][at[1]] = value.number
            continue
        step = Step.at(value.node, ACTUAL, WRONG if at else LEFT, after=plain(value.number), reason=reason)
        step.period = period.starts_on, period.ends_on
        step.parts = "; ".join(f"{name}: {part}" for name, part in value.parts)
        left.append(step)
    parts = {name: given for name, given in parts.items() if given}
    plan.steps += left
    if whole is not None or not parts:
        return whole, parts
    sums = {_add(given.values()) for given in parts.values()}
    first = next(each for each in period.actuals if not each.is_whole)
    if len(sums) == 1:
        return Value(period.node, sums.pop(), comment=first.comment), parts
    reason = _("There are only parts here, which come to different numbers. Add the actual of the whole.")
    plan.steps.append(Step.at(period.node, ACTUAL, WRONG, reason=reason))
    return None, {}


def _know_parts(dimensions: Sequence[Mapping[str, Any]]) -> dict[tuple[str, ...], tuple[str, str]]:
    """What a dimension and a category may be called -> their keys."""
    return {
        (fold_title(dimension[one]), fold_title(category[other])): (dimension["key"], category["key"])
        for dimension in dimensions
        for category in dimension["categories"]
        for one in ("name", "key")
        for other in ("name", "key")
    }


def _name_parts(kpi: Any, parts: Parts) -> list[tuple[str, Decimal]]:
    names = {
        (each["key"], category["key"]): category["name"] for each in kpi.dimensions for category in each["categories"]
    }
    return [(names[name, key], number) for name, given in parts.items() for key, number in given.items()]


def _find_clashes(finest: Sequence[ReadPeriod]) -> dict[ReadPeriod, ReadPeriod]:
    """Periods that begin before an earlier one has ended, and that one."""
    found, last = {}, None
    for period in sorted(finest, key=lambda each: (each.starts_on, each.ends_on)):
        if last is not None and period.starts_on <= last.ends_on:
            found[period] = last
        if last is None or period.ends_on > last.ends_on:
            last = period
    return found


def _hold_against_all(
    step: Step, plan: KpiPlan, period: ReadPeriod, parts: Parts, goal: Goal, here: Here
) -> None:  # fmt: skip
    kpi, number = plan.kpi, Decimal(step.after)
    verified, counted, _figures = here.add_days(kpi.id, period, None)
    if (period.starts_on, period.ends_on) == (goal.starts_on, goal.ends_on):
        stands = here.levels[kpi.id]
        same = stands == number
    else:
        stands = verified
        same = kpi.aggregation == SUM and number in (verified, counted)
    if same and _agree(parts, period, here.parts.get(kpi.id, ())):
        step.becomes = SAME
        return
    step.before = "" if stands is None else plain(stands)
    step.turn(WRONG, _("What all partners reported together can't be entered. Choose whose figures these are."))


def _agree(parts: Parts, period: ReadPeriod, sums: Sequence[PartSums]) -> bool:
    """Whether the parts are what is verified here of the period's months."""
    here: Parts = defaultdict(dict)
    for each in sums:
        if period.starts_on.replace(day=1) <= each.month <= period.ends_on:
            given = here[each.dimension]
            given[each.category] = EXACT.add(given.get(each.category, Decimal(0)), each.verified)
    return all(here[name].get(key) == number for name, given in parts.items() for key, number in given.items())


def _hold_against_finer(
    step: Step, plan: KpiPlan, period: ReadPeriod, inner: Sequence[ReadPeriod], goal: Goal
) -> None:  # fmt: skip
    """A period that others are within is their total, which is not entered beside them."""
    if plan.kpi.aggregation != SUM:
        step.turn(LEFT, _("The periods within it are entered."))
        return
    total = _add(each.number for one in inner for each in one.actuals if each.is_whole)
    begun = [each.number for each in plan.indicator.baselines if each.is_whole] or [goal.baseline]
    if Decimal(step.after) in (total, EXACT.add(total, begun[0])):
        step.turn(LEFT, _("The total of the periods within it, which are entered."))
    else:
        words = _("The periods within it come to %(total)s. Correct it, or take it out.", total=plain(total))
        step.turn(WRONG, words)


def _enter(
    step: Step,
    plan: KpiPlan,
    told: tuple[ReadActivity, ReadPeriod, Value, Parts, UUID],
    here: Here,
    person_name: str,
) -> None:
    activity, period, value, parts, organisation_id = told
    kpi, reference = plan.kpi, make_reference(activity, period)
    current = here.current.get((kpi.id, organisation_id, reference))
    verified, counted, figures = here.add_days(kpi.id, period, organisation_id)
    if current is None and figures:
        step.before = plain(counted)
        if kpi.aggregation == SUM and Decimal(step.after) in (verified, counted):
            step.turn(SAME, _("What the partner reported for these days comes to this."))
        else:
            words = _("The partner reported figures for these days by other ways. Correct those, or leave this out.")
            step.turn(WRONG, words)
        return
    if kpi.aggregation in (COUNT, WEIGHTED_MEAN):
        step.turn(WRONG, _("Figures are counted or weighed in this KPI, and IATI tells neither numbers nor weights."))
        return
    if period.starts_on > here.today:
        step.turn(WRONG, _("These days are still to come."))
        return
    try:
        item = _make_item(plan, period, value, parts, reference, here, current)
    except Refused as refused:
        step.turn(WRONG, str(refused))
        return
    if current is not None:
        step.before = plain(current.value)
        step.becomes = SAME if current.said == item.said else CORRECTED
    plan.entries.append((step, (organisation_id, item, Origin("exchange", person_name=person_name))))


def _make_item(
    plan: KpiPlan,
    period: ReadPeriod,
    value: Value,
    parts: Parts,
    reference: str,
    here: Here,
    current: Current | None,
) -> Item:
    """The figure for the ledger. Of a period that is under way only the days until today are told of."""
    name = here.names[plan.kpi.id]
    comment = _CONTROL.sub(" ", value.comment)[:_COMMENT].strip() or None
    raw = {
        "kpi": name.key,
        "value": plain(value.number),
        "period_start": period.starts_on.isoformat(),
        "period_end": min(period.ends_on, here.today).isoformat(),
        "reference": reference,
        "parts": {each: {key: plain(number) for key, number in given.items()} for each, given in parts.items()},
        "parts_note": comment if parts else None,
        "note": comment,
    }
    if current is not None and current.period_end < here.today < period.ends_on and current.value == value.number:
        # The same again a day later is no correction.
        raw["period_end"] = current.period_end.isoformat()
    return read_item(raw, {name.key: name}, here.today, reported=False)


def _add(numbers: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for each in numbers:
        total = EXACT.add(total, each)
    return total
