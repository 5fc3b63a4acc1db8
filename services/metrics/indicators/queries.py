"""Every SELECT on KPIs and their targets."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.orm import Session, joinedload, selectinload

from services.metrics.alerts.judgement import INTERIM, SEASONAL, STRAIGHT, Goal, Plan
from services.metrics.alerts.levels import DERIVED, SUM
from services.metrics.alerts.plans import plan_by_interim, plan_by_seasons
from services.metrics.alerts.queries import add_standing, map_seasons, rank_standings, select_learned_since
from services.metrics.indicators.models import (
    AUTOMATIC,
    KEY,
    Indicator,
    InterimTarget,
    Kpi,
    KpiInput,
    KpiReporter,
    KpiSource,
    Signature,
    TargetChange,
)
from services.metrics.known.queries import Running, add_periods, get_campaign, map_partners, map_periods
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

# Every delivery asks these, and putting a question together costs more than asking it.
_IDS: Any = bindparam("ids", expanding=True)
#: In the order of the fields of `Goal`.
_GOALS = add_periods(
    select(
        Kpi.id,
        Kpi.campaign_id,
        Kpi.key,
        Kpi.name,
        Kpi.unit,
        Kpi.aggregation,
        Kpi.baseline,
        Kpi.target,
        Kpi.target_number,
    ).where(Kpi.id.in_(_IDS)),
    Kpi.campaign_id,
    Kpi.begins_on,
    Kpi.due_on,
).add_columns(Kpi.pace, select(KpiInput.kpi_id).where(KpiInput.input_id == Kpi.id).exists())
_NAMES = (
    select(Kpi.campaign_id, Kpi.key, Kpi.id, Kpi.verification, Kpi.aggregation, Kpi.dimensions, KpiSource.source)
    .outerjoin(KpiSource, KpiSource.kpi_id == Kpi.id)
    .where(Kpi.campaign_id.in_(_IDS))
)

_ASKED_FOR = (Kpi.frequency != "none", Kpi.aggregation.not_in(DERIVED))

# Every dashboard asks these.
_OF_CAMPAIGN = select(Kpi).where(Kpi.campaign_id == bindparam("campaign")).order_by(Kpi.id)
_STANDING = add_standing(_OF_CAMPAIGN, Kpi.id).options(joinedload(Kpi.interims))
_CHANGES = select(TargetChange).where(TargetChange.kpi_id.in_(_IDS)).order_by(TargetChange.kpi_id, TargetChange.number)
_INTERIMS = (
    select(InterimTarget).where(InterimTarget.kpi_id.in_(_IDS)).order_by(InterimTarget.kpi_id, InterimTarget.due_on)
)


@dataclass(frozen=True, slots=True)
class Name:
    """What partners call a KPI; `is_automatic` if its figures count as verified when they come in."""

    campaign_id: UUID
    key: str
    kpi_id: UUID
    is_automatic: bool
    aggregation: str
    #: As in `Kpi.dimensions`.
    dimensions: Sequence[Mapping[str, Any]] = ()
    #: Set where its figures come from other reports; see `KpiSource`.
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """From which reports a KPI takes its figures, as in `KpiSource`; no `source` means measurements."""

    kpi_id: UUID
    campaign_id: UUID
    source: str
    measure: str
    only_kind: str
    only_unit: str


@dataclass(frozen=True, slots=True)
class Reporting:
    """How often, between which days and by whom a KPI is to be reported."""

    kpi_id: UUID
    campaign_id: UUID
    frequency: str
    grace_days: int
    starts_on: date
    ends_on: date
    reporters: Sequence[UUID]
    #: When it was made: what was due before, nobody was asked for.
    made_at: datetime
    key: str
    name: str


def get_kpi(session: Session, viewer: Identity, campaign_id: UUID, key: str) -> Kpi:
    """The campaign's KPI of this key; raises `NotFound` if there is none or the viewer may not see it."""
    get_campaign(session, viewer, campaign_id)
    found = find_kpi(session, campaign_id, key)
    if found is None:
        raise NotFound("This campaign has no such KPI.")
    return found


def get_visible_kpi(session: Session, viewer: Identity, kpi_id: UUID) -> Kpi:
    """The KPI with this id; raises `NotFound` as `get_kpi` does."""
    found = session.get(Kpi, kpi_id)
    if found is None:
        raise NotFound("There is no such KPI.")
    get_campaign(session, viewer, found.campaign_id)
    return found


def find_kpi(session: Session, campaign_id: UUID, key: str) -> Kpi | None:
    if not KEY.match(key):
        return None
    return session.scalar(select(Kpi).where(Kpi.campaign_id == campaign_id, Kpi.key == key))


