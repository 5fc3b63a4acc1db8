"""Every SELECT on what figures were used for. A liaison finds their own organisation's, without what was taken back."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.partners.organisations.queries import get_organisation
from services.partners.reciprocity.models import FigureUse
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


def get_use(session: Session, viewer: Identity, use_id: UUID) -> FigureUse:
    """The use; raises `NotFound` if there is none or the viewer may not see it."""
    found = session.get(FigureUse, use_id)
    if found is None or not viewer.may_see(found.organisation_id) or (found.withdrawn_at and not viewer.is_staff):
        raise NotFound
    return found


def find_uses(
    session: Session, viewer: Identity, organisation_id: UUID, *, cursor: str | None, limit: int
) -> Page[FigureUse]:
    """What the organisation's figures were used for, the latest use first; raises `NotFound` like `get_use`."""
    get_organisation(session, viewer, organisation_id)
    return fetch_page(
        session, _select_seen(viewer, organisation_id), FigureUse.used_on, FigureUse.id, cursor=cursor, limit=limit
    )


def count_uses(session: Session, viewer: Identity, organisation_id: UUID) -> int:
    """How many of them there are."""
    return session.scalar(select(func.count()).select_from(_select_seen(viewer, organisation_id).subquery())) or 0


def list_told(session: Session, organisation_ids: Collection[UUID], source: str) -> Collection[UUID]:
    """Those of these organisations to whom a use known from `source` was told already."""
    found = select(FigureUse.organisation_id).where(
        FigureUse.organisation_id.in_(organisation_ids), FigureUse.source == source
    )
    return set(session.scalars(found))


def _select_seen(viewer: Identity, organisation_id: UUID) -> Select[FigureUse]:
    found = select(FigureUse).where(FigureUse.organisation_id == organisation_id)
    return found if viewer.is_staff else found.where(FigureUse.withdrawn_at.is_(None))
