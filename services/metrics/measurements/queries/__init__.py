"""Every SELECT on the ledger and its sums."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import Select, case, func, select, true, tuple_
from sqlalchemy.orm import Session

from services.metrics.known.queries import list_sharing
from services.metrics.measurements.items import Parts, Said
from services.metrics.measurements.models import (
    PROVISIONAL,
    VERIFIED,
    FigureFlag,
    Measurement,
    MonthTotal,
    PartnerTotal,
    PartTotal,
)
from shared.database.bulk import array_rows, is_sqlite, list_columns
from shared.database.paging import Page, fetch_page
from shared.database.types import exact_sum
from shared.identity import Identity

#: (KPI, organisation, reference): what names one current figure.
Key = tuple[UUID, UUID, str]
_KEY_NAMES = ("kpi_id", "organisation_id", "reference")
#: The fields of `Current`, in their order.
_CURRENT = ("id", "value", "period_start", "period_end", "status", "reason", "weight", "parts", "parts_note")
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
    parts: Parts | None = None
    parts_note: str | None = None

    @property
    def said(self) -> Said:
        """As `Item.said`."""
        return self.value, self.weight, self.period_start, self.period_end, self.parts, self.parts_note


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


@dataclass(frozen=True, slots=True)
class PartSums:
    """What a partner reported for one category of a dimension in one month, which is named by its first day."""

    kpi_id: UUID
    organisation_id: UUID
    month: date
    dimension: str
    category: str
    verified: Decimal
    provisional: Decimal


class Filters(TypedDict, total=False):
    """Which figures are meant; what is left out or None narrows nothing."""

    status: str | None
    organisation_id: UUID | None
    source: str | None
    #: Those whose period ends from `since` to `until`, both included.
    since: date | None
    until: date | None
    #: The kind of a flag that is open on them, or "any".
    flag: str | None
    restated: bool | None


def map_current(session: Session, keys: Collection[Key]) -> dict[Key, Current]:
    """The current figures of these keys; those that were never reported are left out."""
    wanted, found = list(keys), {}
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        chunk = wanted[start : start + _KEYS_AT_ONCE]
        for row in session.execute(*_select_current(session, chunk)):
            found[(row.kpi_id, row.organisation_id, row.reference)] = Current(
                *(getattr(row, name) for name in _CURRENT)
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
    return [table.c[name] for name in _KEY_NAMES], [table.c[name] for name in _CURRENT]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What deciding on a figure needs of it."""

    id: UUID
    kpi_id: UUID
    organisation_id: UUID
    period_end: date
    value: Decimal
    weight: Decimal | None
    parts: Parts | None
    status: str
    source: str
    submission_id: UUID | None
    reference: str
    claim_id: UUID | None


def read_chosen(session: Session, kpi_ids: Collection[UUID], ids: Collection[UUID]) -> list[Chosen]:
    """Those of the figures `ids` that belong to these KPIs, and the other shares of their joint claims.

    Whoever changes figures has locked their KPIs' standings, and so has the caller: they stand still.
    """
    found = _read_chosen(session, Measurement.id.in_(ids), Measurement.kpi_id.in_(kpi_ids))
    claims = {each.claim_id for each in found if each.claim_id}
    if claims:
        current = Measurement.is_current()
        found += _read_chosen(session, Measurement.claim_id.in_(claims), Measurement.id.not_in(ids), current)
    return found


def list_matching(
    session: Session, kpi_ids: Collection[UUID], up_to: UUID, limit: int, **filters: Unpack[Filters]
) -> Sequence[UUID]:
    """The ids of up to `limit` figures that fit, of those that were there when the one with the id `up_to` was."""
    found = select(Measurement.id).where(Measurement.kpi_id.in_(kpi_ids), Measurement.id <= up_to, *_narrow(**filters))
    return session.scalars(found.order_by(Measurement.id).limit(limit)).all()


def count_matching(session: Session, kpi_ids: Collection[UUID], **filters: Unpack[Filters]) -> int:
    """How many figures of these KPIs fit, for staff."""
    found = select(func.count()).select_from(Measurement).where(Measurement.kpi_id.in_(kpi_ids), *_narrow(**filters))
    return session.scalar(found) or 0


def _read_chosen(session: Session, *conditions: Any) -> list[Chosen]:
    table: Any = Measurement.__table__
    columns = [table.c[each.name] for each in fields(Chosen)]
    return [Chosen(*row) for row in session.execute(select(*columns).where(*conditions).order_by(table.c.id))]


def find_figures(
    session: Session,
    viewer: Identity,
    kpi_ids: Collection[UUID],
    *,
    today: date | None = None,
    cursor: str | None,
    limit: int,
    **filters: Unpack[Filters],
) -> Page[Measurement]:
    """Figures of these KPIs, the newest first, one page. What was superseded shows only when asked for by status."""
    found = see_figures(session, viewer, select(Measurement).where(Measurement.kpi_id.in_(kpi_ids)), today)
    found = found.where(*_narrow(**filters))
    return fetch_page(session, found, Measurement.id, cursor=cursor, limit=limit)


