"""Every SELECT on figures that partners owe by the agreed frequency. A liaison sees what their organisation owes."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, text
from sqlalchemy.orm import Session

from services.metrics.measurements.models import MonthTotal, OverdueFigures
from shared.database.paging import Page, fetch_page
from shared.identity import Identity

# The condition of the partial index, written out: as a parameter the index could not be planned with.
_OPEN = text("settled_at IS NULL")
# Every dashboard asks this, and putting a question together costs more than asking it.
_OF_KPIS = (
    select(OverdueFigures)
    .where(OverdueFigures.kpi_id.in_(bindparam("ids", expanding=True)), _OPEN)
    .order_by(OverdueFigures.due_on, OverdueFigures.id)
)


def list_overdue(session: Session, viewer: Identity, kpi_ids: Collection[UUID]) -> list[OverdueFigures]:
    """What is owed of these KPIs' figures, what is due the longest first."""
    found = session.scalars(_OF_KPIS, {"ids": list(kpi_ids)})
    return [each for each in found if viewer.may_see(each.organisation_id)]


def find_overdue(
    session: Session,
    viewer: Identity,
    *,
    campaign_id: UUID | None = None,
    organisation_id: UUID | None = None,
    settled: bool = False,
    cursor: str | None,
    limit: int,
) -> Page[OverdueFigures]:
    """What is owed, the latest notice first, one page; with `settled` also what has been."""
    found = _see(viewer, select(OverdueFigures))
    for column, wanted in (
        (OverdueFigures.campaign_id, campaign_id),
        (OverdueFigures.organisation_id, organisation_id),
    ):
        found = found.where(column == wanted) if wanted else found
    found = found if settled else found.where(_OPEN)
    return fetch_page(session, found, OverdueFigures.id, cursor=cursor, limit=limit)


def count_owed(session: Session, viewer: Identity, campaign_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many periods are owed in each of these campaigns; one where none is, is left out."""
    found: Any = select(OverdueFigures.campaign_id, func.count()).where(_OPEN)
    found = _see(viewer, found.where(OverdueFigures.campaign_id.in_(campaign_ids)))
    rows: Any = session.execute(found.group_by(OverdueFigures.campaign_id)).all()
    return dict(rows)


def select_owing(viewer: Identity) -> Select[Any]:
    """The ids of the campaigns in which something is owed that the viewer may see."""
    return _see(viewer, select(OverdueFigures.campaign_id).where(_OPEN))


def map_known(session: Session) -> Mapping[tuple[UUID, UUID], dict[date, OverdueFigures]]:
    """All that was ever noticed, by KPI and organisation, and then by the last day of the period."""
    known: defaultdict[tuple[UUID, UUID], dict[date, OverdueFigures]] = defaultdict(dict)
    for each in session.scalars(select(OverdueFigures)):
        known[(each.kpi_id, each.organisation_id)][each.period_end] = each
    return known


def map_reported_months(session: Session, kpis: Any) -> Mapping[tuple[UUID, UUID], set[date]]:
    """The months, by their first days, that have figures of these KPIs, by KPI and organisation.

    `kpis` are their ids, or a statement that selects them.
    """
    months: defaultdict[tuple[UUID, UUID], set[date]] = defaultdict(set)
    found = select(MonthTotal.kpi_id, MonthTotal.organisation_id, MonthTotal.month)
    for row in session.execute(found.where(MonthTotal.kpi_id.in_(kpis), MonthTotal.figures > 0)):
        months[(row.kpi_id, row.organisation_id)].add(row.month)
    return months


def list_open(session: Session, *, kpi_id: UUID | None = None, campaign_id: UUID | None = None) -> list[OverdueFigures]:
    """What is owed of a KPI or in a campaign, what is due the longest first, whoever owes it."""
    found = select(OverdueFigures).where(_OPEN)
    found = found.where(OverdueFigures.kpi_id == kpi_id) if kpi_id else found
    found = found.where(OverdueFigures.campaign_id == campaign_id) if campaign_id else found
    return list(session.scalars(found.order_by(OverdueFigures.due_on, OverdueFigures.id)))


def _see(viewer: Identity, found: Select[Any]) -> Select[Any]:
    return found if viewer.is_staff else found.where(OverdueFigures.organisation_id == viewer.organisation_id)
