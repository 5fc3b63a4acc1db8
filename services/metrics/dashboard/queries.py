"""What a dashboard shows, read from the sums alone: a fixed number of small queries however long the ledger."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import NO_DATA, Goal, Judgement, describe, describe_no_value, judge
from services.metrics.alerts.levels import ADDED, DERIVED, PICKED
from services.metrics.dashboard.forecast import Forecast, make_forecast
from services.metrics.dashboard.parts import Part, add_up_parts, is_split_by, list_totals
from services.metrics.dashboard.series import Point, fold_months, fold_partners, make_series
from services.metrics.indicators.formulas import parse_formula
from services.metrics.indicators.periods import MONTHS
from services.metrics.indicators.queries import list_goals, list_standing_kpis, list_target_changes
from services.metrics.known.queries import Running, get_campaign, list_marks, list_partners, name_organisations
from services.metrics.measurements.queries import PartSums, list_part_sums
from services.metrics.measurements.queries.overdue import list_overdue
from services.metrics.measurements.queries.records import JointNote, list_joint_work
from services.metrics.measurements.queries.totals import (
    EVERYTHING,
    Selection,
    Total,
    list_month_totals,
    list_partner_totals,
)
from shared.database.types import EXACT
from shared.identity import Identity

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Share:
    """What one partner contributed to a KPI, as a level; `name` is None until it is known."""

    organisation_id: UUID
    name: str | None
    verified: Decimal | None
    provisional: Decimal | None


@dataclass(frozen=True, slots=True)
class Interim:
    """Where a KPI should stand on the way."""

    due_on: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class Overdue:
    """A period that a partner owes the figures of; they were in time until `due_on`."""

    organisation_id: UUID
    name: str | None
    period_start: date
    period_end: date
    due_on: date


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
    frequency: str
    version: int
    goal: Goal
    judgement: Judgement
    #: What the verified figures moved the KPI by.
    change: Decimal | None
    #: What the figures come to, without the baseline; None where they come to nothing that one can say.
    verified: Decimal | None
    provisional: Decimal | None
    #: False where a part is asked for that its figures are not parted by: then there are none.
    is_split: bool
    by_partner: Sequence[Share]
    by_part: Sequence[Part]
    series: Sequence[Point]
    interim: Sequence[Interim]
    forecast: Forecast | None
    #: By what figures are parted, as in `Kpi.dimensions`.
    dimensions: Sequence[Mapping[str, Any]]
    footnotes: Sequence[Footnote]
    #: Joint work and adjustments among the figures, in the order in which they were entered.
    joint: Sequence[JointNote]
    #: What is owed by the agreed frequency, what is due the longest first; a liaison sees their own.
    overdue: Sequence[Overdue]
    #: For what is worked out and has no value: by which KPIs it can't be divided yet.
    divisors: Sequence[str]
    #: How many figures of those that the viewer may see are provisional, in what it is narrowed to.
    provisional_figures: int

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
        """The share of the way that provisional figures would add; 0 where they don't add up."""
        if self.provisional is None or self.goal.aggregation not in ADDED:
            return NOTHING
        return self.goal.measure_progress(self.provisional)

    def explain(self, translate: Callable[[str], str]) -> str:
        """Why it stands as it does, in words."""
        worked_out = self.goal.aggregation in DERIVED or self.divisors
        if self.status == NO_DATA and worked_out and self.judgement.begun:
            return describe_no_value(self.divisors, translate)
        return describe(self.judgement, translate)

    @property
    def reason(self) -> str:
        return self.explain(str)


@dataclass(frozen=True, slots=True)
class Board:
    """A campaign's dashboard as one viewer may see it."""

    campaign: Any
    partners: Sequence[Any]
    kpis: Sequence[KpiBoard]
    #: Decisions and milestones, in the order of their days.
    marks: Sequence[Any]
    #: What figures, shares and series are narrowed to; how a KPI stands is always told of all.
    chosen: Selection


