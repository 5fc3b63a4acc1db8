"""Use case: a campaign's results as IATI tells them, from the sums, without a look at the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import Goal
from services.metrics.alerts.levels import SUM
from services.metrics.alerts.queries import map_standings
from services.metrics.exchange.iati import PERCENTS, Activity, Actual, Period, Result, last_day, name_parts, tell_level
from services.metrics.indicators.queries import list_goals, list_whole_kpis
from services.metrics.known.queries import get_campaign, list_partners
from services.metrics.measurements.queries import PartSums, list_part_sums
from services.metrics.measurements.queries.totals import EVERYTHING, list_month_totals
from shared.database.types import EXACT
from shared.identity import Identity


def tell_results(
    session: Session, by: Identity, campaign_id: UUID, publisher: str, publisher_name: str, today: date
) -> Activity:
    """The campaign with what is verified of each KPI.

    A KPI has a period from its first day to its last with the target and where it stands, one up to each interim
    target, and, where figures are added up, one for each month with what was added then.
    """
    campaign = get_campaign(session, by, campaign_id)
    kpis = list_whole_kpis(session, campaign.id)
    ids = [kpi.id for kpi in kpis]
    standings = map_standings(session, ids)
    months: defaultdict[UUID, list[tuple[date, Decimal]]] = defaultdict(list)
    for sums in list_month_totals(session, by, ids, today=today, by_partner=False, chosen=EVERYTHING):
        if sums.month is not None and sums.verified_figures:
            months[sums.kpi_id].append((sums.month, sums.verified))
    parts: defaultdict[UUID, list[PartSums]] = defaultdict(list)
    for part in list_part_sums(session, by, ids):
        parts[part.kpi_id].append(part)
    results = []
    for kpi, goal in zip(kpis, list_goals(session, kpis), strict=True):
        standing = standings[kpi.id]
        level = tell_level(goal, standing.verified, standing.verified_figures, standing.verified_weight)
        if not standing.verified_figures and kpi.formula is None:
            level = None
        names = name_parts(kpi.dimensions)
        added = kpi.aggregation == SUM
        told = {(goal.starts_on, goal.ends_on): _tell_whole(goal, level, _add_parts(parts[kpi.id], names))}
        for month, verified in months[kpi.id] if added else ():
            of_month = _add_parts([each for each in parts[kpi.id] if each.month == month], names)
            days = month, last_day(month)
            told.setdefault(days, Period(*days, None, [_tell_sum(verified, of_month), *of_month]))
        for each in kpi.interims:
            days = goal.starts_on, each.due_on
            if each.due_on < goal.ends_on:
                told[days] = replace(told.get(days, Period(*days)), target=each.value)
        # A period that holds others stands before them.
        periods = sorted(told.values(), key=lambda period: (period.starts_on, -period.ends_on.toordinal()))
        results.append(
            Result(
                kpi.key, kpi.name, kpi.unit, kpi.means, kpi.direction == "increase", added, kpi.baseline,
                goal.starts_on, periods, percent=kpi.unit.strip().casefold() in PERCENTS,
            )
        )  # fmt: skip
    partners = [each.name for each in list_partners(session, campaign.id) if each.name]
    return Activity(
        f"{publisher}-{campaign.id}", publisher, publisher_name, campaign.title, campaign.cause or campaign.title,
        partners, campaign.starts_on, campaign.ends_on, results,
    )  # fmt: skip


def _tell_whole(goal: Goal, level: Decimal | None, parts: Sequence[Actual]) -> Period:
    words = _("Where it stands, the baseline included.")
    stands = [] if level is None else [Actual(level, comment=words)]
    return Period(goal.starts_on, goal.ends_on, goal.target, [*stands, *parts])


def _tell_sum(verified: Decimal, parts: Sequence[Actual]) -> Actual:
    """What was added in a month, with a word on parts that don't come to it: who reads them would wonder."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in parts:
        if each.part:
            sums[each.part[0]] = EXACT.add(sums[each.part[0]], each.value)
    whole = all(amount == verified for amount in sums.values())
    return Actual(verified, comment="" if whole else _("Not every figure in it was reported in parts."))


def _add_parts(parts: Sequence[PartSums], names: dict[tuple[str, str], tuple[str, str]]) -> list[Actual]:
    """What is verified of each category, over partners and months; what the KPI no longer knows keeps its keys."""
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for each in parts:
        at = each.dimension, each.category
        sums[at] = EXACT.add(sums[at], each.verified)
    return [Actual(value, names.get(at, at)) for at, value in sorted(sums.items())]
