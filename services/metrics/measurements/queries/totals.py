"""The sums as dashboards read them: by partner and by month, to make levels of. They don't read the ledger."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, func, literal, select
from sqlalchemy.orm import Session

from services.metrics.known.queries import list_sharing
from services.metrics.measurements.models import PROVISIONAL, VERIFIED, Measurement, MonthTotal, PartnerTotal
from shared.database.types import Figure, exact_sum
from shared.identity import Identity

_IDS: Any = bindparam("ids", expanding=True)


@dataclass(frozen=True, slots=True)
class Total:
    """The sums of a KPI for a partner, a month or both, as `alerts.levels` makes levels of them.

    Of provisional figures only those that the viewer may see are in it.
    """

    kpi_id: UUID
    organisation_id: UUID | None
    month: date | None
    verified: Decimal
    verified_figures: int
    verified_weight: Decimal
    provisional: Decimal
    provisional_figures: int
    provisional_weight: Decimal


@dataclass(frozen=True, slots=True)
class Selection:
    """What a dashboard is narrowed to: months from and to (their first days, both in it), one partner, one part.

    A part is a dimension and one of its categories.
    """

    since: date | None = None
    until: date | None = None
    organisation_id: UUID | None = None
    part: tuple[str, str] | None = None

    def __bool__(self) -> bool:
        return any((self.since, self.until, self.organisation_id, self.part))

    def holds(self, organisation_id: UUID, month: date) -> bool:
        """Whether what this partner reported for the month is in it."""
        if self.organisation_id not in (None, organisation_id):
            return False
        return (self.since is None or month >= self.since) and (self.until is None or month <= self.until)


EVERYTHING = Selection()


def list_partner_totals(session: Session, viewer: Identity, kpi_ids: Collection[UUID], *, today: date) -> list[Total]:
    """What each partner reported in all.

    Of provisional figures a liaison sees their own, and those of partners whose agreement in force `today` shares them.
    """
    given = {"ids": list(kpi_ids), **_find_shown(session, viewer, today)}
    return [Total(*row) for row in session.execute(_select_partners(viewer.is_staff), given)]


def list_month_totals(
    session: Session,
    viewer: Identity,
    kpi_ids: Collection[UUID],
    *,
    today: date,
    by_partner: bool,
    chosen: Selection,
) -> list[Total]:
    """What was reported month by month, in order, for each partner or for all of them together."""
    wanted = {name: getattr(chosen, name) for name in ("since", "until", "organisation_id") if getattr(chosen, name)}
    found = _select_months(viewer.is_staff, by_partner, tuple(wanted))
    given = {"ids": list(kpi_ids), **_find_shown(session, viewer, today), **wanted}
    return [Total(*row) for row in session.execute(found, given)]


def _find_shown(session: Session, viewer: Identity, today: date) -> dict[str, Any]:
    """Whose provisional figures a liaison may see, as the statements below ask for it."""
    return {} if viewer.is_staff else {"shown": list(list_sharing(session, today) | {viewer.organisation_id})}


# Every dashboard asks these, and putting a question together costs more than asking it.
@cache
def _select_partners(staff: bool) -> Select[Any]:
    columns = (PartnerTotal.kpi_id, PartnerTotal.organisation_id, literal(None))
    found = select(*columns, *_list_sums(PartnerTotal, staff)).where(PartnerTotal.kpi_id.in_(_IDS))
    return found.order_by(PartnerTotal.organisation_id)


@cache
def _select_months(staff: bool, by_partner: bool, wanted: tuple[str, ...]) -> Select[Any]:
    sums = _list_sums(MonthTotal, staff)
    if by_partner:
        found = select(MonthTotal.kpi_id, MonthTotal.organisation_id, MonthTotal.month, *sums)
    else:
        added = [func.sum(each) if position % 3 == 1 else exact_sum(each) for position, each in enumerate(sums)]
        found = select(MonthTotal.kpi_id, literal(None), MonthTotal.month, *added)
        found = found.group_by(MonthTotal.kpi_id, MonthTotal.month)
    conditions = {
        "since": MonthTotal.month >= bindparam("since"),
        "until": MonthTotal.month <= bindparam("until"),
        "organisation_id": MonthTotal.organisation_id == bindparam("organisation_id"),
    }
    found = found.where(MonthTotal.kpi_id.in_(_IDS), *(conditions[name] for name in wanted))
    return found.order_by(MonthTotal.kpi_id, MonthTotal.month)


def _list_sums(model: Any, staff: bool) -> list[Any]:
    """The columns of `Total` after the month: amount, count and weight, verified and then provisional."""
    provisional = [model.provisional, model.figures - model.verified_figures, model.provisional_weight]
    if not staff:
        shown = model.organisation_id.in_(bindparam("shown", expanding=True))
        nothing = literal(Decimal(0), Figure)
        provisional = [
            case((shown, amount), else_=other)
            for amount, other in zip(provisional, (nothing, literal(0), nothing), strict=True)
        ]
    return [model.verified, model.verified_figures, model.verified_weight, *provisional]


@dataclass(frozen=True, slots=True)
class DaySum:
    """What a partner's figures that end on one day add up to; `marked` are those whose reference begins so."""

    kpi_id: UUID
    organisation_id: UUID
    day: date
    marked: bool
    verified: Decimal
    provisional: Decimal
    figures: int


def list_day_sums(session: Session, kpi_ids: Collection[UUID], since: date, until: date, mark: str) -> list[DaySum]:
    """What counts of these KPIs from day to day, for staff, those apart whose references begin with `mark`.

    Read from the ledger: it is for looks at a file that people wait for, not for dashboards.
    """
    marked = case((Measurement.reference.startswith(mark, autoescape=True), 1), else_=0).label("marked")
    keys = (Measurement.kpi_id, Measurement.organisation_id, Measurement.period_end, marked)
    nothing = literal(Decimal(0), Figure)
    verified = exact_sum(case((Measurement.status == VERIFIED, Measurement.value), else_=nothing))
    provisional = exact_sum(case((Measurement.status == PROVISIONAL, Measurement.value), else_=nothing))
    found = select(*keys, verified, provisional, func.count()).where(
        Measurement.kpi_id.in_(_IDS),
        Measurement.period_end.between(since, until),
        Measurement.status.in_((VERIFIED, PROVISIONAL)),
    )
    rows = session.execute(found.group_by(*keys).order_by(*keys), {"ids": list(kpi_ids)})
    return [DaySum(row[0], row[1], row[2], bool(row[3]), *row[4:]) for row in rows]
