"""The use case: one liaison takes over from another, and nothing that is open is lost on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from services.partners.contacts.queries import find_liaison, find_owner, get_contact
from services.partners.contacts.service import let_go, move_liaison, open_account
from services.partners.handovers.models import Handover
from services.partners.mails import Action, request_mail
from services.partners.organisations.queries import get_organisation, lock_organisation
from services.partners.people.service import set_active
from services.partners.promises.service import hand_promises_over
from shared.database.history import note
from shared.database.links import ScopedLink, list_links, make_link, revoke_links_of
from shared.errors import Conflict, Invalid
from shared.identity import Identity

if TYPE_CHECKING:
    from services.partners.contacts.models import Contact

#: What happens to the account of the one who hands over.
KEEP, CLOSE, LEAVE = "keep", "close", "leave"


@dataclass(frozen=True)
class Wish:
    """What is asked for. `former` says what becomes of the one who hands over."""

    successor_id: UUID
    since: date
    words: str
    former: str
    may_sign_in: bool


def hand_over(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    seen_liaison_id: UUID,
    wish: Wish,
    now: datetime,
    today: date,
    *,
    find_address: Callable[[str, str], str | None],
) -> Handover:
    """Make the successor the liaison: they get the promises, the links anew and a mail; history and talks stay.

    `find_address(purpose, secret)` is the whole address of a scoped link, None where none of ours is for that purpose.
    Raises `Conflict` if someone else is the liaison by now.
    """
    organisation = get_organisation(session, by, organisation_id)
    lock_organisation(session, organisation_id)
    former = find_liaison(session, organisation_id)
    if former is None or former.id != seen_liaison_id:
        raise Conflict("Someone else is the liaison by now. Look at the contacts again.")
    successor = get_contact(session, by, wish.successor_id)
    _check(wish, former, successor, today)
    move_liaison(session, by, former, successor, now)
    promises = hand_promises_over(session, by, former.id, successor.id, now)
    handed = _hand_links_over(session, former, successor, now, find_address)
    _settle_accounts(session, by, former, successor, wish, now)
    handover = Handover(
        organisation_id=organisation_id, former_id=former.id, successor_id=successor.id, since=wish.since,
        words=wish.words, promises=promises, links=len(handed), person_id=by.person_id, created_at=now,
    )  # fmt: skip
    session.add(handover)
    session.flush()
    told = {"from": former.name, "to": successor.name, "since": wish.since.isoformat()}
    note(session, by, "handed the liaison over", organisation_id, at=now, **told)
    note(session, by, "took over as the liaison", former.id, at=now)
    _mail_both(session, handover, organisation.name, former, successor, now)
    for link, address in handed:
        _mail_link(session, link, address, former, successor, now)
    return handover


def _check(wish: Wish, former: "Contact", successor: "Contact", today: date) -> None:
    if successor.organisation_id != former.organisation_id or successor.id == former.id or not successor.active:
        raise Invalid({"successor_id": "Choose another contact who is at the organisation now."})
    if successor.email is None:
        raise Invalid({"successor_id": "A liaison needs an e-mail address. Add it to their details first."})
    if wish.since > today:
        raise Invalid({"since": "Hand over on the day itself: the mails go out at once."})


def _hand_links_over(
    session: Session,
    former: "Contact",
    successor: "Contact",
    now: datetime,
    find_address: Callable[[str, str], str | None],
) -> Sequence[tuple[ScopedLink, str]]:
    """End the former's links, and make each anew for the successor, to end when it would have ended."""
    open_links = list_links(session, now, holder_id=former.id)
    revoke_links_of(session, now, former.id)
    handed = []
    for link in open_links:
        secret = make_link(
            session, purpose=link.purpose, subject_id=link.subject_id, holder=successor.holder, now=now,
            lasts=link.expires_at - now, single=link.single,
        )  # fmt: skip
        address = find_address(link.purpose, secret)
        if address is not None:
            handed.append((link, address))
    return handed


def _settle_accounts(
    session: Session, by: Identity, former: "Contact", successor: "Contact", wish: Wish, now: datetime
) -> None:
    if wish.former == LEAVE:
        let_go(session, by, former.id, now)
    elif wish.former == CLOSE and former.person_id is not None:
        set_active(session, by, former.person_id, False, now)
    if wish.may_sign_in:
        open_account(session, by, successor.id, now)


def _mail_both(
    session: Session, handover: Handover, organisation: str, former: "Contact", successor: "Contact", now: datetime
) -> None:
    owner = find_owner(session, handover.organisation_id)
    reply_to = owner.email if owner is not None and owner.active else None
    open_ = ngettext("One promise that was theirs is yours now.", "%(num)s promises that were theirs are yours now.",
                     handover.promises)  # fmt: skip
    links = _("What you can act on reaches you in mails of its own.")
    paragraphs = [
        _("You are now the liaison of %(name)s, after %(former)s.", name=organisation, former=former.name),
        *([handover.words] if handover.words else []),
        *([open_] if handover.promises else []),
        *([links] if handover.links else []),
        _("Proposals, invitations and news of your campaigns come to you from now on. What was said before stays."),
    ]
    because = _("You became the liaison of %(name)s.", name=organisation)
    request_mail(
        session, successor.addressee, _("You are the liaison of %(name)s", name=organisation), paragraphs, now,
        about=handover.id, because=because, reply_to=reply_to,
    )  # fmt: skip
    if former.email is None:
        return
    thanks = [
        _("%(successor)s is the liaison of %(name)s now.", successor=successor.name, name=organisation),
        _("Links that we mailed to you before do not work any more. Thank you for what you did together with us."),
    ]
    request_mail(
        session, former.addressee, _("You handed over to %(name)s", name=successor.name), thanks, now,
        about=handover.id, because=_("You were the liaison of %(name)s.", name=organisation), reply_to=reply_to,
    )  # fmt: skip


def _mail_link(
    session: Session, link: ScopedLink, address: str, former: "Contact", successor: "Contact", now: datetime
) -> None:
    request_mail(
        session, successor.addressee, _("Taken over from %(name)s: your link", name=former.name),
        [_("We had sent %(name)s a link to answer us. It works no more; this one is yours.", name=former.name)], now,
        about=link.subject_id, because=_("You took over from %(name)s.", name=former.name),
        action=Action(_("Open it"), address, link.expires_at),
    )  # fmt: skip
