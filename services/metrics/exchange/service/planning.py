"""Finding out what a file of results would do to a campaign: which KPI each indicator goes to, and what changes there.

Nothing is written here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import Goal
from services.metrics.alerts.queries import map_standings
from services.metrics.exchange.iati import PERCENTS, tell_level
from services.metrics.exchange.iati_reading import (
    NOMINAL,
    ORDINAL,
    PERCENTAGE,
    QUALITATIVE,
    UNIT,
    ReadActivity,
    ReadIndicator,
)
from services.metrics.exchange.service.plan import (
    ALL,
    OTHER,
    SKIP,
    UNSAID,
    WRONG,
    ActivityPlan,
    KpiPlan,
    Plan,
    Step,
)
from services.metrics.exchange.service.plan_actuals import MARK, Here, make_reference, plan_actuals
from services.metrics.exchange.service.plan_targets import leave_targets, plan_targets
from services.metrics.indicators.queries import list_goals, list_interims, list_names, list_whole_kpis, map_codes
from services.metrics.indicators.service.targets import Interim
from services.metrics.known.queries import Partner, get_campaign, list_partners
from services.metrics.measurements.queries import list_part_sums, map_current
from services.metrics.measurements.queries.totals import list_day_sums
from services.metrics.measurements.service.intake import enter_all
from shared.identity import Identity
from shared.tables.words import fold_title

#: By what an indicator's KPI was found.
BY_KEY, BY_CODE, BY_TITLE, BY_CHOICE = "key", "code", "title", "choice"
#: The ending of the choice that says whether an activity's targets are taken.
TARGETS = "targets"


def plan_import(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    activities: Sequence[ReadActivity],
    choices: Mapping[str, str],
    now: datetime,
) -> Plan:
    """What the activities would do to the campaign, `by` whom they would be brought in.

    `choices` are what people chose where the file leaves it open: place of an activity -> a partner's id, "all" or
    "skip"; the same and "targets" -> "no"; place of an indicator -> a KPI's key or "skip".
    """
    campaign = get_campaign(session, by, campaign_id)
    partners = list_partners(session, campaign.id)
    matcher = _Matcher(session, campaign.id)
    plans = []
    for activity in activities:
        source = _choose_source(activity, choices, partners, campaign, alone=len(activities) == 1)
        takes_targets = choices.get(activity.place + TARGETS) != "no"
        kpis = [] if source == SKIP else matcher.match(activity, choices)
        plans.append(ActivityPlan(activity, source, takes_targets, kpis))
    plan = Plan(plans, {name.kpi_id: name for name in list_names(session, [campaign.id])})
    _fill(session, by, plan, now)
    return plan


def _choose_source(
    activity: ReadActivity, choices: Mapping[str, str], partners: Sequence[Partner], campaign: Any, *, alone: bool
) -> UUID | str:
    """Whose figures an activity's are: as somebody chose, or as far as the file tells."""
    chosen, ids = choices.get(activity.place), {str(each.organisation_id): each.organisation_id for each in partners}
    if chosen in (ALL, SKIP):
        return chosen
    if chosen in ids:
        return ids[chosen]
    if activity.identifier.endswith(str(campaign.id)):
        return ALL
    named = {fold_title(name) for name in activity.reporters}
    found = [each.organisation_id for each in partners if each.name and fold_title(each.name) in named]
    if len(found) == 1:
        return found[0]
    if not alone and fold_title(campaign.title) not in map(fold_title, activity.titles):
        return SKIP
    return partners[0].organisation_id if len(partners) == 1 else UNSAID


class _Matcher:
    """Finds the KPI of an indicator: by its key, by a code of its definition, by its name."""

    def __init__(self, session: Session, campaign_id: UUID) -> None:
        self.kpis = list_whole_kpis(session, campaign_id)
        codes = map_codes(session, {kpi.indicator_id for kpi in self.kpis if kpi.indicator_id})
        self._keys = {kpi.key: kpi for kpi in self.kpis}
        self._ways: list[tuple[str, Mapping[str, list[Any]], Callable[[ReadIndicator], Iterable[str]]]] = [
            (BY_KEY, self._group(lambda kpi: [kpi.key]), _list_codes),
            (BY_CODE, self._group(lambda kpi: codes.get(kpi.indicator_id, ())), _list_codes),
            (BY_TITLE, self._group(_list_names), lambda each: map(fold_title, each.titles)),
        ]

    def match(self, activity: ReadActivity, choices: Mapping[str, str]) -> list[KpiPlan]:
        plans: list[KpiPlan] = []
        taken: dict[UUID, int] = {}
        for indicator in activity.indicators:
            plan = KpiPlan(indicator, *self._find(indicator, choices.get(indicator.place, "")))
            if plan.kpi is not None and plan.kpi.id in taken:
                words = _("The indicator on line %(line)s goes to this KPI already.", line=taken[plan.kpi.id])
                plan.steps.append(Step.at(indicator.node, OTHER, WRONG, reason=words))
            elif plan.kpi is not None:
                taken[plan.kpi.id] = indicator.node.line
            plans.append(plan)
        return plans

    def _find(self, indicator: ReadIndicator, chosen: str) -> tuple[Any, str]:
        if chosen:
            return self._keys.get(chosen), BY_CHOICE
        for how, known, tell in self._ways:
            found = {kpi.id: kpi for word in tell(indicator) for kpi in known.get(word, ())}
            if found:
                # Where several fit, nobody can tell which is meant.
                return (found.popitem()[1], how) if len(found) == 1 else (None, "")
        return None, ""

    def _group(self, tell: Callable[[Any], Iterable[str]]) -> Mapping[str, list[Any]]:
        grouped = defaultdict(list)
        for kpi in self.kpis:
            for word in set(tell(kpi)):
                grouped[word].append(kpi)
        return grouped


