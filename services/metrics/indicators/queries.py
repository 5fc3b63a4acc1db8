"""Every SELECT on KPIs and their targets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import Goal
from services.metrics.indicators.models import AUTOMATIC, KEY, Kpi, TargetChange
from services.metrics.known.queries import Running, add_periods, get_campaign, map_periods
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
)
_NAMES = select(Kpi.campaign_id, Kpi.key, Kpi.id, Kpi.verification, Kpi.aggregation, Kpi.dimensions).where(
    Kpi.campaign_id.in_(_IDS)
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


def get_kpi(session: Session, viewer: Identity, campaign_id: UUID, key: str) -> Kpi:
    """The campaign's KPI of this key; raises `NotFound` if there is none or the viewer may not see it."""
    get_campaign(session, viewer, campaign_id)
    found = find_kpi(session, campaign_id, key)
    if found is None:
        raise NotFound("This campaign has no such KPI.")
    return found


def find_kpi(session: Session, campaign_id: UUID, key: str) -> Kpi | None:
    if not KEY.match(key):
        return None
    return session.scalar(select(Kpi).where(Kpi.campaign_id == campaign_id, Kpi.key == key))


def list_kpis(session: Session, campaign_id: UUID) -> Sequence[Kpi]:
    """The campaign's KPIs in the order in which they were made."""
    return session.scalars(select(Kpi).where(Kpi.campaign_id == campaign_id).order_by(Kpi.id)).all()


def list_kpis_of(session: Session, campaign_ids: Collection[UUID]) -> Sequence[Kpi]:
    """The KPIs of several campaigns, in one query."""
    return session.scalars(select(Kpi).where(Kpi.campaign_id.in_(campaign_ids)).order_by(Kpi.id)).all()


def list_all_ids(session: Session, campaign_id: UUID | None = None) -> Sequence[UUID]:
    """The ids of all KPIs, or of one campaign's."""
    found = select(Kpi.id).order_by(Kpi.id)
    return session.scalars(found.where(Kpi.campaign_id == campaign_id) if campaign_id else found).all()


def list_target_changes(session: Session, kpi_ids: Collection[UUID]) -> Sequence[TargetChange]:
    """How the targets of these KPIs changed, the first change first."""
    found = select(TargetChange).where(TargetChange.kpi_id.in_(kpi_ids))
    return session.scalars(found.order_by(TargetChange.kpi_id, TargetChange.number)).all()


def list_goals(session: Session, kpis: Sequence[Kpi]) -> list[Goal]:
    """What these KPIs are to reach and when, with the periods of their campaigns in one query."""
    periods = map_periods(session, {kpi.campaign_id for kpi in kpis})
    return [make_goal(kpi, periods[kpi.campaign_id]) for kpi in kpis]


def list_goals_by_id(session: Session, kpi_ids: Collection[UUID]) -> list[Goal]:
    return [Goal(*row) for row in session.execute(_GOALS, {"ids": list(kpi_ids)})]


def list_names(session: Session, campaign_ids: Collection[UUID]) -> list[Name]:
    """What partners call the KPIs of these campaigns."""
    rows = session.execute(_NAMES, {"ids": list(campaign_ids)})
    return [
        Name(row.campaign_id, row.key, row.id, row.verification == AUTOMATIC, row.aggregation, row.dimensions)
        for row in rows
    ]


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
    )
