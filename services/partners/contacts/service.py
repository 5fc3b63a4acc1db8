"""Use cases: who is at an organisation, what they agreed to, who of us looks after it, and contacts' accounts.

A contact and the liaison's account of the same address are one: whichever is changed, the other follows.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.partners.contacts.models import Consent, Contact, Owner
from services.partners.contacts.queries import (
    find_contact_by_email,
    find_contact_of_person,
    find_liaison,
    find_ownership,
    get_contact,
    list_all_contacts,
)
from services.partners.events import ContactChanged
from services.partners.organisations.queries import get_organisation, lock_organisation
from services.partners.people.queries import find_person_by_email, get_person
from services.partners.people.service import add_person, change_person, set_active
from shared.database.history import ERASED, note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import LIAISON, Identity
from shared.messaging.outbox import record

if TYPE_CHECKING:
    from services.partners.people.models import Person


class ContactDetails(TypedDict):
    """What `ContactSchema` loads."""

    name: str
    email: str | None
    phone: str | None
    roles: list[str]
    channel: str
    locale: str
    time_zone: str | None
    notes: str


#: What an account keeps of a person too.
SHARED = ("name", "email", "locale", "time_zone")


def add_contact(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    now: datetime,
    *,
    is_liaison: bool = False,
    **details: Unpack[ContactDetails],
) -> Contact:
    """Someone at the organisation; raises `Invalid` for an address that is known there, or for a second liaison."""
    get_organisation(session, by, organisation_id)
    lock_organisation(session, organisation_id)
    contact = Contact(organisation_id=organisation_id, active=True, created_at=now, updated_at=now)
    if is_liaison and (current := find_liaison(session, organisation_id)):
        raise Invalid({"is_liaison": f"{current.name} is the liaison. Add this person, then hand over to them."})
    contact.is_liaison = is_liaison
    _fill(session, contact, details)
    session.add(contact)
    _link_account(session, contact)
    session.flush()
    note(session, by, "added the contact", contact.id, at=now)
    note(session, by, "added a contact", organisation_id, at=now, name=contact.name)
    _announce(session, contact, now)
    return contact


def change_contact(
    session: Session,
    by: Identity,
    contact_id: UUID,
    seen_version: int,
    now: datetime,
    **details: Unpack[ContactDetails],
) -> Contact:
    """The contact with these details, and their account too; raises `Stale` if they changed since `seen_version`."""
    contact = get_contact(session, by, contact_id)
    require_version(session, contact, seen_version)
    details["email"] = details["email"].casefold() if details["email"] else None
    changed = [name for name, value in details.items() if getattr(contact, name) != value]
    if not changed:
        return contact
    if contact.person_id and details["email"] is None:
        raise Invalid({"email": "They sign in with this address. Close their access before you take it away."})
    _fill(session, contact, details)
    if contact.person_id is None:
        _link_account(session, contact)
    elif set(changed) & set(SHARED):
        _change_account(session, by, contact, now)
    contact.updated_at = now
    # What was typed may be personal: the history says which fields, and erasure has one place less to look.
    note(session, by, "changed the contact", contact.id, at=now, fields=sorted(changed))
    _announce(session, contact, now)
    session.flush()
    return contact


def name_liaison(session: Session, by: Identity, contact_id: UUID, now: datetime) -> Contact:
    """Make this contact the liaison of an organisation that has none; raises `Conflict` where there is one."""
    contact = get_contact(session, by, contact_id)
    lock_organisation(session, contact.organisation_id)
    current = find_liaison(session, contact.organisation_id)
    if current is not None and current.id != contact.id:
        raise Conflict(f"{current.name} is the liaison. Hand over from them, so that nothing open is lost.")
    if current is None:
        move_liaison(session, by, None, contact, now)
    return contact


def move_liaison(
    session: Session, by: Identity | None, former: Contact | None, contact: Contact, now: datetime
) -> None:
    """Let `contact` be the liaison in place of `former`; for `name_liaison` and a hand-over, which lock first."""
    if not contact.active:
        raise Conflict(f"{contact.name} has left the organisation.")
    if former is not None:
        former.is_liaison, former.updated_at = False, now
        # The index allows one liaison at a time, so the former goes before the next comes.
        session.flush()
        _announce(session, former, now)
    contact.is_liaison, contact.updated_at = True, now
    session.flush()
    note(session, by, "made them the liaison", contact.id, at=now)
    note(session, by, "named a liaison", contact.organisation_id, at=now, name=contact.name)
    _announce(session, contact, now)


def let_go(session: Session, by: Identity, contact_id: UUID, now: datetime) -> Contact:
    """The contact has left the organisation: no mail, no signing in, no liaison any more. Twice is like once."""
    contact = get_contact(session, by, contact_id)
    if not contact.active:
        return contact
    contact.active, contact.is_liaison, contact.updated_at = False, False, now
    if contact.person_id is not None:
        set_active(session, by, contact.person_id, False, now)
    session.flush()
    note(session, by, "noted that they left", contact.id, at=now)
    note(session, by, "noted that a contact left", contact.organisation_id, at=now, name=contact.name)
    _announce(session, contact, now)
    return contact


def take_back(session: Session, by: Identity, contact_id: UUID, now: datetime) -> Contact:
    """The contact is at the organisation again; their access stays closed until someone opens it."""
    contact = get_contact(session, by, contact_id)
    if contact.active:
        return contact
    if contact.name == ERASED:
        raise Conflict("This person was erased. Add them anew.")
    contact.active, contact.updated_at = True, now
    session.flush()
    note(session, by, "noted that they are back", contact.id, at=now)
    _announce(session, contact, now)
    return contact


def give_consent(
    session: Session, by: Identity, contact_id: UUID, now: datetime, *, purpose: str, on: date, how: str
) -> Contact:
    """Note that the contact agreed to `purpose` on that day; while it is in force, again changes nothing."""
    contact = get_contact(session, by, contact_id)
    if contact.consent_in_force(purpose) is None:
        contact.consents.append(Consent(purpose=purpose, given_on=on, given_how=how, created_at=now))
        _note_consent(session, by, contact, "noted a consent", purpose, now)
    return contact


def withdraw_consent(
    session: Session, by: Identity, contact_id: UUID, now: datetime, *, purpose: str, on: date, how: str
) -> Contact:
    """Note that the contact does not agree (any more); also what was never given can be refused."""
    contact = get_contact(session, by, contact_id)
    given = contact.consent_in_force(purpose)
    if given is None and any(each.purpose == purpose for each in contact.consents):
        return contact
    if given is None:
        given = Consent(purpose=purpose, created_at=now)
        contact.consents.append(given)
    if given.given_on is not None and on < given.given_on:
        raise Invalid({"on": "That is before they agreed."})
    given.withdrawn_on, given.withdrawn_how = on, how
    _note_consent(session, by, contact, "noted that a consent was withdrawn", purpose, now)
    return contact


def open_account(session: Session, by: Identity, contact_id: UUID, now: datetime) -> "Person":
    """Let the contact sign in as a liaison of their organisation; raises `Conflict` where their address can't."""
    contact = get_contact(session, by, contact_id)
    if not contact.active:
        raise Conflict(f"{contact.name} has left the organisation.")
    if contact.email is None:
        raise Conflict("A sign-in link goes to an e-mail address. Add one first.")
    if contact.person_id is not None:
        return set_active(session, by, contact.person_id, True, now)
    if find_person_by_email(session, contact.email) is not None:
        raise Conflict("Someone who is not of this organisation signs in with this address. Ask an administrator.")
    details: Any = {name: getattr(contact, name) for name in SHARED}
    person = add_person(session, by, now, role=LIAISON, organisation_id=contact.organisation_id, **details)
    contact.person_id, contact.updated_at = person.id, now
    session.flush()
    note(session, by, "let them sign in", contact.id, at=now)
    return person


