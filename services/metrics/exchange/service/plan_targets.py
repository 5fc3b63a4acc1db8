"""What a file says of a KPI's baseline, target and interim targets, held against what stands here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from services.metrics.alerts.judgement import Goal
from services.metrics.exchange.iati_reading import Value
from services.metrics.exchange.service.plan import (
    ADDED,
    BASELINE,
    CORRECTED,
    INTERIM,
    LEFT,
    SAME,
    TARGET,
    WRONG,
    KpiPlan,
    Step,
)
from services.metrics.indicators.service.targets import Interim, check_interims, check_target
from shared.errors import Invalid
from shared.fields import plain

Told = dict[date, tuple[Step, Decimal]]


@dataclass(slots=True)
class _Wanted:
    """What the file asks for: the baseline, the target, and what is wanted by which day on the way."""

    baseline: tuple[Step, Decimal] | None
    target: tuple[Step, Decimal] | None
    interims: Told


def plan_targets(plan: KpiPlan, goal: Goal) -> None:
    """Add the steps for the baseline and the targets, and what they change.

    A target whose period ends on the KPI's last day is the KPI's, one that ends before is an interim one. They go in
    together or not at all, since they have to fit each other. Interim targets that the file does not name stay.
    """
    wanted, present = _read_wanted(plan, goal), plan.present
    changed = _compare(wanted, goal, present)
    if not changed:
        return
    interims = {each.due_on: each for each in present}
    interims |= {day: Interim(day, value) for day, (_step, value) in wanted.interims.items()}
    merged = sorted(interims.values(), key=lambda each: each.due_on)
    baseline = wanted.baseline[1] if wanted.baseline else goal.baseline
    target = wanted.target[1] if wanted.target else goal.target
    try:
        check_target("increase" if goal.needed > 0 else "decrease", baseline, target)
        check_interims(replace(goal, baseline=baseline, target=target), merged)
    except Invalid as problem:
        for step in changed:
            step.turn(WRONG, " ".join(problem.fields.values()))
        return
    plan.baseline = baseline if baseline != goal.baseline else None
    plan.target = target if target != goal.target else None
    plan.interims = merged if merged != sorted(present, key=lambda each: each.due_on) else None


def leave_targets(plan: KpiPlan, reason: str) -> None:
    """Say of all of them that they stay as they are here."""
    for value in _list_values(plan):
        plan.steps.append(Step.at(value.node, TARGET, LEFT, after=plain(value.number), reason=reason))


def _list_values(plan: KpiPlan) -> list[Value]:
    return [*plan.indicator.baselines, *(each for period in plan.indicator.periods for each in period.targets)]


def _read_wanted(plan: KpiPlan, goal: Goal) -> _Wanted:
    wanted = _Wanted(None, None, {})
    for value in plan.indicator.baselines:
        step = _start(plan, value, BASELINE)
        if step.becomes != LEFT:
            wanted.baseline = step, value.number
    for period in plan.indicator.periods:
        for value in period.targets:
            final = period.ends_on == goal.ends_on
            step = _start(plan, value, TARGET if final else INTERIM)
            step.period = period.starts_on, period.ends_on
            if step.becomes == LEFT:
                continue
            if not goal.starts_on <= period.ends_on <= goal.ends_on:
                step.turn(WRONG, _say_outside(goal))
            elif final and wanted.target:
                _compare_twice(step, value.number, wanted.target)
            elif final:
                wanted.target = step, value.number
            elif period.ends_on in wanted.interims:
                _compare_twice(step, value.number, wanted.interims[period.ends_on])
            else:
                wanted.interims[period.ends_on] = step, value.number
    return wanted


def _start(plan: KpiPlan, value: Value, what: str) -> Step:
    step = Step.at(value.node, what, SAME, after=plain(value.number))
    if not value.is_whole:
        step.turn(LEFT, _("Baselines and targets of parts or places are not kept here."))
        step.parts = "; ".join(f"{name}: {part}" for name, part in value.parts)
    plan.steps.append(step)
    return step


def _say_outside(goal: Goal) -> str:
    words = _(
        "Its last day is not within the KPI's days, %(start)s to %(end)s.", start=goal.starts_on, end=goal.ends_on
    )
    return str(words)


def _compare_twice(step: Step, number: Decimal, first: tuple[Step, Decimal]) -> None:
    if number != first[1]:
        step.turn(WRONG, _("The target on line %(line)s is another for the same day.", line=first[0].line))


def _compare(wanted: _Wanted, goal: Goal, present: Sequence[Interim]) -> list[Step]:
    """Say of each step whether it changes something; returns those that do."""
    changed: list[Step] = []

    here = {each.due_on: each.value for each in present}
    pairs: list[tuple[tuple[Step, Decimal] | None, Decimal | None]] = [
        (wanted.baseline, goal.baseline),
        (wanted.target, goal.target),
        *((told, here.get(day)) for day, told in wanted.interims.items()),
    ]
    for told, former in pairs:
        if told is None or told[1] == former:
            continue
        step = told[0]
        step.becomes, step.before = (ADDED, "") if former is None else (CORRECTED, plain(former))
        changed.append(step)
    return changed
