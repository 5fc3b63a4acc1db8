"""Use cases: adding people, changing what they may do, ending their access."""

from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.events import AccessRevoked, PersonChanged
from services.partners.organisations.queries import get_organisation
from services.partners.people.models import Person
from services.partners.people.queries import find_person, find_person_by_email, get_person, list_people_of
from shared.database.access import revoke
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import LIAISON, Identity
from shared.messaging.outbox import record


class PersonDetails(TypedDict):
    """What `PersonSchema` loads."""

    name: str
    email: str
    role: str
    organisation_id: UUID | None
    locale: str
    time_zone: str | None


def add_person(session: Session, by: Identity | None, now: datetime, **details: Unpack[PersonDetails]) -> Person:
    """Someone new who can sign in; `by` is None when an operator adds them from the command line."""
    _check_place(session, by, details)
    email = details["email"].casefold()
    if find_person_by_email(session, email) is not None:
        raise Invalid({"email": "Someone with this address is already here. Look them up in the list of people."})
    person = Person(created_at=now, updated_at=now, active=True, **{**details, "email": email})
    session.add(person)
    session.flush()
    note(session, by, "gave access", person.id, at=now, name=person.name, role=person.role)
    _announce(session, person, now)
    return person


def change_person(
    session: Session,
    by: Identity,
    person_id: UUID,
    seen_version: int,
    now: datetime,
    **details: Unpack[PersonDetails],
) -> Person:
    """The person with these details. A change of role or organisation ends what they are signed in with."""
    person = get_person(session, person_id)
    require_version(session, person, seen_version)
    _check_place(session, by, details)
    email = details["email"].casefold()
    other = find_person_by_email(session, email)
    if other is not None and other.id != person.id:
        raise Invalid({"email": "Someone else has this address."})
    if (person.role, person.organisation_id) != (details["role"], details["organisation_id"]):
        _end_access(session, person, now)
    for name, value in {**details, "email": email}.items():
        setattr(person, name, value)
    person.updated_at = now
    note(session, by, "changed the details", person.id, at=now, name=person.name, role=person.role)
    _announce(session, person, now)
    session.flush()
    return person


def set_active(session: Session, by: Identity, person_id: UUID, active: bool, now: datetime) -> Person:
    """Let someone in again, or out at once, everywhere."""
    person = get_person(session, person_id)
    if person.id == by.person_id:
        raise Conflict("You can't close your own access. Ask another administrator.")
    if person.active == active:
        return person
    if person.is_erased:
        raise Conflict("This person was erased. Add them anew.")
    person.active, person.updated_at = active, now
    if not active:
        _end_access(session, person, now)
    note(session, by, "opened the access" if active else "closed the access", person.id, at=now)
    _announce(session, person, now)
    return person


def tell_erased(session: Session, person_id: UUID, now: datetime) -> None:
    """End the access of someone who was just erased, everywhere, and let copies of them follow."""
    person = find_person(session, person_id)
    if person is not None:
        _end_access(session, person, now)
        _announce(session, person, now)


def ensure_person(session: Session, now: datetime, **details: Unpack[PersonDetails]) -> Person:
    """The person with this address, added if there is none; for the command line."""
    return find_person_by_email(session, details["email"]) or add_person(session, None, now, **details)


def resettle_people(session: Session, from_id: UUID, to_id: UUID, now: datetime) -> None:
    """Give liaisons of the one organisation to the other; what they are signed in with ends, as it names the first."""
    for person in list_people_of(session, from_id):
        _end_access(session, person, now)
        person.organisation_id, person.updated_at = to_id, now
        _announce(session, person, now)
    session.flush()


def _check_place(session: Session, by: Identity | None, details: PersonDetails) -> None:
    organisation_id = details["organisation_id"]
    if (details["role"] == LIAISON) != (organisation_id is not None):
        raise Invalid({"organisation_id": "A liaison needs an organisation; staff have none."})
    if organisation_id is not None and by is not None:
        get_organisation(session, by, organisation_id)


def _end_access(session: Session, person: Person, now: datetime) -> None:
    revoke(session, person.id, now)
    record(session, AccessRevoked(person.id, now), now=now)


def _announce(session: Session, person: Person, now: datetime) -> None:
    event = PersonChanged(
        person.id,
        person.name,
        person.email,
        person.role,
        person.organisation_id,
        person.locale,
        person.time_zone,
        person.active,
    )
    record(session, event, now=now)
