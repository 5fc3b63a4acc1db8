"""Use cases: asking both sides how it went, taking their answers blind, reminding who has not answered."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.partners.contacts.queries import find_owner, get_contact, map_contacts
from services.partners.mails import Action, request_mail
from services.partners.organisations.queries import get_organisation, name_organisations
from services.partners.scorecards.models import QUESTIONS, Scorecard, ScorecardRound, Side
from services.partners.scorecards.queries import get_round, list_due_reminders
from shared.database.history import note
from shared.database.links import make_link, revoke_links
from shared.errors import Conflict, Invalid
from shared.identity import Identity

if TYPE_CHECKING:
    from services.partners.contacts.models import Contact

PURPOSE = "scorecard.answer"
#: The first reminder comes so long before the day, the second on it.
AHEAD = timedelta(days=3)
#: Answers are taken for so long after the day.
GRACE = timedelta(days=30)


def open_round(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    now: datetime,
    today: date,
    base_url: str,
    *,
    occasion: str,
    contact_id: UUID,
    due_on: date,
    campaign_id: UUID | None = None,
) -> ScorecardRound:
    """Ask both sides: the contact gets a mail with a link of their own, we answer in the app."""
    get_organisation(session, by, organisation_id)
    contact = get_contact(session, by, contact_id)
    if contact.organisation_id != organisation_id or not contact.active or contact.email is None:
        raise Invalid({"contact_id": "Choose someone of theirs who has an e-mail address."})
    if due_on <= today:
        raise Invalid({"due_on": "Give them at least a day."})
    round_ = ScorecardRound(
        organisation_id=organisation_id, occasion=occasion, campaign_id=campaign_id, contact_id=contact_id,
        questions=list(QUESTIONS), due_on=due_on, open=True, created_at=now,
    )  # fmt: skip
    round_.remind_at = _start_of(due_on - AHEAD) if due_on - AHEAD > today else _start_of(due_on)
    session.add(round_)
    session.flush()
    note(session, by, "asked both sides", round_.id, at=now)
    _mail(session, round_, contact, now, base_url, again=False)
    return round_


def answer(
    session: Session,
    by: Identity,
    scorecard_id: UUID,
    side: str,
    now: datetime,
    scores: Mapping[str, int],
    comment: str,
) -> ScorecardRound:
    """One side's answers, once: what was given stays as it was given. Raises `Conflict` the second time."""
    round_ = get_round(session, by, scorecard_id, lock=True)
    if round_.card_of(side) is not None:
        raise Conflict("This side has answered already. What was given stays.")
    if set(scores) != set(round_.questions) or not all(1 <= score <= 5 for score in scores.values()):
        raise Invalid({name: "Choose from 1 to 5." for name in round_.questions if not 1 <= scores.get(name, 0) <= 5})
    round_.cards.append(
        Scorecard(side=side, scores=dict(scores), comment=comment, answered_by=by.person_id, created_at=now)
    )
    if len(round_.cards) == len(Side):
        round_.open, round_.remind_at = False, None
    session.flush()
    note(session, by, "rated the partner" if side == Side.US else "rated us", round_.id, at=now)
    return round_


def remind_rounds(base_url: str) -> Callable[[Session, datetime], bool]:
    """The due job: mails whoever has not answered, three days before the day and on it."""

    def run(session: Session, now: datetime) -> bool:
        due = list_due_reminders(session, now, 50)
        for round_ in due:
            _remind(session, round_, now, base_url)
        return len(due) == 50

    return run


def _remind(session: Session, round_: ScorecardRound, now: datetime, base_url: str) -> None:
    last = _start_of(round_.due_on)
    round_.remind_at = last if now < last else None
    contact = _find_contact(session, round_)
    if round_.card_of(Side.THEM) is None and contact is not None and contact.active and contact.email:
        _mail(session, round_, contact, now, base_url, again=True)
    owner = find_owner(session, round_.organisation_id)
    if round_.card_of(Side.US) is None and owner is not None and owner.active:
        name = name_organisations(session, [round_.organisation_id])[round_.organisation_id]
        request_mail(
            session, owner.addressee,
            _("Still to rate: %(name)s", name=name),
            [_("We have not said how working with %(name)s went. Their answers stay hidden until we do.", name=name)],
            now, about=round_.id, because=_("You are responsible for %(name)s on our side.", name=name),
            action=Action(_("Rate them"), f"/partners/scorecards/{round_.id}"),
        )  # fmt: skip
    session.flush()


def _mail(
    session: Session, round_: ScorecardRound, contact: "Contact", now: datetime, base_url: str, *, again: bool
) -> None:
    # The newest mail is the one that counts: its link replaces those before.
    revoke_links(session, now, purpose=PURPOSE, subject_id=round_.id)
    lasts = _start_of(round_.due_on) + GRACE - now
    # After the answers it is how they see both sides', so it isn't used up by them.
    secret = make_link(session, purpose=PURPOSE, subject_id=round_.id, holder=contact.holder, now=now, lasts=lasts)
    owner = find_owner(session, round_.organisation_id)
    subject = _("Still to answer: how was working with us?") if again else _("How was working with us?")
    request_mail(
        session,
        contact.addressee,
        subject,
        [
            _("Five questions, two minutes: please rate us as a partner. We rate you by the same questions."),
            _("Neither of us sees the other's answers before both have answered, or the day has passed."),
            _("Keep this mail: its link then shows both sides' answers side by side."),
        ],
        now,
        about=round_.id,
        because=_("You work with us for your organisation."),
        reply_to=owner.email if owner is not None and owner.active else None,
        action=Action(_("Answer"), f"{base_url}/partners/scorecards/s/{secret}", now + lasts),
    )


def _find_contact(session: Session, round_: ScorecardRound) -> "Contact | None":
    return map_contacts(session, {round_.contact_id}).get(round_.contact_id)


def _start_of(day: date) -> datetime:
    """Eight in the morning, UTC."""
    return datetime.combine(day, time(8), UTC)
