"""The mails that go with a proposal: who is told what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.partners.contacts.queries import find_liaison, find_owner
from services.partners.mails import Action, request_mail
from services.partners.people.queries import find_person
from services.partners.proposals.models import Proposal, Reply, Version
from services.partners.proposals.placeholders import fill, say_values
from shared.identity import Identity
from shared.web.filters import format_date

if TYPE_CHECKING:
    from services.partners.contacts.models import Contact


@dataclass(frozen=True)
class OfferMail:
    """What the mail with a version says: shown before it is sent, and sent as it was shown."""

    subject: str
    paragraphs: Sequence[str]
    #: Markdown, between the paragraphs and the button.
    body: str
    because: str
    button: str


def compose_offer(by: Identity, version: Version, organisation: str, liaison: "Contact") -> OfferMail:
    """The mail with a version; `version` need not be kept yet."""
    names = {"title": version.title, "organisation": organisation}
    again = _("It takes the place of what was sent before; the page shows what has changed.")
    day = format_date(version.answer_by, liaison.locale)
    return OfferMail(
        subject=_("%(title)s: a proposal to %(organisation)s", **names),
        paragraphs=[
            _("%(who)s sends %(organisation)s the proposal “%(title)s”.", who=by.name, **names),
            *([again] if version.number > 1 else []),
            *[line for line in version.words.splitlines() if line.strip()],
            _(
                "You can accept it, decline it, ask for changes or send it back with changes of your own, until"
                " %(day)s. Silence accepts nothing. This is what it says:",
                day=day,
            ),
        ],
        body=fill(version.text, say_values(version.fields, version.values, liaison.locale)),
        because=_(
            "You get this mail because you are the liaison of %(organisation)s. The link is for you alone.", **names
        ),
        button=_("Read and answer"),
    )


def send_offer(
    session: Session, by: Identity, version: Version, mail: OfferMail, liaison: "Contact", link: str, until: datetime
) -> None:
    request_mail(
        session, liaison.addressee, mail.subject, mail.paragraphs, version.created_at, body=mail.body,
        about=version.proposal_id, because=mail.because, action=Action(mail.button, link, until),
        reply_to=by.email or None,
    )  # fmt: skip


def remind_liaison(
    session: Session, proposal: Proposal, liaison: "Contact", link: str, until: datetime, now: datetime
) -> None:
    """A few days before the last one; the link is a new one, as nobody but its holder knows the first."""
    names = {"title": proposal.title, "day": format_date(proposal.answer_by, liaison.locale)}
    request_mail(
        session, liaison.addressee, _("%(title)s: an answer is due by %(day)s", **names),
        [_("The proposal “%(title)s” still waits for your answer. After %(day)s it lapses; silence accepts nothing.",
           **names)],
        now, about=proposal.id, action=Action(_("Read and answer"), link, until),
        because=_("You get this mail because you are your organisation's liaison. The link is for you alone."),
    )  # fmt: skip


def tell_answer(session: Session, by: Identity, proposal: Proposal, reply: Reply, comment: str, now: datetime) -> None:
    """What the partner said, to those of us who wait for it."""
    names = {"who": by.name, "title": proposal.title}
    said = {
        Reply.ACCEPT: _("%(who)s has accepted the proposal “%(title)s”. Draft the agreement from its page.", **names),
        Reply.ASK_FOR_CHANGES: _("%(who)s asks for changes to the proposal “%(title)s”:", **names),
        Reply.COUNTER: _(
            "%(who)s has sent the proposal “%(title)s” back with changes. Accept them, or write a new version.", **names
        ),
        Reply.DECLINE: _("%(who)s has declined the proposal “%(title)s”:", **names),
    }[reply]
    words = [said, *[line for line in comment.splitlines() if line.strip()]]
    _tell_us(session, proposal, _("%(title)s: an answer", title=proposal.title), words, now)


def tell_acceptance(session: Session, by: Identity, proposal: Proposal, version: Version, now: datetime) -> None:
    """We have accepted what they countered with."""
    names = {"who": by.name, "title": proposal.title, "number": version.number}
    words = [_("%(who)s has accepted your version of the proposal “%(title)s” (version %(number)s).", **names)]
    _tell_partner(session, proposal, _("%(title)s: accepted", title=proposal.title), words, now)


def tell_withdrawal(session: Session, proposal: Proposal, reason: str, now: datetime) -> None:
    words = [
        _("We have taken the proposal “%(title)s” back. Nothing is left for you to do.", title=proposal.title), reason
    ]  # fmt: skip
    _tell_partner(session, proposal, _("%(title)s: taken back", title=proposal.title), words, now)


def tell_lapse(session: Session, proposal: Proposal, now: datetime) -> None:
    names = {"title": proposal.title, "day": format_date(proposal.answer_by)}
    words = [
        _("Nobody answered the proposal “%(title)s” by %(day)s: it has lapsed. Talk to the organisation, then write a"
          " new version or leave it.", **names)
    ]  # fmt: skip
    _tell_us(session, proposal, _("%(title)s: no answer", title=proposal.title), words, now)


def _tell_us(session: Session, proposal: Proposal, subject: str, words: list[str], now: datetime) -> None:
    """To who sent it and to who looks after the organisation; once, where that is one person."""
    sender, owner = find_person(session, proposal.author_id), find_owner(session, proposal.organisation_id)
    for person in {each.id: each for each in (sender, owner) if each is not None and each.active}.values():
        request_mail(
            session, person.addressee,
            subject, words, now, about=proposal.id, action=_page_of(proposal),
            because=_("You get this mail because you sent this proposal or look after the organisation."),
        )  # fmt: skip


def _tell_partner(session: Session, proposal: Proposal, subject: str, words: list[str], now: datetime) -> None:
    liaison = find_liaison(session, proposal.organisation_id)
    if liaison is not None and liaison.email:
        request_mail(
            session, liaison.addressee, subject, words, now, about=proposal.id,
            because=_("You get this mail because you are your organisation's liaison."),
            action=_page_of(proposal) if liaison.person_id else None,
        )  # fmt: skip


def _page_of(proposal: Proposal) -> Action:
    return Action(_("Open the proposal"), f"/partners/proposals/{proposal.id}")
