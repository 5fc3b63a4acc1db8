"""Every SELECT on campaigns. A liaison's queries find what their organisation takes part in and nothing else."""

from collections.abc import Sequence
from datetime import date
from typing import TypedDict, TypeVar, Unpack
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from services.campaigns.campaigns.models import ENDED, PLANNED, RUNNING, Campaign, Partnership
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

T = TypeVar("T")


class Filters(TypedDict):
    """What a list of campaigns is narrowed down to; None or "" leaves it as it is."""

    search: str
    status: str | None
    cause: str | None
    partner: UUID | None


def get_campaign(session: Session, viewer: Identity, campaign_id: UUID, *, lock: bool = False) -> Campaign:
    """The campaign; raises `NotFound` if there is none or the viewer may not see it.

    With `lock`, others who want to change it wait until this transaction ends, and what they changed is read.
    """
    wanted = _seen_by(viewer, select(Campaign).where(Campaign.id == campaign_id))
    if lock:
        wanted = wanted.with_for_update(of=Campaign).execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound
    return found


def find_campaigns(
    session: Session, viewer: Identity, today: date, *, cursor: str | None, limit: int, **filters: Unpack[Filters]
) -> Page[Campaign]:
    """Campaigns, those that start last first, one page; `search` is a part of the title in any case."""
    found = _narrow(_seen_by(viewer, select(Campaign)), today, filters)
    return fetch_page(session, found, Campaign.starts_on, Campaign.id, cursor=cursor, limit=limit)


def count_campaigns(session: Session, viewer: Identity, today: date, **filters: Unpack[Filters]) -> int:
    counted = _seen_by(viewer, select(func.count()).select_from(Campaign))
    return session.scalar(_narrow(counted, today, filters)) or 0


def list_campaigns_of(session: Session, organisation_id: UUID) -> Sequence[UUID]:
    """The ids of the campaigns that the organisation takes part in."""
    return session.scalars(select(Partnership.campaign_id).where(Partnership.organisation_id == organisation_id)).all()


def list_owned_by(session: Session, person_id: UUID) -> Sequence[Campaign]:
    return session.scalars(select(Campaign).where(Campaign.owner_id == person_id).order_by(Campaign.id)).all()


def _seen_by(viewer: Identity, found: Select[T]) -> Select[T]:
    return found if viewer.is_staff else found.where(_has_partner(viewer.organisation_id))


def _has_partner(organisation_id: UUID | None) -> ColumnElement[bool]:
    return Campaign.partnerships.any(Partnership.organisation_id == organisation_id)


def _has_status(status: str, today: date) -> ColumnElement[bool]:
    """The same rule as `Campaign.status_on`, for a database."""
    conditions: dict[str, ColumnElement[bool]] = {
        PLANNED: Campaign.starts_on > today,
        RUNNING: (Campaign.starts_on <= today) & (Campaign.ends_on >= today),
        ENDED: Campaign.ends_on < today,
    }
    return conditions[status]


def _narrow(found: Select[T], today: date, filters: Filters) -> Select[T]:
    if filters["search"]:
        found = found.where(Campaign.sort_title.contains(filters["search"].casefold(), autoescape=True))
    if filters["status"]:
        found = found.where(_has_status(filters["status"], today))
    if filters["cause"]:
        found = found.where(Campaign.cause == filters["cause"])
    if filters["partner"]:
        found = found.where(_has_partner(filters["partner"]))
    return found
