"""Keeping the copies of organisations and people in step with what partners tells."""

from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.campaigns.known.models import KnownOrganisation, KnownPerson


class OrganisationNews(TypedDict):
    """What an event tells of an organisation, as far as campaigns reads it."""

    name: str
    kind: str
    country: str


class PersonNews(TypedDict):
    """What an event tells of a person, as far as campaigns reads it."""

    name: str
    role: str
    active: bool
    organisation_id: UUID | None


def keep_organisation(session: Session, organisation_id: UUID, **news: Unpack[OrganisationNews]) -> bool:
    """Remember the organisation as it is now; returns whether its name is new to us."""
    known = session.get(KnownOrganisation, organisation_id)
    renamed = known is None or known.name != news["name"]
    if known is None:
        known = KnownOrganisation(id=organisation_id)
        session.add(known)
    known.name, known.sort_name = news["name"], news["name"].casefold()
    known.kind, known.country = news["kind"], news["country"]
    session.flush()
    return renamed


def forget_organisation(session: Session, organisation_id: UUID) -> None:
    """Offer an organisation no more that was merged into another."""
    known = session.get(KnownOrganisation, organisation_id)
    if known is not None:
        session.delete(known)
        session.flush()


def keep_person(session: Session, person_id: UUID, **news: Unpack[PersonNews]) -> None:
    """Remember the person as they are now."""
    known = session.get(KnownPerson, person_id)
    if known is None:
        known = KnownPerson(id=person_id)
        session.add(known)
    known.name, known.role, known.active = news["name"], news["role"], news["active"]
    known.organisation_id = news["organisation_id"]
    session.flush()