def _narrow(**wanted: Unpack[Filters]) -> list[Any]:
    given = {name: value for name, value in wanted.items() if value is not None}
    found: list[Any] = [Measurement.status == wanted["status"] if "status" in given else Measurement.is_current()]
    for name in ("organisation_id", "source", "restated"):
        if name in given:
            found.append(getattr(Measurement, name) == given[name])
    if since := wanted.get("since"):
        found.append(Measurement.period_end >= since)
    if until := wanted.get("until"):
        found.append(Measurement.period_end <= until)
    if flag := wanted.get("flag"):
        open_ones = select(FigureFlag.figure_id).where(FigureFlag.closed_at.is_(None))
        found.append(Measurement.id.in_(open_ones if flag == "any" else open_ones.where(FigureFlag.kind == flag)))
    return found


def count_figures(
    session: Session, viewer: Identity, kpi_ids: Collection[UUID], *, today: date | None = None
) -> Mapping[str, int]:
    """How many figures of these KPIs the viewer may see, by status."""
    counted: Any = select(Measurement.status, func.count()).group_by(Measurement.status)
    found = see_figures(session, viewer, counted.where(Measurement.kpi_id.in_(kpi_ids)), today)
    rows: Any = session.execute(found).all()
    return dict(rows)


def list_partner_sums(
    session: Session, viewer: Identity, kpi_ids: Collection[UUID], *, today: date | None = None
) -> list[Sums]:
    """What each partner reported in all, by KPI.

    Of provisional figures a liaison sees their own, and those of partners whose agreement in force `today` shares
    them; without a day only their own.
    """
    shown = _list_shown(session, viewer, today)
    found = select(PartnerTotal).where(PartnerTotal.kpi_id.in_(kpi_ids)).order_by(PartnerTotal.organisation_id)
    return [
        Sums(
            each.kpi_id,
            each.organisation_id,
            None,
            each.verified,
            each.provisional if shown(each.organisation_id) else Decimal(0),
            shown(each.organisation_id) and each.figures > 0,
        )
        for each in session.scalars(found)
    ]


def list_month_sums(
    session: Session, viewer: Identity, kpi_ids: Collection[UUID], *, today: date | None = None
) -> list[Sums]:
    """What was reported month by month over all partners, in order. Provisional as in `list_partner_sums`."""
    provisional: Any = exact_sum(MonthTotal.provisional)
    if not viewer.is_staff:
        own = MonthTotal.organisation_id.in_(list_open(session, viewer, today))
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


def list_cells(session: Session, viewer: Identity, kpi_ids: Collection[UUID], *, today: date) -> list[Sums]:
    """What each partner reported month by month, in order. Provisional as in `list_partner_sums`."""
    shown = _list_shown(session, viewer, today)
    found = select(MonthTotal).where(MonthTotal.kpi_id.in_(kpi_ids))
    return [
        Sums(
            each.kpi_id,
            each.organisation_id,
            each.month,
            each.verified,
            each.provisional if shown(each.organisation_id) else Decimal(0),
        )
        for each in session.scalars(found.order_by(MonthTotal.kpi_id, MonthTotal.month, MonthTotal.organisation_id))
    ]


def see_figures(session: Session, viewer: Identity, found: Select[Any], today: date | None) -> Select[Any]:
    """Everyone in a campaign sees what is verified, staff and the partner itself everything.

    What is provisional the others see where the partner's agreement shares it; what was rejected, returned or
    superseded never.
    """
    if viewer.is_staff:
        return found
    own = Measurement.organisation_id == viewer.organisation_id
    shared = Measurement.organisation_id.in_(list_open(session, viewer, today)) & (Measurement.status == PROVISIONAL)
    return found.where(own | (Measurement.status == VERIFIED) | shared)


def list_open(session: Session, viewer: Identity, today: date | None) -> set[UUID]:
    """The organisations whose provisional figures a liaison may see."""
    own = {viewer.organisation_id} if viewer.organisation_id else set()
    return own | (list_sharing(session, today) if today else set())


def _list_shown(session: Session, viewer: Identity, today: date | None) -> Callable[[UUID], bool]:
    """Whether the viewer may see the provisional figures of an organisation."""
    if viewer.is_staff:
        return lambda _organisation: True
    return list_open(session, viewer, today).__contains__


def list_part_sums(
    session: Session, viewer: Identity, kpi_ids: Collection[UUID], *, today: date | None = None
) -> list[PartSums]:
    """What each partner reported by month, dimension and category. Provisional as in `list_partner_sums`."""
    shown = _list_shown(session, viewer, today)
    found = select(PartTotal).where(PartTotal.kpi_id.in_(kpi_ids))
    keys = (PartTotal.kpi_id, PartTotal.dimension, PartTotal.category, PartTotal.month, PartTotal.organisation_id)
    found = found.order_by(*keys).execution_options(populate_existing=True)
    return [
        PartSums(
            each.kpi_id,
            each.organisation_id,
            each.month,
            each.dimension,
            each.category,
            each.verified,
            each.provisional if shown(each.organisation_id) else Decimal(0),
        )
        for each in session.scalars(found)
    ]