def get_kpi_by_id(session: Session, kpi_id: UUID) -> Kpi:
    """The KPI that another one's column points to."""
    return session.get_one(Kpi, kpi_id)


def list_kpis(session: Session, campaign_id: UUID) -> Sequence[Kpi]:
    """The campaign's KPIs in the order in which they were made."""
    return session.scalars(_OF_CAMPAIGN, {"campaign": campaign_id}).all()


def list_standing_kpis(session: Session, campaign_id: UUID) -> list[tuple[Kpi, Any]]:
    """The same, each with its interim targets and its `Standing`, in one query."""
    rows = session.execute(_STANDING, {"campaign": campaign_id}).unique()
    return [(kpi, standing) for kpi, standing in rows]


def list_whole_kpis(session: Session, campaign_id: UUID) -> Sequence[Kpi]:
    """The same, each with who reports it and its interim targets."""
    whole = selectinload(Kpi._reporting), selectinload(Kpi.interims)
    found = select(Kpi).where(Kpi.campaign_id == campaign_id).options(*whole)
    return session.scalars(found.order_by(Kpi.id)).all()


def list_follow_ups(session: Session, kpi_ids: Collection[UUID]) -> Sequence[Kpi]:
    """The KPIs that follow these up, those that are due first first."""
    found = select(Kpi).where(Kpi.follows_id.in_(kpi_ids)).order_by(Kpi.follows_id, Kpi.follow_months)
    return session.scalars(found).all()


def list_kpis_of(session: Session, campaign_ids: Collection[UUID]) -> Sequence[Kpi]:
    """The KPIs of several campaigns, in one query."""
    return session.scalars(select(Kpi).where(Kpi.campaign_id.in_(campaign_ids)).order_by(Kpi.id)).all()


def rank_campaigns() -> Any:
    """Each campaign that has KPIs, and the rank of the worst of these; see `rank_standings`."""
    ranked = rank_standings()
    worst = func.min(ranked.c.rank).label("rank")
    found = select(Kpi.campaign_id, worst).join(ranked, ranked.c.kpi_id == Kpi.id)
    return found.group_by(Kpi.campaign_id).subquery()


def list_all_ids(session: Session, campaign_id: UUID | None = None) -> Sequence[UUID]:
    """The ids of all KPIs, or of one campaign's."""
    found = select(Kpi.id).order_by(Kpi.id)
    return session.scalars(found.where(Kpi.campaign_id == campaign_id) if campaign_id else found).all()


def list_target_changes(session: Session, kpi_ids: Collection[UUID]) -> Sequence[TargetChange]:
    """How the targets of these KPIs changed, the first change first."""
    if not kpi_ids:
        return []
    return session.scalars(_CHANGES, {"ids": list(kpi_ids)}).all()


def list_inputs(session: Session, kpi_ids: Collection[UUID]) -> Mapping[UUID, list[UUID]]:
    """From which KPIs each of these is worked out; those that are reported are left out."""
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    rows = select(KpiInput.kpi_id, KpiInput.input_id).where(KpiInput.kpi_id.in_(kpi_ids)).order_by(KpiInput.input_id)
    for kpi_id, input_id in session.execute(rows):
        found[kpi_id].append(input_id)
    return found


def list_fed(session: Session, input_ids: Collection[UUID]) -> Sequence[UUID]:
    """The ids of the KPIs that are worked out from any of these."""
    found = select(KpiInput.kpi_id).where(KpiInput.input_id.in_(input_ids)).distinct()
    return session.scalars(found.order_by(KpiInput.kpi_id)).all()


