"""Every SELECT on people, their links and tokens."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.partners.people.models import ERASED_DOMAIN, Person, PersonalToken, SigningSecret, SignInLink
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import STAFF


def get_person(session: Session, person_id: UUID) -> Person:
    found = session.get(Person, person_id)
    if found is None:
        raise NotFound
    return found


def find_person(session: Session, person_id: UUID) -> Person | None:
    """The person with this id, if there is one."""
    return session.get(Person, person_id)


def find_person_by_email(session: Session, email: str) -> Person | None:
    """The person with this address, in any case."""
    return session.scalar(select(Person).where(Person.email == email.casefold()))


def find_people(
    session: Session, *, organisation_id: UUID | None = None, cursor: str | None, limit: int
) -> Page[Person]:
    """People by name, one page; with `organisation_id`, its liaisons."""
    found = select(Person).where(Person.email.not_like(f"%{ERASED_DOMAIN}"))
    if organisation_id:
        found = found.where(Person.organisation_id == organisation_id)
    return fetch_page(session, found, Person.name, Person.id, cursor=cursor, limit=limit, descending=False)


def list_staff(session: Session) -> Sequence[Person]:
    """Staff who can sign in, by name."""
    found = select(Person).where(Person.active, Person.role.in_(STAFF))
    return session.scalars(found.order_by(Person.name, Person.id)).all()


def map_people(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Person]:
    """These people by id, in one query."""
    return {each.id: each for each in session.scalars(select(Person).where(Person.id.in_(ids)))} if ids else {}


def name_people(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of these people, in one query."""
    found = select(Person.id, Person.name).where(Person.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def find_link(session: Session, digest: str) -> SignInLink | None:
    """The link with this digest, locked: of two who use it at once, one comes first."""
    return session.scalar(select(SignInLink).where(SignInLink.digest == digest).with_for_update())


def list_signing_secrets(session: Session) -> Sequence[SigningSecret]:
    """All keys, the one that signs first."""
    return session.scalars(
        select(SigningSecret).order_by(SigningSecret.retired_at.is_not(None), SigningSecret.id.desc())
    ).all()


def list_tokens(session: Session, person_id: UUID) -> Sequence[PersonalToken]:
    """The person's tokens that were not revoked, newest first."""
    found = select(PersonalToken).where(PersonalToken.person_id == person_id, PersonalToken.revoked_at.is_(None))
    return session.scalars(found.order_by(PersonalToken.id.desc())).all()


def get_token(session: Session, person_id: UUID, token_id: UUID) -> PersonalToken:
    found = session.get(PersonalToken, token_id)
    if found is None or found.person_id != person_id:
        raise NotFound
    return found


def list_people_of(session: Session, organisation_id: UUID) -> Sequence[Person]:
    """Everyone who signs in for the organisation, whether or not they may just now."""
    return session.scalars(select(Person).where(Person.organisation_id == organisation_id).order_by(Person.id)).all()