def follow_account(session: Session, person_id: UUID, now: datetime) -> None:
    """Keep a liaison's contact in step with their account as it is now, whoever changed it and wherever."""
    person = get_person(session, person_id)
    contact = find_contact_of_person(session, person_id)
    if contact is not None and (person.role, person.organisation_id) != (LIAISON, contact.organisation_id):
        contact.person_id, contact.updated_at, contact = None, now, None
        session.flush()
    if person.role != LIAISON or person.organisation_id is None or person.is_erased:
        return
    lock_organisation(session, person.organisation_id)
    contact = contact or find_contact_by_email(session, person.organisation_id, person.email)
    vacant = person.active and find_liaison(session, person.organisation_id) is None
    if contact is None:
        contact = Contact(
            organisation_id=person.organisation_id, roles=[], active=True, created_at=now, updated_at=now, version=1
        )
        session.add(contact)
    elif contact.person_id == person.id and all(getattr(contact, name) == getattr(person, name) for name in SHARED):
        return
    if contact.person_id is None and contact.active and vacant:
        # Whoever is given a liaison's account is the liaison, where the organisation has none.
        contact.is_liaison = True
    contact.person_id, contact.updated_at = person.id, now
    contact.rename(person.name)
    contact.email, contact.locale, contact.time_zone = person.email, person.locale, person.time_zone
    session.flush()
    _announce(session, contact, now)