def map_formulas(session: Session, kpi_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The formulas of those among these KPIs that have one."""
    rows = session.execute(select(Kpi.id, Kpi.formula).where(Kpi.id.in_(kpi_ids), Kpi.formula.is_not(None)))
    return {row.id: row.formula for row in rows}


def list_interims(session: Session, kpis: Sequence[Kpi]) -> Sequence[InterimTarget]:
    """What these KPIs should have reached by when on the way to their present targets, in the order of days."""
    present = {(kpi.id, kpi.target_number) for kpi in kpis}
    found = session.scalars(_INTERIMS, {"ids": [kpi.id for kpi in kpis]})
    return [each for each in found if (each.kpi_id, each.target_number) in present]


def list_signatures(session: Session, kpi_id: UUID) -> Sequence[Signature]:
    """Everything that was signed for the KPI, the newest first."""
    found = select(Signature).where(Signature.kpi_id == kpi_id)
    return session.scalars(found.order_by(Signature.created_at.desc(), Signature.id.desc())).all()


def list_live_signatures(session: Session, digests: Mapping[UUID, str]) -> Sequence[Signature]:
    """The signatures that hold; `digests` are those of the terms of KPIs as they stand, by id."""
    found = select(Signature).where(tuple_(Signature.kpi_id, Signature.digest).in_(list(digests.items())))
    return session.scalars(found.order_by(Signature.created_at, Signature.id)).all()


def list_goals(session: Session, kpis: Sequence[Kpi], periods: Mapping[UUID, Running] | None = None) -> list[Goal]:
    """What these KPIs are to reach and when; `periods` are those of their campaigns, where they were read before."""
    if periods is None:
        periods = map_periods(session, {kpi.campaign_id for kpi in kpis})
    return _give_plans(session, [make_goal(kpi, periods[kpi.campaign_id]) for kpi in kpis])


def list_goals_by_id(session: Session, kpi_ids: Collection[UUID]) -> list[Goal]:
    return _give_plans(session, [Goal(*row) for row in session.execute(_GOALS, {"ids": list(kpi_ids)})])


def _give_plans(session: Session, goals: list[Goal]) -> list[Goal]:
    """The same goals; those that are held against more than time know their plan."""
    planned = [goal for goal in goals if goal.pace != STRAIGHT]
    if not planned:
        return goals
    levels: defaultdict[tuple[UUID, int], list[tuple[date, Decimal]]] = defaultdict(list)
    wanted = [(goal.kpi_id, goal.target_number) for goal in planned if goal.pace == INTERIM]
    found = select(InterimTarget).where(tuple_(InterimTarget.kpi_id, InterimTarget.target_number).in_(wanted))
    for each in session.scalars(found.order_by(InterimTarget.due_on)) if wanted else ():
        levels[(each.kpi_id, each.target_number)].append((each.due_on, each.value))
    seasons = map_seasons(session, [goal.kpi_id for goal in planned if goal.pace == SEASONAL])
    plans: dict[UUID, Plan] = {}
    for goal in planned:
        if goal.pace == INTERIM:
            interim = levels[(goal.kpi_id, goal.target_number)]
            plans[goal.kpi_id] = plan_by_interim(goal.baseline, goal.target, interim)
        elif goal.kpi_id in seasons:
            plans[goal.kpi_id] = plan_by_seasons(goal.starts_on, goal.ends_on, seasons[goal.kpi_id])
    return [replace(goal, plan=plans.get(goal.kpi_id, ())) for goal in goals]


def list_unlearned(session: Session, today: date, limit: int) -> Sequence[Kpi]:
    """KPIs held against the seasons whose past year has not been looked at in this month."""
    learned = select_learned_since(today.replace(day=1))
    found = select(Kpi).where(Kpi.pace == SEASONAL, Kpi.aggregation == SUM, Kpi.id.not_in(learned))
    return session.scalars(found.order_by(Kpi.id).limit(limit)).all()


def list_kin(session: Session, kpis: Sequence[Kpi]) -> Mapping[UUID, list[UUID]]:
    """For each of these KPIs the ids of all that were made from the same definition, itself among them."""
    definitions = {kpi.indicator_id for kpi in kpis if kpi.indicator_id is not None}
    kin: defaultdict[UUID | None, list[UUID]] = defaultdict(list)
    made = select(Kpi.id, Kpi.indicator_id).where(Kpi.indicator_id.in_(definitions), Kpi.aggregation == SUM)
    for kpi_id, indicator_id in session.execute(made):
        kin[indicator_id].append(kpi_id)
    return {kpi.id: kin[kpi.indicator_id] if kpi.indicator_id is not None else [kpi.id] for kpi in kpis}


def list_names(session: Session, campaign_ids: Collection[UUID]) -> list[Name]:
    """What partners call the KPIs of these campaigns."""
    rows = session.execute(_NAMES, {"ids": list(campaign_ids)})
    return [
        Name(
            row.campaign_id, row.key, row.id, row.verification == AUTOMATIC, row.aggregation, row.dimensions, row.source
        )
        for row in rows
    ]


def list_sources(session: Session, campaign_ids: Collection[UUID]) -> list[Source]:
    """The KPIs of these campaigns that take their figures from other reports than measurements."""
    found = _SOURCES.where(Kpi.campaign_id.in_(campaign_ids)).order_by(Kpi.id)
    return [Source(*row) for row in session.execute(found)]


def find_source(session: Session, kpi_id: UUID) -> Source | None:
    """From which reports the KPI takes its figures; None for measurements."""
    row = session.execute(_SOURCES.where(Kpi.id == kpi_id)).first()
    return Source(*row) if row else None


_SOURCES = select(
    KpiSource.kpi_id, Kpi.campaign_id, KpiSource.source, KpiSource.measure, KpiSource.only_kind, KpiSource.only_unit
).join(Kpi, Kpi.id == KpiSource.kpi_id)


def list_reporting(session: Session) -> list[Reporting]:
    """The KPIs that are to be reported at an agreed frequency, and by whom: all partners where nobody is named."""
    kpis = session.scalars(select(Kpi).where(*_ASKED_FOR).order_by(Kpi.id)).all()
    named: dict[UUID, list[UUID]] = {}
    for each in session.scalars(select(KpiReporter).where(KpiReporter.kpi_id.in_([kpi.id for kpi in kpis]))):
        named.setdefault(each.kpi_id, []).append(each.organisation_id)
    partners = map_partners(session, {kpi.campaign_id for kpi in kpis})
    goals = list_goals(session, kpis)
    return [
        Reporting(
            kpi.id,
            kpi.campaign_id,
            kpi.frequency,
            kpi.grace_days,
            goal.starts_on,
            goal.ends_on,
            # Those who are named, or else all; who has left the campaign is waited for no more.
            [each for each in partners.get(kpi.campaign_id, ()) if each in named.get(kpi.id, (each,))],
            kpi.created_at,
            kpi.key,
            kpi.name,
        )
        for kpi, goal in zip(kpis, goals, strict=True)
    ]


def select_asked_for() -> Any:
    """The ids of the KPIs that partners are to report at an agreed frequency."""
    return select(Kpi.id).where(*_ASKED_FOR)


def make_goal(kpi: Kpi, running: Running) -> Goal:
    return Goal(
        kpi_id=kpi.id,
        campaign_id=kpi.campaign_id,
        key=kpi.key,
        name=kpi.name,
        unit=kpi.unit,
        aggregation=kpi.aggregation,
        baseline=kpi.baseline,
        target=kpi.target,
        target_number=kpi.target_number,
        starts_on=kpi.begins_on or running.starts_on,
        ends_on=kpi.due_on or running.ends_on,
        pace=kpi.pace,
    )


def get_indicator(session: Session, indicator_id: UUID) -> Indicator:
    """The definition in the library; raises `NotFound`."""
    found = session.get(Indicator, indicator_id)
    if found is None:
        raise NotFound("There is no such definition in the library.")
    return found


def find_indicator_by_code(session: Session, code: str) -> Indicator | None:
    return session.scalar(select(Indicator).where(Indicator.code == code))


def map_codes(session: Session, indicator_ids: Collection[UUID]) -> Mapping[UUID, set[str]]:
    """What each of these definitions is known by: its code here and those in public catalogues."""
    found = session.scalars(select(Indicator).where(Indicator.id.in_(indicator_ids)))
    return {each.id: {each.code, *(code for codes in each.codes.values() for code in codes)} for each in found}


def find_indicators(
    session: Session,
    *,
    search: str = "",
    goal: int | None = None,
    retired: bool = False,
    cursor: str | None,
    limit: int,
) -> Page[Indicator]:
    """Definitions by name, one page; `search` is a part of the name or the code, `goal` the number of an SDG."""
    found = _choose_indicators(select(Indicator), search, goal, retired)
    return fetch_page(session, found, Indicator.sort_name, Indicator.id, cursor=cursor, limit=limit, descending=False)


def count_indicators(session: Session, *, search: str = "", goal: int | None = None, retired: bool = False) -> int:
    found: Any = _choose_indicators(select(func.count()).select_from(Indicator), search, goal, retired)
    return session.scalar(found) or 0


def list_uses(session: Session, indicator_id: UUID, limit: int = 200) -> Sequence[Kpi]:
    """The KPIs that were made from a definition, the newest first."""
    found = select(Kpi).where(Kpi.indicator_id == indicator_id).order_by(Kpi.id.desc())
    return session.scalars(found.limit(limit)).all()


def count_uses(session: Session, indicator_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many KPIs were made from each of these definitions."""
    found: Any = select(Kpi.indicator_id, func.count()).where(Kpi.indicator_id.in_(indicator_ids))
    rows: Any = session.execute(found.group_by(Kpi.indicator_id)).all()
    return dict(rows)


def _choose_indicators(found: Any, search: str, goal: int | None, retired: bool) -> Any:
    found = found.where(Indicator.retired.is_(retired))
    if search:
        wanted = search.casefold()
        named = Indicator.sort_name.contains(wanted, autoescape=True)
        found = found.where(named | Indicator.code.contains(wanted, autoescape=True))
    return found.where(Indicator.goals.contains(f",{goal},", autoescape=True)) if goal else found
