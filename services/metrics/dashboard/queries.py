"""What a dashboard shows, read from the sums alone: a fixed number of small queries however long the ledger."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import Goal, Judgement, describe, judge
from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.queries import list_goals, list_kpis, list_kpis_of, list_target_changes
from services.metrics.known.queries import get_campaign, list_partners, name_organisations
from services.metrics.measurements.queries import Sums, list_month_sums, list_partner_sums
from shared.database.types import EXACT
from shared.identity import Identity

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Share:
    """What one partner contributed to a KPI; `name` is None until it is known."""

    organisation_id: UUID
    name: str | None
    verified: Decimal
    provisional: Decimal


@dataclass(frozen=True, slots=True)
class Point:
    """What was reported for one month, over all partners; `month` is its first day."""

    month: date
    verified: Decimal
    provisional: Decimal


@dataclass(frozen=True, slots=True)
class Footnote:
    """A target that was given up for another."""

    former: Decimal
    target: Decimal
    reason: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class KpiBoard:
    """One KPI as one viewer may see it: exact sums, how it stands, who contributed, month by month."""

    kpi_id: UUID
    key: str
    name: str
    unit: str
    direction: str
    verification: str
    version: int
    goal: Goal
    judgement: Judgement
    #: What the verified figures moved the KPI by.
    change: Decimal | None
    verified: Decimal
    provisional: Decimal
    by_partner: Sequence[Share]
    series: Sequence[Point]
    footnotes: Sequence[Footnote]

    @property
    def target(self) -> Decimal:
        return self.goal.target

    @property
    def baseline(self) -> Decimal:
        return self.goal.baseline

    @property
    def value(self) -> Decimal | None:
        """Where things stand: the baseline and what was verified since, or the level; None if nobody can say."""
        return None if self.change is None else EXACT.add(self.goal.baseline, self.change)

    @property
    def status(self) -> str:
        return self.judgement.status

    @property
    def progress(self) -> Decimal:
        return self.judgement.progress

    @property
    def provisional_progress(self) -> Decimal:
        """The share of the way that provisional figures would add."""
        return self.goal.measure_progress(self.provisional)

    @property
    def reason(self) -> str:
        return describe(self.judgement)


@dataclass(frozen=True, slots=True)
class Board:
    """A campaign's dashboard as one viewer may see it."""

    campaign: Any
    partners: Sequence[Any]
    kpis: Sequence[KpiBoard]


@dataclass(frozen=True, slots=True)
class Brief:
    """A KPI on the overview."""

    name: str
    judgement: Judgement

    @property
    def status(self) -> str:
        return self.judgement.status


def read_board(session: Session, viewer: Identity, campaign_id: UUID, today: date) -> Board:
    """The campaign's dashboard on `today`; raises `NotFound` like `get_campaign`."""
    campaign = get_campaign(session, viewer, campaign_id)
    partners = list_partners(session, campaign_id)
    kpis = list_kpis(session, campaign_id)
    ids = [kpi.id for kpi in kpis]
    standings = map_standings(session, ids)
    shares = _group(list_partner_sums(session, viewer, ids, today=today))
    months = _group(list_month_sums(session, viewer, ids, today=today))
    changes = defaultdict(list)
    for given_up in list_target_changes(session, ids):
        changes[given_up.kpi_id].append(
            Footnote(given_up.former, given_up.target, given_up.reason, given_up.created_at)
        )
    names = _name_partners(session, partners, shares)
    boards = []
    for kpi, goal in zip(kpis, list_goals(session, kpis), strict=True):
        standing, reported = standings[kpi.id], shares[kpi.id]
        seen = any(each.any for each in reported)
        change = _find_change(goal, standing)
        boards.append(
            KpiBoard(
                kpi_id=kpi.id,
                key=kpi.key,
                name=kpi.name,
                unit=kpi.unit,
                direction=kpi.direction,
                verification=kpi.verification,
                version=kpi.version,
                goal=goal,
                judgement=judge(goal, change, int(seen), standing.verified_figures, today),
                change=change,
                verified=standing.verified,
                provisional=_add_up(each.provisional for each in reported),
                by_partner=_list_shares(names, reported),
                series=[Point(each.month, each.verified, each.provisional) for each in months[kpi.id] if each.month],
                footnotes=changes[kpi.id],
            )
        )
    return Board(campaign, partners, boards)


def brief_campaigns(session: Session, campaign_ids: Sequence[UUID], today: date) -> Mapping[UUID, list[Brief]]:
    """The KPIs of these campaigns (which the viewer may see) in short, in a fixed number of queries."""
    kpis = list_kpis_of(session, campaign_ids)
    standings = map_standings(session, [kpi.id for kpi in kpis])
    briefs: defaultdict[UUID, list[Brief]] = defaultdict(list)
    for kpi, goal in zip(kpis, list_goals(session, kpis), strict=True):
        standing = standings[kpi.id]
        change = _find_change(goal, standing)
        judgement = judge(goal, change, standing.verified_figures, standing.verified_figures, today)
        briefs[kpi.campaign_id].append(Brief(kpi.name, judgement))
    return briefs


def _find_change(goal: Goal, standing: Any) -> Decimal | None:
    return goal.find_change(standing.verified, standing.verified_figures, standing.verified_weight)


def _group(sums: Sequence[Sums]) -> defaultdict[UUID, list[Sums]]:
    grouped: defaultdict[UUID, list[Sums]] = defaultdict(list)
    for each in sums:
        grouped[each.kpi_id].append(each)
    return grouped


def _name_partners(
    session: Session, partners: Sequence[Any], shares: Mapping[UUID, list[Sums]]
) -> dict[UUID, str | None]:
    """The campaign's partners, and those who reported and are none any more, by name."""
    names = {each.organisation_id: each.name for each in partners}
    former = {each.organisation_id for sums in shares.values() for each in sums if each.organisation_id} - names.keys()
    known = name_organisations(session, former) if former else {}
    return names | {each: known.get(each) for each in sorted(former)}


def _list_shares(names: Mapping[UUID, str | None], reported: Sequence[Sums]) -> list[Share]:
    """A share for each partner, the largest first; who has not reported yet has 0."""
    by_id = {each.organisation_id: each for each in reported}
    shares = []
    for organisation_id, name in names.items():
        sums = by_id.get(organisation_id)
        shares.append(
            Share(organisation_id, name, sums.verified if sums else NOTHING, sums.provisional if sums else NOTHING)
        )
    return sorted(shares, key=lambda each: -abs(each.verified))


def _add_up(figures: Any) -> Decimal:
    total = NOTHING
    for each in figures:
        total = EXACT.add(total, each)
    return total
