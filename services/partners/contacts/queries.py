"""Every SELECT on contacts and owners. A liaison's queries find their own organisation's and no other."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.partners.contacts.models import Contact, Owner
from services.partners.organisations.queries import get_organisation
from services.partners.people.queries import get_person, name_people
from shared.database.history import ERASED
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

if TYPE_CHECKING:
    from services.partners.people.models import Person


def get_contact(session: Session, viewer: Identity, contact_id: UUID) -> Contact:
    """The contact; raises `NotFound` if there is none or the viewer may not see it."""
    found = session.get(Contact, contact_id)
    if found is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    return found


def list_contacts(session: Session, viewer: Identity, organisation_id: UUID) -> Sequence[Contact]:
    """Who is at the organisation now, the liaison first, then by name; raises `NotFound` like `get_contact`."""
    get_organisation(session, viewer, organisation_id)
    found = select(Contact).where(Contact.organisation_id == organisation_id, Contact.active)
    return session.scalars(found.order_by(Contact.is_liaison.desc(), Contact.sort_name, Contact.id)).all()


def find_contacts(
    session: Session,
    viewer: Identity,
    organisation_id: UUID,
    *,
    search: str = "",
    left: bool = False,
    cursor: str | None,
    limit: int,
) -> Page[Contact]:
    """Contacts by name, one page: those who are there, or with `left` those who are not any more."""
    get_organisation(session, viewer, organisation_id)
    found = select(Contact).where(Contact.organisation_id == organisation_id, Contact.active.is_(not left))
    found = found.where(Contact.name != ERASED)
    if search:
        found = found.where(Contact.sort_name.contains(search.casefold(), autoescape=True))
    return fetch_page(session, found, Contact.sort_name, Contact.id, cursor=cursor, limit=limit, descending=False)


def count_contacts(session: Session, organisation_id: UUID, *, left: bool = False) -> int:
    found = select(func.count()).where(Contact.organisation_id == organisation_id, Contact.active.is_(not left))
    found = found.where(Contact.name != ERASED)
    return session.scalar(found) or 0


def find_liaison(session: Session, organisation_id: UUID) -> Contact | None:
    """The organisation's one point of contact, if it named one."""
    return session.scalar(select(Contact).where(Contact.organisation_id == organisation_id, Contact.is_liaison))


def find_liaisons(session: Session, organisation_ids: Collection[UUID]) -> Mapping[UUID, Contact]:
    """The liaison of each of these organisations that has one, in one query."""
    found = select(Contact).where(Contact.organisation_id.in_(organisation_ids), Contact.is_liaison)
    return {each.organisation_id: each for each in session.scalars(found)}


def find_contact_by_email(session: Session, organisation_id: UUID, email: str) -> Contact | None:
    """The organisation's contact with this address, in any case, also one who has left."""
    found = select(Contact).where(Contact.organisation_id == organisation_id, Contact.email == email.casefold())
    return session.scalar(found)


def list_contacts_by_email(session: Session, email: str) -> Sequence[Contact]:
    """The contacts of any organisation with this address, in any case: one person may be known to several."""
    return session.scalars(select(Contact).where(Contact.email == email.casefold()).order_by(Contact.id)).all()


def find_contact_of_person(session: Session, person_id: UUID) -> Contact | None:
    """The contact who signs in with this account."""
    return session.scalar(select(Contact).where(Contact.person_id == person_id))


def map_contacts(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Contact]:
    """These contacts by id, in one query, whoever looks: for use cases that checked already, and for the clock."""
    return {each.id: each for each in session.scalars(select(Contact).where(Contact.id.in_(ids)))} if ids else {}


def select_contacts() -> Select[UUID, UUID, str]:
    """(contact's id, organisation's id, name) of all, for another query to join."""
    return select(Contact.id, Contact.organisation_id, Contact.name)


def name_contacts(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of these contacts, in one query."""
    found = select(Contact.id, Contact.name).where(Contact.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def find_owner(session: Session, organisation_id: UUID) -> "Person | None":
    """The member of staff who is responsible for the organisation on our side."""
    owner = find_ownership(session, organisation_id)
    return get_person(session, owner.person_id) if owner else None


def find_owners(session: Session, organisation_ids: Collection[UUID]) -> Mapping[UUID, tuple[UUID, str]]:
    """Organisation's id -> its owner's id and name, in two queries for all of them."""
    found = select(Owner.organisation_id, Owner.person_id).where(Owner.organisation_id.in_(organisation_ids))
    owners = {row.organisation_id: row.person_id for row in session.execute(found)}
    names = name_people(session, set(owners.values()))
    return {organisation_id: (person_id, names[person_id]) for organisation_id, person_id in owners.items()}


def select_owned(person_id: UUID) -> Select[UUID]:
    """The ids of the organisations that this person is responsible for, for another query's IN."""
    return select(Owner.organisation_id).where(Owner.person_id == person_id)


def find_ownership(session: Session, organisation_id: UUID) -> Owner | None:
    return session.scalar(select(Owner).where(Owner.organisation_id == organisation_id))


def list_all_contacts(session: Session, organisation_id: UUID) -> Sequence[Contact]:
    """Every contact of the organisation, also those who left."""
    found = select(Contact).where(Contact.organisation_id == organisation_id)
    return session.scalars(found.order_by(Contact.id)).all()