def _list_codes(indicator: ReadIndicator) -> list[str]:
    return [code for _vocabulary, code in indicator.references]


def _list_names(kpi: Any) -> list[str]:
    # We ourselves write the unit behind the name of an indicator.
    return [fold_title(kpi.name), fold_title(f"{kpi.name} ({kpi.unit})")]


def _fill(session: Session, by: Identity, plan: Plan, now: datetime) -> None:
    """Add what becomes of each value."""
    found = [each for each in plan.list_kpis() if each.kpi is not None and not each.steps]
    kpis = list({each.kpi.id: each.kpi for each in found}.values())
    goals = dict(zip([kpi.id for kpi in kpis], list_goals(session, kpis), strict=True))
    here = _read_here(session, by, plan, goals, now)
    present: defaultdict[UUID, list[Interim]] = defaultdict(list)
    for one in list_interims(session, kpis):
        present[one.kpi_id].append(Interim(one.due_on, one.value))
    set_by: dict[UUID, int] = {}
    for activity in plan.activities:
        for each in activity.kpis:
            if each not in found:
                continue
            each.present = present[each.kpi.id]
            each.steps += [Step.of_flaw(flaw) for flaw in each.indicator.flaws]
            if unfit := _find_unfit(each):
                each.steps.append(unfit)
                continue
            goal, earlier = goals[each.kpi.id], set_by.get(each.kpi.id)
            if not activity.takes_targets:
                leave_targets(each, _("Targets are not taken from this activity."))
            elif earlier:
                leave_targets(each, _("The one on line %(line)s says what this KPI is to reach.", line=earlier))
            else:
                set_by[each.kpi.id] = each.indicator.node.line
                plan_targets(each, goal)
            plan_actuals(each, activity.activity, activity.source, goal, here, by.name)
    _try(session, plan, now)


def _find_unfit(plan: KpiPlan) -> Step | None:
    """What keeps an indicator's numbers from being a KPI's."""
    measure, unit = plan.indicator.measure, plan.kpi.unit.strip().casefold()
    node, reason = plan.indicator.node, ""
    if measure == QUALITATIVE:
        reason = _("It is told in words. KPIs are numbers.")
    elif measure in (NOMINAL, ORDINAL):
        reason = _("It is measured in categories or ranks, which KPIs are not.")
    elif measure == PERCENTAGE and unit not in PERCENTS:
        reason = _("It is a percentage, and the KPI is in %(unit)s.", unit=plan.kpi.unit)
    elif measure not in (UNIT, PERCENTAGE):
        reason = _("“%(code)s” is no measure of IATI.", code=measure[:20])
    elif plan.indicator.ascending is not (plan.kpi.direction == "increase"):
        reason = _("Here more is better and there less, or the other way round.")
    if not reason:
        return None
    return Step(OTHER, node.line, f"{node.path}/@measure", WRONG, reason=reason)


def _read_here(session: Session, by: Identity, plan: Plan, goals: Mapping[UUID, Goal], now: datetime) -> Here:
    periods = [
        (activity, each, period)
        for activity in plan.activities
        for each in activity.kpis
        if each.kpi is not None and each.kpi.id in goals
        for period in each.indicator.periods
        if period.actuals
    ]
    ids = sorted(goals)
    days, parts = defaultdict(list), defaultdict(list)
    if periods:
        first, last = min(one.starts_on for *_rest, one in periods), max(one.ends_on for *_rest, one in periods)
        for each_day in list_day_sums(session, ids, first, last, MARK):
            days[each_day.kpi_id].append(each_day)
        for part in list_part_sums(session, by, ids):
            parts[part.kpi_id].append(part)
    keys = {
        (each.kpi.id, activity.source, make_reference(activity.activity, period))
        for activity, each, period in periods
        if isinstance(activity.source, UUID)
    }
    levels = {}
    for kpi_id, standing in map_standings(session, ids).items():
        sums = standing.verified, standing.verified_figures, standing.verified_weight
        levels[kpi_id] = tell_level(goals[kpi_id], *sums)
    return Here(plan.names, levels, days, parts, map_current(session, keys), now.date())


def _try(session: Session, plan: Plan, now: datetime) -> None:
    """Let the ledger say what it would refuse, such as what was rejected before."""
    told = [pair for each in plan.list_kpis() for pair in each.entries]
    refusals = enter_all(session, [entry for _step, entry in told], plan.names, now, trial=True)
    for (step, _entry), refused in zip(told, refusals, strict=True):
        if refused:
            step.turn(WRONG, refused)
