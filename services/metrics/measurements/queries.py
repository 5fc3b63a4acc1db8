"""Every SELECT on the ledger and its sums."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select, true, tuple_
from sqlalchemy.orm import Session

from services.metrics.measurements.models import (
    VERIFIED,
    Measurement,
    MonthTotal,
    PartnerTotal,
)
from shared.database.bulk import array_rows, is_sqlite, list_columns
from shared.database.paging import Page, fetch_page
from shared.database.types import exact_sum
from shared.identity import Identity

#: (KPI, organisation, reference): what names one current figure.
Key = tuple[UUID, UUID, str]
_KEY_NAMES = ("kpi_id", "organisation_id", "reference")
#: SQLite takes up to 32,766 parameters in a statement, three for each key.
_KEYS_AT_ONCE = 10_000


@dataclass(slots=True)
class Current:
    """The figure that a reference names now."""

    id: UUID
    value: Decimal
    period_start: date
    period_end: date
    status: str
    reason: str | None
    weight: Decimal | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of figures of one KPI, of a partner or of a month; `provisional` is what the viewer may see of it."""

    kpi_id: UUID
    organisation_id: UUID | None
    month: date | None
    verified: Decimal
    provisional: Decimal
    #: Whether the viewer may know of figures behind it, of whatever status.
    any: bool = False


def map_current(session: Session, keys: Collection[Key]) -> dict[Key, Current]:
    """The current figures of these keys; those that were never reported are left out."""
    wanted, found = list(keys), {}
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        chunk = wanted[start : start + _KEYS_AT_ONCE]
        for row in session.execute(*_select_current(session, chunk)):
            found[(row.kpi_id, row.organisation_id, row.reference)] = Current(
                row.id, row.value, row.period_start, row.period_end, row.status, row.reason, row.weight
            )
    return found


def _select_current(session: Session, keys: Sequence[Key]) -> tuple[Select[Any], dict[str, list[Any]]]:
    if is_sqlite(session):
        named, rest = _columns_of_current()
        return select(*named, *rest).where(Measurement.is_current(), tuple_(*named).in_(keys)), {}
    rows = [dict(zip(_KEY_NAMES, key, strict=True)) for key in keys]
    return _select_current_by_array(), list_columns(_KEY_NAMES, rows)


@cache
def _select_current_by_array() -> Select[Any]:
    # One look into the index for each key. As a plain join, a plan that was made and kept while the ledger was
    # short reads all of it, for every batch.
    given = array_rows(Measurement, _KEY_NAMES)
    named, rest = _columns_of_current()
    same = [column == given.c[column.name] for column in named]
    one = select(*rest).where(Measurement.is_current(), *same).limit(1).lateral("one")
    return select(*given.c, *one.c).select_from(given.join(one, true()))


def _columns_of_current() -> tuple[list[Any], list[Any]]:
    table: Any = Measurement.__table__
    rest = ("id", "value", "period_start", "period_end", "status", "reason", "weight")
    return [table.c[name] for name in _KEY_NAMES], [table.c[name] for name in rest]


def lock_figures(session: Session, kpi_ids: Collection[UUID], ids: Collection[UUID]) -> Sequence[Measurement]:
    """Those of the figures `ids` that belong to these KPIs, locked; call it after locking the KPIs' standings."""
    found = select(Measurement).where(Measurement.id.in_(ids), Measurement.kpi_id.in_(kpi_ids)).order_by(Measurement.id)
    return session.scalars(found.with_for_update().execution_options(populate_existing=True)).all()


def find_figures(
    session: Session,
    viewer: Identity,
    kpi_ids: Collection[UUID],
    *,
    status: str | None = None,
    organisation_id: UUID | None = None,
    cursor: str | None,
    limit: int,
) -> Page[Measurement]:
    """Figures of these KPIs, the newest first, one page. What was superseded shows only when asked for by status."""
    found = _seen_by(viewer, select(Measurement).where(Measurement.kpi_id.in_(kpi_ids)))
    found = found.where(Measurement.status == status if status else Measurement.is_current())
    if organisation_id:
        found = found.where(Measurement.organisation_id == organisation_id)
    return fetch_page(session, found, Measurement.id, cursor=cursor, limit=limit)


def count_figures(session: Session, viewer: Identity, kpi_ids: Collection[UUID]) -> Mapping[str, int]:
    """How many figures of these KPIs the viewer may see, by status."""
    counted: Any = select(Measurement.status, func.count()).group_by(Measurement.status)
    found = _seen_by(viewer, counted.where(Measurement.kpi_id.in_(kpi_ids)))
    rows: Any = session.execute(found).all()
    return dict(rows)


def list_partner_sums(session: Session, viewer: Identity, kpi_ids: Collection[UUID]) -> list[Sums]:
    """What each partner reported in all, by KPI. A liaison sees the provisional figures of their own only."""
    found = select(PartnerTotal).where(PartnerTotal.kpi_id.in_(kpi_ids)).order_by(PartnerTotal.organisation_id)
    return [
        Sums(
            each.kpi_id,
            each.organisation_id,
            None,
            each.verified,
            each.provisional if viewer.may_see(each.organisation_id) else Decimal(0),
            viewer.may_see(each.organisation_id) and each.figures > 0,
        )
        for each in session.scalars(found)
    ]


def list_month_sums(session: Session, viewer: Identity, kpi_ids: Collection[UUID]) -> list[Sums]:
    """What was reported month by month over all partners, in order. Provisional as in `list_partner_sums`."""
    provisional: Any = exact_sum(MonthTotal.provisional)
    if not viewer.is_staff:
        own = MonthTotal.organisation_id == viewer.organisation_id
        provisional = exact_sum(case((own, MonthTotal.provisional)))
    found = (
        select(MonthTotal.kpi_id, MonthTotal.month, exact_sum(MonthTotal.verified), provisional)
        .where(MonthTotal.kpi_id.in_(kpi_ids))
        .group_by(MonthTotal.kpi_id, MonthTotal.month)
        .order_by(MonthTotal.kpi_id, MonthTotal.month)
    )
    return [
        Sums(kpi_id, None, month, verified, own_provisional or Decimal(0))
        for kpi_id, month, verified, own_provisional in session.execute(found)
    ]


def _seen_by(viewer: Identity, found: Select[Any]) -> Select[Any]:
    """Everyone in a campaign sees what is verified; what is not, only the partner that reported it and staff."""
    if viewer.is_staff:
        return found
    own = Measurement.organisation_id == viewer.organisation_id
    return found.where(own | (Measurement.status == VERIFIED))