def set_owner(session: Session, by: Identity, organisation_id: UUID, person_id: UUID, now: datetime) -> Owner:
    """Make a member of staff responsible for the organisation; raises `Invalid` for anyone else."""
    organisation = get_organisation(session, by, organisation_id)
    person = get_person(session, person_id)
    if person.role == LIAISON or not person.active:
        raise Invalid({"person_id": "Choose someone of ours who can sign in."})
    lock_organisation(session, organisation_id)
    owner = find_ownership(session, organisation_id)
    if owner is not None and owner.person_id == person_id:
        return owner
    owner = owner or Owner(organisation_id=organisation_id, created_at=now)
    owner.person_id, owner.updated_at = person_id, now
    session.add(owner)
    session.flush()
    note(session, by, "made someone of ours responsible", organisation.id, at=now, name=person.name)
    return owner


def _fill(session: Session, contact: Contact, details: ContactDetails) -> None:
    email = details["email"].casefold() if details["email"] else None
    with session.no_autoflush:
        other = find_contact_by_email(session, contact.organisation_id, email) if email else None
    if other is not None and other is not contact:
        where = "is here already" if other.active else "was here before: look among those who left, and take them back"
        raise Invalid({"email": f"{other.name} has this address and {where}."})
    contact.rename(details["name"])
    contact.email, contact.phone, contact.roles = email, details["phone"], details["roles"]
    contact.channel, contact.notes = details["channel"], details["notes"]
    contact.locale, contact.time_zone = details["locale"], details["time_zone"]


def _link_account(session: Session, contact: Contact) -> None:
    """One who signs in with this address for this organisation is this contact, and its liaison if it has none."""
    with session.no_autoflush:
        person = find_person_by_email(session, contact.email) if contact.email else None
        if person is None or (person.role, person.organisation_id) != (LIAISON, contact.organisation_id):
            return
        if find_contact_of_person(session, person.id) is None:
            contact.person_id = person.id
            if person.active and find_liaison(session, contact.organisation_id) is None:
                contact.is_liaison = True


def _change_account(session: Session, by: Identity, contact: Contact, now: datetime) -> None:
    if contact.person_id is None:
        return
    person = get_person(session, contact.person_id)
    details: Any = {name: getattr(contact, name) for name in SHARED}
    change_person(
        session,
        by,
        person.id,
        person.version,
        now,
        role=person.role,
        organisation_id=person.organisation_id,
        **details,
    )


def _note_consent(session: Session, by: Identity, contact: Contact, action: str, purpose: str, now: datetime) -> None:
    contact.updated_at = now
    session.flush()
    note(session, by, action, contact.id, at=now, purpose=purpose)
    _announce(session, contact, now)


def announce_contacts(session: Session, organisation_id: UUID, now: datetime) -> None:
    """Tell anew of all contacts of an organisation, some of whom have come to it by a merge."""
    for contact in list_all_contacts(session, organisation_id):
        _announce(session, contact, now)


def tell_erased(session: Session, contact_id: UUID, now: datetime) -> UUID | None:
    """Let copies of a contact who was just erased follow; returns their organisation's id, None if there is none."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        return None
    _announce(session, contact, now)
    return contact.organisation_id


def give_up_ownership(session: Session, person_id: UUID) -> int:
    """Let a person be responsible for no organisation any more; returns for how many they were."""
    theirs = session.scalars(delete(Owner).where(Owner.person_id == person_id).returning(Owner.id)).all()
    return len(theirs)


def _announce(session: Session, contact: Contact, now: datetime) -> None:
    event = ContactChanged(
        contact.id,
        contact.organisation_id,
        contact.name,
        contact.email,
        contact.is_liaison,
        contact.locale,
        contact.time_zone,
        contact.may_mail,
        contact.active,
    )
    record(session, event, now=now)
