"""Every SELECT on organisations. A liaison's queries find their own organisation and no other."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.partners.organisations.models import Organisation, fold
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

T = TypeVar("T")


def get_organisation(session: Session, viewer: Identity, organisation_id: UUID) -> Organisation:
    """The organisation; raises `NotFound` if there is none or the viewer may not see it."""
    found = session.get(Organisation, organisation_id) if viewer.may_see(organisation_id) else None
    if found is None:
        raise NotFound
    return found


def lock_organisation(session: Session, organisation_id: UUID) -> None:
    """Make others who want this lock wait until the transaction ends; for rules that span several rows of it."""
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())


def find_organisations(
    session: Session,
    viewer: Identity,
    *,
    search: str = "",
    kind: str | None = None,
    cursor: str | None,
    limit: int,
) -> Page[Organisation]:
    """Organisations by name, one page; `search` is a part of the name in any case."""
    found = _seen_by(viewer, select(Organisation))
    if search:
        found = found.where(Organisation.sort_name.contains(fold(search), autoescape=True))
    if kind:
        found = found.where(Organisation.kind == kind)
    return fetch_page(
        session, found, Organisation.sort_name, Organisation.id, cursor=cursor, limit=limit, descending=False
    )


def count_organisations(session: Session, viewer: Identity) -> int:
    return session.scalar(_seen_by(viewer, select(func.count()).select_from(Organisation))) or 0


def name_organisations(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The names of these organisations, in one query."""
    found = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def _seen_by(viewer: Identity, found: Select[T]) -> Select[T]:
    return found if viewer.is_staff else found.where(Organisation.id == viewer.organisation_id)
