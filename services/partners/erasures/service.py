"""Use cases: a person is erased everywhere. Someone asks, every service does its part, a receipt says what was done."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.contacts.queries import get_contact, list_contacts_by_email
from services.partners.erasures.models import ASKED, DONE, RUNNING, SERVICES, Erasure, ErasureAnswer
from services.partners.erasures.queries import get_erasure, list_answers
from services.partners.events import PersonErasureRequested
from services.partners.mails import Action, Addressee, request_mail
from services.partners.people.queries import find_person_by_email
from shared.database.history import ERASED, note
from shared.database.links import LinkHolder, make_link
from shared.errors import Conflict, Invalid
from shared.identity import ADMIN, Identity
from shared.messaging.outbox import record

PURPOSE = "erasure.ask"
LINK_LASTS = timedelta(days=14)
#: After this long without an answer an operator should look.
PATIENCE = timedelta(days=1)


@dataclass(frozen=True)
class Subject:
    """Who is to be erased, as far as we know them: everyone with one address is one person."""

    email: str | None
    ids: tuple[UUID, ...]
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[0] if self.names else self.email or ""


def find_subject(
    session: Session, by: Identity, *, email: str | None = None, contact_id: UUID | None = None
) -> Subject:
    """Everyone behind an address, or a contact who has none; raises `Invalid` without either."""
    if contact_id is not None:
        contact = get_contact(session, by, contact_id)
        if contact.name == ERASED:
            raise Conflict("This person was erased already.")
        if contact.email is None:
            return Subject(None, (contact.id,), (contact.name,))
        email = contact.email
    if not email:
        raise Invalid({"email": "Write the person's e-mail address."})
    email = email.strip().casefold()
    person, contacts = find_person_by_email(session, email), list_contacts_by_email(session, email)
    known: list[Any] = [*([person] if person else []), *contacts]
    return Subject(email, tuple(each.id for each in known), tuple(dict.fromkeys(each.name for each in known)))


def ask_person(session: Session, by: Identity, subject: Subject, now: datetime, links: str) -> Erasure:
    """Mail the person a link by which they have themselves erased; `links` is where such links lead."""
    if subject.email is None:
        raise Conflict("There is no address to mail to.")
    erasure = _begin(session, by, subject, now)
    holder = LinkHolder(subject.ids[0] if subject.ids else erasure.id, subject.name, subject.email, None)
    about = {"purpose": PURPOSE, "subject_id": erasure.id, "holder": holder}
    secret = make_link(session, **about, now=now, lasts=LINK_LASTS, single=True)  # type: ignore[arg-type]
    request_mail(
        session,
        Addressee(subject.name, subject.email),
        "Erase what we keep of you",
        [
            "You asked us to forget you. The link below shows what would be erased and what has to stay, and why.",
            "Nothing happens before you confirm it there.",
        ],
        now,
        about=erasure.id,
        because="You asked us to erase what we keep of you.",
        reply_to=by.email,
        action=Action("Look and decide", links + secret, now + LINK_LASTS),
        ephemeral=True,
    )
    note(session, by, "mailed a link to ask for erasure", erasure.id, at=now)
    return erasure


def erase(session: Session, by: Identity, subject: Subject, now: datetime) -> Erasure:
    """Have a person erased everywhere, on an administrator's word."""
    person = find_person_by_email(session, subject.email) if subject.email else None
    if person is not None and (person.id == by.person_id or (person.role == ADMIN and person.active)):
        raise Conflict("Close this administrator's access first; another administrator can do that.")
    erasure = _begin(session, by, subject, now)
    start(session, by, erasure.id, now)
    return erasure


def start(session: Session, by: Identity, erasure_id: UUID, now: datetime) -> Erasure:
    """Ask every service to do its part; once begun, again changes nothing."""
    erasure = get_erasure(session, erasure_id, lock=True)
    if erasure.state != ASKED:
        return erasure
    subject = find_subject(session, by, email=erasure.email) if erasure.email else None
    ids = {UUID(each) for each in erasure.person_ids} | set(subject.ids if subject else ())
    names = [*dict.fromkeys([*([erasure.name] if erasure.name else []), *(subject.names if subject else ())])]
    erasure.state, erasure.started_at, erasure.person_ids = RUNNING, now, [str(each) for each in sorted(ids)]
    emails = [erasure.email] if erasure.email else []
    record(session, PersonErasureRequested(erasure.id, sorted(ids), names, emails), now=now)
    note(session, by, "began the erasure", erasure.id, at=now)
    return erasure


def hear_done(session: Session, erasure_id: UUID, service: str, counts: Mapping[str, int], now: datetime) -> None:
    """A service has done its part; with the last of them the receipt is mailed and we forget the address too."""
    erasure = get_erasure(session, erasure_id, lock=True)
    if erasure.state == DONE or session.get(ErasureAnswer, (erasure_id, service)) is not None:
        return
    session.add(ErasureAnswer(erasure_id=erasure_id, service=service, counts=dict(counts), answered_at=now))
    session.flush()
    if {each.service for each in list_answers(session, erasure_id)} >= set(SERVICES):
        erasure.state, erasure.done_at = DONE, now
        if erasure.email:
            _mail_receipt(session, erasure, erasure.email, now)
        erasure.email = erasure.name = None
        note(session, None, "finished the erasure", erasure.id, at=now)


def _begin(session: Session, by: Identity, subject: Subject, now: datetime) -> Erasure:
    known_by = subject.email or str(subject.ids[0])
    erasure = Erasure(
        fingerprint=hashlib.sha256(known_by.encode()).hexdigest(), email=subject.email, name=subject.name or None,
        person_ids=[str(each) for each in subject.ids], created_at=now,
    )  # fmt: skip
    session.add(erasure)
    session.flush()
    note(session, by, "asked for the erasure", erasure.id, at=now)
    return erasure


def _mail_receipt(session: Session, erasure: Erasure, email: str, now: datetime) -> None:
    request_mail(
        session,
        Addressee("", email),
        "You were erased",
        [
            f"All parts of the system have done their part. The erasure's number is {erasure.id}.",
            "Kept is only the record of agreements that were accepted, with the names of those who accepted them: "
            "both sides rely on it.",
            "This is the last mail from us. It is deleted here once it is out.",
        ],
        now,
        about=erasure.id,
        because="You were to be erased.",
        ephemeral=True,
    )