def read_board(
    session: Session, viewer: Identity, campaign_id: UUID, today: date, chosen: Selection = EVERYTHING
) -> Board:
    """The campaign's dashboard on `today`, its figures narrowed to `chosen`; raises `NotFound` like `get_campaign`."""
    campaign = get_campaign(session, viewer, campaign_id)
    partners = list_partners(session, campaign_id)
    standing_kpis = list_standing_kpis(session, campaign_id)
    kpis = [kpi for kpi, _standing in standing_kpis]
    standings = {kpi.id: standing for kpi, standing in standing_kpis}
    ids = list(standings)
    whole = _group(list_partner_totals(session, viewer, ids, today=today))
    parted = _read_parted(session, viewer, kpis, today, chosen)
    months = _read_months(session, viewer, kpis, today, chosen, parted)
    parts = add_up_parts(parted)
    footnotes = _map_footnotes(session, kpis)
    joint = _map_joint(session, viewer, ids, today)
    reported_by = {each.organisation_id for sums in whole.values() for each in sums}
    names = _name_partners(session, partners, reported_by, chosen)
    overdue = _map_overdue(session, viewer, kpis, names)
    series = _follow_all(kpis, months)
    counted = months if chosen else whole
    goals = list_goals(session, kpis, {campaign.id: Running(campaign.starts_on, campaign.ends_on)})
    levels = _list_levels(kpis, goals, standings)
    boards = []
    for kpi, goal in zip(kpis, goals, strict=True):
        standing = standings[kpi.id]
        seen = any(each.verified_figures or each.provisional_figures for each in whole[kpi.id])
        change = _find_change(goal, standing)
        is_split = is_split_by(kpi, chosen.part)
        verified, provisional = _come_to(kpi, change, counted[kpi.id]) if is_split else (None, None)
        boards.append(
            KpiBoard(
                kpi_id=kpi.id,
                key=kpi.key,
                name=kpi.name,
                unit=kpi.unit,
                direction=kpi.direction,
                verification=kpi.verification,
                frequency=kpi.frequency,
                version=kpi.version,
                goal=goal,
                judgement=judge(goal, change, int(seen), standing.verified_figures, today),
                change=change,
                verified=verified,
                provisional=provisional,
                is_split=is_split,
                by_partner=_list_shares(kpi.aggregation, names, counted[kpi.id]) if is_split else [],
                by_part=parts[kpi.id],
                series=series[kpi.id] if is_split else [],
                interim=[Interim(each.due_on, each.value) for each in kpi.interims],
                forecast=None if chosen else make_forecast(series[kpi.id], goal, today, MONTHS.get(kpi.frequency, 1)),
                dimensions=kpi.dimensions,
                footnotes=footnotes[kpi.id],
                joint=joint[kpi.id],
                overdue=overdue[kpi.id],
                divisors=_find_divisors(kpi, change, levels),
                provisional_figures=sum(each.provisional_figures for each in counted[kpi.id]),
            )
        )
    return Board(campaign, partners, boards, list_marks(session, campaign_id), chosen)


def _follow_all(kpis: Sequence[Any], months: Mapping[UUID, Sequence[Total]]) -> dict[UUID, list[Point]]:
    """The way of each KPI; of those that are worked out from others, by the ways of these."""
    series = {
        kpi.id: make_series(kpi.aggregation, kpi.baseline, months[kpi.id])
        for kpi in kpis
        if kpi.aggregation not in DERIVED
    }
    begin = {kpi.key: kpi.baseline if kpi.aggregation in ADDED else None for kpi in kpis}
    levels = {kpi.key: {each.month: each.level for each in series[kpi.id]} for kpi in kpis if kpi.id in series}
    for kpi in kpis:
        if kpi.aggregation in DERIVED:
            way = parse_formula(kpi.formula).follow(begin, levels)
            series[kpi.id] = [Point(month, level, None, level, level) for month, level in way]
    return series


def _come_to(kpi: Any, change: Decimal | None, totals: Sequence[Total]) -> tuple[Decimal | None, Decimal | None]:
    """What its figures come to, verified and provisional; what is worked out is nowhere provisional."""
    if kpi.aggregation in DERIVED:
        return None if change is None else EXACT.add(kpi.baseline, change), None
    return fold_partners(kpi.aggregation, totals)


def _read_months(
    session: Session,
    viewer: Identity,
    kpis: Sequence[Any],
    today: date,
    chosen: Selection,
    parted: Sequence[PartSums],
) -> defaultdict[UUID, list[Total]]:
    """The months of these KPIs; of each partner where that is needed to make a level of them, or a share."""
    if chosen.part:
        return _group(list_totals(parted, chosen.part))
    found: list[Total] = []
    for by_partner in (False, True):
        ids = [kpi.id for kpi in kpis if (bool(chosen) or kpi.aggregation in PICKED) is by_partner]
        if ids:
            found += list_month_totals(session, viewer, ids, today=today, by_partner=by_partner, chosen=chosen)
    return _group(found)


