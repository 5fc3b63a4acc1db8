"""The mails that go with an agreement: who is told what."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from services.partners.agreements.models import Agreement, Reply, Version
from services.partners.agreements.service.drafting import ANSWERING
from services.partners.contacts.queries import find_liaison, find_owner
from services.partners.mails import Action, request_mail
from services.partners.organisations.queries import name_organisations
from services.partners.people.queries import find_person
from shared.database.links import make_link
from shared.identity import Identity
from shared.web.filters import format_date

if TYPE_CHECKING:
    from services.partners.contacts.models import Contact


def tell_offer(
    session: Session,
    by: Identity,
    agreement: Agreement,
    version: Version,
    organisation: str,
    liaison: "Contact",
    words: str,
    link: str,
    until: datetime,
) -> None:
    """The offer itself, with the link to read and answer it."""
    again = [f"It takes the place of version {version.number - 1}: the page shows what has changed."]
    request_mail(
        session,
        liaison.addressee,
        f"{agreement.title}: an agreement to read and answer",
        [
            f"{by.name} offers {organisation} the agreement “{agreement.title}”, version {version.number}.",
            *(again if version.number > 1 else []),
            *[line for line in words.splitlines() if line.strip()],
            f"You can accept it, ask for changes or decline, until {format_date(version.answer_by, 'en')}."
            " Nothing holds until both sides have accepted the same version.",
        ],
        version.offered_at or until,
        about=agreement.id,
        because=f"You get this mail because you are the liaison of {organisation}. The link is for you alone.",
        action=Action("Read and answer", link, until),
        reply_to=by.email or None,
    )


def remind_liaison(session: Session, agreement: Agreement, version: Version, links: str, now: datetime) -> None:
    """A few days before the last one; the link in it is a new one, as nobody but its holder knows the first."""
    liaison = find_liaison(session, agreement.organisation_id)
    if liaison is None or not liaison.email:
        return
    lasts, day = timedelta(days=30), format_date(version.answer_by, "en")
    secret = make_link(session, purpose=ANSWERING, subject_id=version.id, holder=liaison.holder, now=now, lasts=lasts)
    request_mail(
        session,
        liaison.addressee,
        f"{agreement.title}: an answer is due by {day}",
        [
            f"The agreement “{agreement.title}” still waits for your answer. After {day} the offer lapses;"
            " nothing is accepted by silence.",
        ],
        now,
        about=agreement.id,
        because="You get this mail because you are your organisation's liaison. The link is for you alone.",
        action=Action("Read and answer", links + secret, now + lasts),
    )


def tell_answer(
    session: Session, by: Identity, agreement: Agreement, version: Version, reply: Reply, comment: str, now: datetime
) -> None:
    """What the partner said, to those of us who wait for it."""
    said = {
        Reply.ACCEPT: f"{by.name} has accepted version {version.number} of “{agreement.title}”.",
        Reply.ASK_FOR_CHANGES: f"{by.name} asks for changes to version {version.number} of “{agreement.title}”:",
        Reply.DECLINE: f"{by.name} has declined version {version.number} of “{agreement.title}”:",
    }[reply]
    _tell_us(session, agreement, version, f"{agreement.title}: an answer", [said, *([comment] if comment else [])], now)


def tell_conclusion(session: Session, agreement: Agreement, version: Version, now: datetime) -> None:
    """Both sides have accepted: told to both."""
    words = [f"Both sides have accepted version {version.number} of “{agreement.title}”."]
    if agreement.starts_on is not None:
        words.append(f"It holds from {format_date(agreement.starts_on, 'en')} on.")
    words.append(f"The terms that were accepted have the digest {version.digest}.")
    _tell_us(session, agreement, version, f"{agreement.title}: accepted by both sides", words, now)
    _tell_partner(session, agreement, f"{agreement.title}: accepted by both sides", words, now)


def tell_lapse(session: Session, agreement: Agreement, version: Version, now: datetime) -> None:
    words = [
        f"Nobody answered version {version.number} of “{agreement.title}” by {format_date(version.answer_by, 'en')}:"
        " the offer has lapsed. Talk to the partner, then offer it again or give it up."
    ]
    _tell_us(session, agreement, version, f"{agreement.title}: no answer", words, now)


def tell_end(session: Session, agreement: Agreement, on: date, reason: str, now: datetime) -> None:
    words = [f"The agreement “{agreement.title}” ends on {format_date(on, 'en')}.", reason]
    _tell_partner(session, agreement, f"{agreement.title} ends", words, now)


def tell_coming_end(session: Session, agreement: Agreement, now: datetime) -> None:
    words = [f"“{agreement.title}” ends on {format_date(agreement.ends_on, 'en')}. Renew it, or say why it ends."]
    owner = find_owner(session, agreement.organisation_id)
    if owner is not None:
        request_mail(
            session, owner.addressee,
            f"{agreement.title} comes to its end", words, now, about=agreement.id, action=_page_of(agreement),
            because="You get this mail because you look after this partner.",
        )  # fmt: skip


def _tell_us(
    session: Session, agreement: Agreement, version: Version, subject: str, words: list[str], now: datetime
) -> None:
    """To the version's author and to who looks after the partner; once, where that is one person."""
    author, owner = find_person(session, version.author_id), find_owner(session, agreement.organisation_id)
    names = name_organisations(session, [agreement.organisation_id])
    partner = names[agreement.organisation_id]
    for person in {each.id: each for each in (author, owner) if each is not None and each.active}.values():
        request_mail(
            session, person.addressee,
            subject, words, now, about=agreement.id, action=_page_of(agreement),
            because=f"You get this mail because you look after the agreement with {partner}.",
        )  # fmt: skip


def _tell_partner(session: Session, agreement: Agreement, subject: str, words: list[str], now: datetime) -> None:
    liaison = find_liaison(session, agreement.organisation_id)
    if liaison is not None and liaison.email:
        request_mail(
            session, liaison.addressee, subject, words, now, about=agreement.id,
            because="You get this mail because you are your organisation's liaison.",
            action=_page_of(agreement) if liaison.person_id else None,
        )  # fmt: skip


def _page_of(agreement: Agreement) -> Action:
    return Action("Open the agreement", f"/partners/agreements/{agreement.id}")
