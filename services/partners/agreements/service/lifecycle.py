"""What the calendar brings: terms begin to hold and cease to, offers lapse, and their ends are told in time."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.agreements.models import STANDING, Agreement, State, Version, VersionState
from services.partners.agreements.queries import (
    get_agreement,
    get_version,
    list_standing,
    lock_beginning,
    lock_coming_ends,
    lock_ending,
    lock_offered,
)
from services.partners.agreements.service import telling
from services.partners.agreements.service.drafting import close_version
from services.partners.agreements.terms import load_terms
from services.partners.events import AgreementEnded, AgreementInForce, PromisedContribution
from services.partners.organisations.service import change_stage
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import SYSTEM, Identity
from shared.messaging.outbox import record

#: A liaison who has not answered is reminded once, so long before the last day.
REMINDED = timedelta(days=3)
#: Agreements looked at in one transaction.
SLICE = 50


def put_in_force(session: Session, by: Identity, agreement: Agreement, version: Version, now: datetime) -> None:
    """These terms hold from now on; the organisation is a partner."""
    terms = load_terms(version.terms)
    agreement.state, agreement.tell_end_on = State.IN_FORCE, None
    if agreement.ends_on is not None:
        agreement.tell_end_on = agreement.ends_on - timedelta(days=terms["dates"]["notice_days"])
    record(
        session,
        AgreementInForce(
            agreement_id=agreement.id,
            organisation_id=agreement.organisation_id,
            title=agreement.title,
            number=version.number,
            digest=version.digest or "",
            starts_on=agreement.starts_on,
            ends_on=agreement.ends_on,
            shares_provisional=terms["data_sharing"]["shares_provisional"],
            contributions=[PromisedContribution(**each) for each in terms["contributions"]],
        ),
        now=now,
    )
    change_stage(session, by, agreement.organisation_id, "partner", f"The agreement “{agreement.title}” holds.", now)


def end_agreement(
    session: Session, by: Identity, agreement_id: UUID, seen_version: int, now: datetime, *, on: date, today: date,
    reason: str,
) -> Agreement:  # fmt: skip
    """End an agreement on a day, for a reason; a day to come makes it the last one on which it holds.

    Raises `Stale`, `Conflict` when nothing holds, `Invalid` when the day lies after the agreed last one.
    """
    agreement = get_agreement(session, by, agreement_id, lock=True)
    require_version(session, agreement, seen_version)
    if agreement.state not in STANDING:
        raise Conflict("Only an agreement that both sides have accepted can be ended.")
    if agreement.ends_on is not None and on > agreement.ends_on:
        raise Invalid({"on": "It ends before that day by itself."})
    agreement.ends_on, agreement.end_reason, agreement.tell_end_on, agreement.updated_at = on, reason, None, now
    note(session, by, "ended the agreement", agreement.id, at=now, on=on.isoformat(), reason=reason)
    telling.tell_end(session, agreement, on, reason, now)
    if on <= today:
        _end(session, by, agreement, on, now)
    session.flush()
    return agreement


def lapse_offers(session: Session, now: datetime, today: date) -> bool:
    """Close the offers whose last day has passed: silence never accepts. Returns whether more may be due."""
    due = lock_offered(session, today - timedelta(days=1), SLICE)
    for agreement, version in due:
        close_version(session, version, VersionState.LAPSED, now)
        agreement.updated_at = now
        note(session, None, "let the offer lapse", agreement.id, at=now, version=version.number)
        telling.tell_lapse(session, agreement, version, now)
    return len(due) == SLICE


def remind_of_offers(session: Session, now: datetime, today: date, links: str) -> bool:
    """Remind each liaison once of an offer that is about to lapse; returns whether more may be due."""
    due = lock_offered(session, today + REMINDED, SLICE, unreminded=True)
    for agreement, version in due:
        version.reminded_at = now
        telling.remind_liaison(session, agreement, version, links, now)
    return len(due) == SLICE


def turn_pages(session: Session, now: datetime, today: date) -> bool:
    """Let agreed terms begin to hold on their first day and end after their last; returns whether more may be due."""
    beginning, ending = lock_beginning(session, today, SLICE), lock_ending(session, today - timedelta(days=1), SLICE)
    for agreement in beginning:
        version = get_version(session, SYSTEM, agreement, agreement.agreed or agreement.latest)
        put_in_force(session, SYSTEM, agreement, version, now)
        note(session, None, "took effect", agreement.id, at=now)
    for agreement in ending:
        agreement.end_reason = agreement.end_reason or "Its term ran out."
        note(session, None, "reached its last day", agreement.id, at=now)
        _end(session, SYSTEM, agreement, agreement.ends_on or today, now)
    return SLICE in (len(beginning), len(ending))


def tell_coming_ends(session: Session, now: datetime, today: date) -> bool:
    """Tell who looks after a partner, once, that the notice of an agreement's end begins; whether more may be due."""
    due = lock_coming_ends(session, today, SLICE)
    for agreement in due:
        agreement.tell_end_on = None
        telling.tell_coming_end(session, agreement, now)
    return len(due) == SLICE


def _end(session: Session, by: Identity, agreement: Agreement, on: date, now: datetime) -> None:
    agreement.state, agreement.ended_on, agreement.updated_at = State.ENDED, on, now
    session.flush()
    record(
        session, AgreementEnded(agreement.id, agreement.organisation_id, agreement.title, on, agreement.end_reason),
        now=now,
    )  # fmt: skip
    if not list_standing(session, agreement.organisation_id):
        reason = f"The agreement “{agreement.title}” has ended: {agreement.end_reason}"
        change_stage(session, by, agreement.organisation_id, "ended", reason, now)
