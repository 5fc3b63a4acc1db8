"""Every SELECT on what campaigns knows of organisations and people."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.campaigns.known.models import KnownOrganisation, KnownPerson
from shared.database.paging import Page, fetch_page
from shared.identity import STAFF


def name_organisations(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of these organisations, as far as they have been heard, in one query."""
    if not ids:
        return {}
    found = select(KnownOrganisation.id, KnownOrganisation.name).where(KnownOrganisation.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def find_organisations(
    session: Session, *, without: Collection[UUID], search: str, cursor: str | None, limit: int
) -> Page[KnownOrganisation]:
    """Organisations by name, one page, leaving out `without`; `search` is a part of the name in any case."""
    found = select(KnownOrganisation)
    if without:
        found = found.where(KnownOrganisation.id.not_in(without))
    if search:
        found = found.where(KnownOrganisation.sort_name.contains(search.casefold(), autoescape=True))
    keys = KnownOrganisation.sort_name, KnownOrganisation.id
    return fetch_page(session, found, *keys, cursor=cursor, limit=limit, descending=False)


def find_person(session: Session, person_id: UUID) -> KnownPerson | None:
    return session.get(KnownPerson, person_id)


def list_staff(session: Session) -> Sequence[KnownPerson]:
    """Staff who can sign in, by name."""
    found = select(KnownPerson).where(KnownPerson.active, KnownPerson.role.in_(STAFF))
    return session.scalars(found.order_by(KnownPerson.name, KnownPerson.id)).all()
