"""All campaigns at a glance: how each stands, by the worst of its KPIs, and what is owed there."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.metrics.alerts.judgement import NO_DATA, RANKS, Judgement, describe, describe_no_value, judge
from services.metrics.alerts.levels import DERIVED
from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.queries import list_goals, list_kpis_of, rank_campaigns
from services.metrics.known.queries import Ranking, Wanted, count_campaigns, find_campaigns
from services.metrics.measurements.queries.overdue import count_owed, select_owing
from shared.identity import Identity

#: A filter beside the states: campaigns in which figures are owed.
OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Brief:
    """A KPI on the overview."""

    name: str
    judgement: Judgement
    is_worked_out: bool

    @property
    def status(self) -> str:
        return self.judgement.status

    def explain(self, translate: Callable[[str], str]) -> str:
        """Why it stands so, in words."""
        if self.status == NO_DATA and self.is_worked_out and self.judgement.begun:
            return describe_no_value((), translate)
        return describe(self.judgement, translate)


@dataclass(frozen=True, slots=True)
class Card:
    """A campaign on the overview, its KPIs the worst first."""

    campaign: Any
    kpis: Sequence[Brief]
    #: Of how many periods figures are owed, as far as the viewer may see.
    owed: int

    @property
    def status(self) -> str:
        """That of the worst KPI; those of which nothing is known say nothing where others do."""
        known = [each.status for each in self.kpis if each.status != NO_DATA]
        return min(known, key=RANKS.__getitem__, default=NO_DATA)


@dataclass(frozen=True, slots=True)
class Overview:
    """One page of campaigns, and how many there are like these, and in all."""

    cards: Sequence[Card]
    next_cursor: str | None
    matching: int
    total: int


def read_overview(
    session: Any,
    viewer: Identity,
    today: date,
    *,
    search: str,
    state: str,
    cause: str,
    sort: str,
    cursor: str | None,
    limit: int,
) -> Overview:
    """The campaigns that fit, in a fixed number of queries. `state` is one of the states of a KPI, or `OVERDUE`."""
    ranking = Ranking(rank_campaigns(), RANKS[NO_DATA], len(RANKS))
    wanted = Wanted(search, cause, RANKS.get(state), select_owing(viewer) if state == OVERDUE else None)
    page = find_campaigns(session, viewer, ranking, wanted, today, sort=sort, cursor=cursor, limit=limit)
    ids = [campaign.id for campaign in page.items]
    briefs, owed = _brief(session, ids, today), count_owed(session, viewer, ids)
    return Overview(
        [Card(campaign, briefs[campaign.id], owed.get(campaign.id, 0)) for campaign in page.items],
        page.next_cursor,
        count_campaigns(session, viewer, ranking, wanted),
        count_campaigns(session, viewer),
    )


def _brief(session: Any, campaign_ids: Sequence[UUID], today: date) -> Mapping[UUID, list[Brief]]:
    """The KPIs of these campaigns (which the viewer may see) in short."""
    kpis = list_kpis_of(session, campaign_ids)
    standings = map_standings(session, [kpi.id for kpi in kpis])
    briefs: defaultdict[UUID, list[Brief]] = defaultdict(list)
    for kpi, goal in zip(kpis, list_goals(session, kpis), strict=True):
        standing = standings[kpi.id]
        change = goal.find_change(standing.verified, standing.verified_figures, standing.verified_weight)
        judgement = judge(goal, change, standing.verified_figures, standing.verified_figures, today)
        briefs[kpi.campaign_id].append(Brief(kpi.name, judgement, kpi.aggregation in DERIVED))
    for own in briefs.values():
        own.sort(key=lambda each: RANKS[each.status])
    return briefs
