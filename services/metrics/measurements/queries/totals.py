"""The sums as dashboards read them: by partner and by month, to make levels of. Nothing here reads the ledger."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from services.metrics.known.queries import list_sharing
from services.metrics.measurements.models import MonthTotal, PartnerTotal
from shared.database.types import Figure, exact_sum
from shared.identity import Identity


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
    """What a dashboard is narrowed to: months from and to (their first days, both in it), one partner."""

    since: date | None = None
    until: date | None = None
    organisation_id: UUID | None = None

    def __bool__(self) -> bool:
        return any((self.since, self.until, self.organisation_id))

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
    columns = (PartnerTotal.kpi_id, PartnerTotal.organisation_id, literal(None))
    found = select(*columns, *_read_sums(session, viewer, PartnerTotal, today)).where(PartnerTotal.kpi_id.in_(kpi_ids))
    return [Total(*row) for row in session.execute(found.order_by(PartnerTotal.organisation_id))]


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
    sums = _read_sums(session, viewer, MonthTotal, today)
    if by_partner:
        found = select(MonthTotal.kpi_id, MonthTotal.organisation_id, MonthTotal.month, *sums)
    else:
        added = [func.sum(each) if position % 3 == 1 else exact_sum(each) for position, each in enumerate(sums)]
        found = select(MonthTotal.kpi_id, literal(None), MonthTotal.month, *added)
        found = found.group_by(MonthTotal.kpi_id, MonthTotal.month)
    found = found.where(MonthTotal.kpi_id.in_(kpi_ids))
    if chosen.since:
        found = found.where(MonthTotal.month >= chosen.since)
    if chosen.until:
        found = found.where(MonthTotal.month <= chosen.until)
    if chosen.organisation_id:
        found = found.where(MonthTotal.organisation_id == chosen.organisation_id)
    return [Total(*row) for row in session.execute(found.order_by(MonthTotal.kpi_id, MonthTotal.month))]


def _read_sums(session: Session, viewer: Identity, model: Any, today: date) -> list[Any]:
    """The columns of `Total` after the month: amount, count and weight, verified and then provisional."""
    provisional = [model.provisional, model.figures - model.verified_figures, model.provisional_weight]
    if not viewer.is_staff:
        shown = model.organisation_id.in_(list_sharing(session, today) | {viewer.organisation_id})
        nothing = literal(Decimal(0), Figure)
        provisional = [
            case((shown, amount), else_=other)
            for amount, other in zip(provisional, (nothing, literal(0), nothing), strict=True)
        ]
    return [model.verified, model.verified_figures, model.verified_weight, *provisional]
