"""Every SELECT on how KPIs stand."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, case, column, select, table, text
from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import NO_DATA, RANKS
from services.metrics.alerts.models import Season, Standing

# What each partner reported is kept by measurements, which stand on this feature and so can't be imported here.
_PARTNER_TOTALS = table(
    "partner_totals", column("kpi_id", Uuid), column("organisation_id", Uuid), column("verified_figures")
)
_LOCKED = (
    select(Standing)
    .where(Standing.kpi_id.in_(bindparam("ids", expanding=True)))
    .order_by(Standing.derived, Standing.kpi_id)
    .with_for_update()
    .execution_options(populate_existing=True)
)

_STANDING = select(Standing).where(Standing.kpi_id.in_(bindparam("ids", expanding=True)))


def lock_standings(session: Session, kpi_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
    """The standings of these KPIs, locked in one order so that two who lock cannot wait for each other.

    First those that are reported, then those that are worked out from them, each in the order of their ids.
    """
    return {row.kpi_id: row for row in session.scalars(_LOCKED, {"ids": list(kpi_ids)})}


def add_standing(found: Select[Any], kpi_id: Any) -> Select[Any]:
    """The same rows, each with the standing of the KPI whose id is in that column."""
    return found.join(Standing, Standing.kpi_id == kpi_id).add_columns(Standing)


def map_standings(session: Session, kpi_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
    """The standings of these KPIs, in one query."""
    return {row.kpi_id: row for row in session.scalars(_STANDING, {"ids": list(kpi_ids)})}


def map_seasons(session: Session, kpi_ids: Collection[UUID]) -> Mapping[UUID, list[Decimal]]:
    """The months' shares of these KPIs, where they are known."""
    found = select(Season.kpi_id, Season.weights).where(Season.kpi_id.in_(kpi_ids))
    return {row.kpi_id: [Decimal(each) for each in row.weights] for row in session.execute(found) if row.weights}


def select_learned_since(day: date) -> Select[UUID]:
    """The ids of the KPIs whose past year was looked at on `day` or after it."""
    return select(Season.kpi_id).where(Season.learned_on >= day)


def read_standings(session: Session, kpi_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
    """The same as they are now, also where this session has read them before."""
    found = select(Standing).where(Standing.kpi_id.in_(kpi_ids)).execution_options(populate_existing=True)
    return {row.kpi_id: row for row in session.scalars(found)}


def list_unassessed(session: Session, today: date, limit: int) -> Sequence[UUID]:
    """The ids of KPIs that were not judged for `today` yet."""
    found = select(Standing.kpi_id).where(Standing.assessed_on < today)
    return session.scalars(found.order_by(Standing.assessed_on, Standing.kpi_id).limit(limit)).all()


def rank_standings() -> Any:
    """Each KPI's id and how it stands: its rank among `RANKS`, or more than any of these where nothing is known."""
    unknown = max(RANKS.values()) + 1
    known = {status: rank for status, rank in RANKS.items() if status != NO_DATA}
    return select(Standing.kpi_id, case(known, value=Standing.status, else_=unknown).label("rank")).subquery()


def list_contributors(session: Session, kpi_id: UUID) -> Sequence[UUID]:
    """The organisations with verified figures of this KPI, by id."""
    totals = _PARTNER_TOTALS.c
    found = select(totals.organisation_id).where(totals.kpi_id == kpi_id, totals.verified_figures > 0)
    return session.scalars(found.order_by(totals.organisation_id)).all()


def find_unchecked(session: Session, before: UUID) -> UUID | None:
    """The id of a KPI with figures that nobody looked at, all that somebody did look at being less than `before`."""
    due = Standing.checked_id.is_(None) | (Standing.checked_id < before)
    # The condition of the partial index, written out: as a parameter the index could not be planned with.
    found = select(Standing.kpi_id).where(text("unchecked"), due)
    return session.scalar(found.order_by(Standing.kpi_id).limit(1))
