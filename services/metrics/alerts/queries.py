"""Every SELECT on how KPIs stand."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.alerts.models import Standing


def lock_standings(session: Session, kpi_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
    """The standings of these KPIs, locked in the order of their ids so that two who lock cannot wait for each other."""
    found = select(Standing).where(Standing.kpi_id.in_(kpi_ids)).order_by(Standing.kpi_id)
    rows = session.scalars(found.with_for_update().execution_options(populate_existing=True))
    return {row.kpi_id: row for row in rows}


def map_standings(session: Session, kpi_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
    """The standings of these KPIs, in one query."""
    return {row.kpi_id: row for row in session.scalars(select(Standing).where(Standing.kpi_id.in_(kpi_ids)))}


def list_unassessed(session: Session, today: date, limit: int) -> Sequence[UUID]:
    """The ids of KPIs that were not judged for `today` yet."""
    found = select(Standing.kpi_id).where(Standing.assessed_on < today)
    return session.scalars(found.order_by(Standing.assessed_on, Standing.kpi_id).limit(limit)).all()