def _read_parted(
    session: Session, viewer: Identity, kpis: Sequence[Any], today: date, chosen: Selection
) -> list[PartSums]:
    """What was reported in parts, by month and partner."""
    parted = [kpi.id for kpi in kpis if kpi.dimensions]
    sums = list_part_sums(session, viewer, parted, today=today) if parted else ()
    return [each for each in sums if chosen.holds(each.organisation_id, each.month)]


def _map_footnotes(session: Session, kpis: Sequence[Any]) -> Mapping[UUID, list[Footnote]]:
    footnotes: defaultdict[UUID, list[Footnote]] = defaultdict(list)
    for given_up in list_target_changes(session, [kpi.id for kpi in kpis if kpi.target_number > 1]):
        footnotes[given_up.kpi_id].append(
            Footnote(given_up.former, given_up.target, given_up.reason, given_up.created_at)
        )
    return footnotes


def _find_change(goal: Goal, standing: Any) -> Decimal | None:
    return goal.find_change(standing.verified, standing.verified_figures, standing.verified_weight)


def _list_levels(
    kpis: Sequence[Any], goals: Sequence[Goal], standings: Mapping[UUID, Any]
) -> dict[str, tuple[str, Decimal | None]]:
    """The name of each KPI and where it stands, by key."""
    levels = {}
    for kpi, goal in zip(kpis, goals, strict=True):
        change = _find_change(goal, standings[kpi.id])
        levels[kpi.key] = (kpi.name, None if change is None else EXACT.add(goal.baseline, change))
    return levels


def _find_divisors(kpi: Any, change: Decimal | None, levels: Mapping[str, tuple[str, Decimal | None]]) -> list[str]:
    """By what a KPI without a value can't be divided: names of others, for a ratio or a formula."""
    if change is not None or kpi.formula is None:
        return []
    values = {key: level for key, (_name, level) in levels.items()}
    return [levels[key][0] for key in parse_formula(kpi.formula).list_zero_divisors(values) if key in levels]


def _map_joint(
    session: Session, viewer: Identity, kpi_ids: Sequence[UUID], today: date
) -> defaultdict[UUID, list[JointNote]]:
    joint: defaultdict[UUID, list[JointNote]] = defaultdict(list)
    for note in list_joint_work(session, viewer, kpi_ids, today=today):
        joint[note.kpi_id].append(note)
    return joint


def _map_overdue(
    session: Session, viewer: Identity, kpis: Sequence[Any], names: Mapping[UUID, str | None]
) -> defaultdict[UUID, list[Overdue]]:
    overdue: defaultdict[UUID, list[Overdue]] = defaultdict(list)
    asked_for = [kpi.id for kpi in kpis if kpi.frequency != "none"]
    for each in list_overdue(session, viewer, asked_for) if asked_for else ():
        if each.organisation_id in names:
            name = names[each.organisation_id]
            told = Overdue(each.organisation_id, name, each.period_start, each.period_end, each.due_on)
            overdue[each.kpi_id].append(told)
    return overdue


def _group(totals: Iterable[Total]) -> defaultdict[UUID, list[Total]]:
    grouped: defaultdict[UUID, list[Total]] = defaultdict(list)
    for each in totals:
        grouped[each.kpi_id].append(each)
    return grouped


def _name_partners(
    session: Session, partners: Sequence[Any], reported: Iterable[UUID | None], chosen: Selection
) -> dict[UUID, str | None]:
    """The campaign's partners, and those who reported and are none any more, by name."""
    names = {each.organisation_id: each.name for each in partners}
    former = {each for each in reported if each} - names.keys()
    known = name_organisations(session, former) if former else {}
    names |= {each: known.get(each) for each in sorted(former)}
    return {each: name for each, name in names.items() if chosen.organisation_id in (None, each)}


def _list_shares(aggregation: str, names: Mapping[UUID, str | None], reported: Sequence[Total]) -> list[Share]:
    """A share for each partner, the largest first; who has not reported yet has 0, or nothing where 0 says too much."""
    own: defaultdict[UUID | None, list[Total]] = defaultdict(list)
    for each in reported:
        own[each.organisation_id].append(each)
    shares = [Share(each, name, *fold_months(aggregation, own[each])) for each, name in names.items()]
    return sorted(shares, key=lambda each: -abs(each.verified or NOTHING))
