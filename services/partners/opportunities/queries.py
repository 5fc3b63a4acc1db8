"""Every SELECT on opportunities. They are ours alone: policy.py gives them to staff."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.partners.opportunities.models import OPEN, Opportunity, Stage
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


class Filters(TypedDict, total=False):
    """What a list is narrowed to."""

    search: str
    organisation_id: UUID | None
    owner_id: UUID | None
    campaign_id: UUID | None
    stage: str | None


def get_opportunity(session: Session, viewer: Identity, opportunity_id: UUID) -> Opportunity:
    """The opportunity; raises `NotFound` if there is none, and for whoever is not of our staff."""
    found = session.get(Opportunity, opportunity_id)
    if found is None or not viewer.is_staff:
        raise NotFound
    return found


def find_opportunities(
    session: Session, *, cursor: str | None, limit: int, **filters: Unpack[Filters]
) -> Page[Opportunity]:
    """Opportunities, the newest first, one page; `search` is a part of the title."""
    return fetch_page(session, _narrow(select(Opportunity), filters), Opportunity.id, cursor=cursor, limit=limit)


def count_opportunities(session: Session, **filters: Unpack[Filters]) -> int:
    return session.scalar(_narrow(select(func.count(Opportunity.id)), filters)) or 0


def list_stage(session: Session, stage: Stage, limit: int, filters: Filters) -> Sequence[Opportunity]:
    """A column of the board: what is due next comes first, what has no date last."""
    found = _narrow(select(Opportunity), filters).where(Opportunity.stage == stage)
    order = Opportunity.step_due_on.is_(None), Opportunity.step_due_on, Opportunity.id
    return session.scalars(found.order_by(*order).limit(limit)).all()


def count_stages(session: Session, **filters: Unpack[Filters]) -> Mapping[str, int]:
    """How many there are at each stage, in one query."""
    counted: Any = _narrow(select(Opportunity.stage, func.count()), filters)
    counted = counted.group_by(Opportunity.stage)
    return {row[0]: row[1] for row in session.execute(counted)}


def select_overdue_opportunities(today: date) -> Select[UUID, date | None]:
    """(organisation's id, the day it was due) of every open opportunity whose next step is late."""
    return select(Opportunity.organisation_id, Opportunity.step_due_on).where(
        Opportunity.stage.in_(OPEN), Opportunity.step_due_on < today
    )


def list_overdue_opportunities(
    session: Session, organisation_ids: Collection[UUID], today: date
) -> Sequence[Opportunity]:
    """The open opportunities of these organisations whose next step is late, in one query."""
    found = select(Opportunity).where(
        Opportunity.organisation_id.in_(organisation_ids), Opportunity.stage.in_(OPEN), Opportunity.step_due_on < today
    )
    return session.scalars(found.order_by(Opportunity.step_due_on, Opportunity.id)).all()


def _narrow(found: Any, filters: Filters) -> Any:
    if search := filters.get("search"):
        found = found.where(Opportunity.title.icontains(search, autoescape=True))
    for name in ("organisation_id", "owner_id", "campaign_id", "stage"):
        if filters.get(name) is not None:
            found = found.where(getattr(Opportunity, name) == filters.get(name))
    return found
