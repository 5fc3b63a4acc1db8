"""Use case: a campaign's results as IATI tells them, from the sums, without a look at the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import Goal
from services.metrics.alerts.levels import SUM
from services.metrics.alerts.queries import map_standings
from services.metrics.exchange.iati import Activity, Actual, Period, Result, last_day, name_parts
from services.metrics.indicators.queries import list_goals, list_whole_kpis
from services.metrics.known.queries import get_campaign, list_partners
from services.metrics.measurements.queries import PartSums, list_month_sums, list_part_sums
from shared.database.types import EXACT
from shared.identity import Identity


def tell_results(session: Session, by: Identity, campaign_id: UUID, publisher: str, publisher_name: str) -> Activity:
    """The campaign with what is verified of each KPI.

    A KPI has a period from its first day to its last with the target and where it stands, one up to each interim
    target, and, where figures are added up, one for each month with what was added then.
    """
    campaign = get_campaign(session, by, campaign_id)
    kpis = list_whole_kpis(session, campaign.id)
    ids = [kpi.id for kpi in kpis]
    standings = map_standings(session, ids)
    months: defaultdict[UUID, list[tuple[date, Decimal]]] = defaultdict(list)
    for sums in list_month_sums(session, by, ids):
        if sums.month is not None:
            months[sums.kpi_id].append((sums.month, sums.verified))
    parts: defaultdict[UUID, list[PartSums]] = defaultdict(list)
    for part in list_part_sums(session, by, ids):
        parts[part.kpi_id].append(part)
    results = []
    for kpi, goal in zip(kpis, list_goals(session, kpis), strict=True):
        standing = standings[kpi.id]
        change = goal.find_change(standing.verified, standing.verified_figures, standing.verified_weight)
        level = None if change is None else EXACT.add(goal.baseline, change)
        names = name_parts(kpi.dimensions)
        added = kpi.aggregation == SUM
        periods = [_tell_whole(goal, level, _add_parts(parts[kpi.id], names))]
        periods += [Period(goal.starts_on, each.due_on, each.value) for each in kpi.interims]
        for month, verified in months[kpi.id] if added else ():
            of_month = _add_parts([each for each in parts[kpi.id] if each.month == month], names)
            periods.append(Period(month, last_day(month), None, [Actual(verified), *of_month]))
        results.append(
            Result(
                kpi.key, kpi.name, kpi.unit, kpi.means, kpi.direction == "increase", added, kpi.baseline,
                goal.starts_on, periods,
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


def _add_parts(parts: Sequence[PartSums], names: dict[tuple[str, str], tuple[str, str]]) -> list[Actual]:
    """What is verified of each category, over partners and months; what the KPI no longer knows keeps its keys."""
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for each in parts:
        at = each.dimension, each.category
        sums[at] = EXACT.add(sums[at], each.verified)
    return [Actual(value, names.get(at, at)) for at, value in sorted(sums.items())]
