"""What the calendar brings: liaisons are reminded in time, and what nobody answered lapses."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from services.partners.contacts.queries import find_liaisons
from services.partners.proposals.models import State
from services.partners.proposals.queries import lock_sent
from services.partners.proposals.service import telling
from services.partners.proposals.service.writing import LINKS, READABLE, make_answer_link
from services.partners.settings import PartnersSettings
from shared.database.history import note
from shared.messaging.jobs import DueJob, dated

#: A liaison who has not answered is reminded once, so long before the last day.
REMINDED = timedelta(days=3)
#: Proposals looked at in one transaction.
SLICE = 50


def proposal_jobs(settings: PartnersSettings) -> Sequence[DueJob]:
    pace, zone = timedelta(minutes=10), settings.time_zone
    remind = partial(remind_liaisons, links=settings.base_url + LINKS)
    return (
        DueJob("proposals.remind", pace, dated(remind, zone)),
        DueJob("proposals.lapse", pace, dated(lapse_proposals, zone)),
    )


def remind_liaisons(session: Session, now: datetime, today: date, links: str) -> bool:
    """Remind each liaison once of what is about to lapse; returns whether more may be due."""
    due = lock_sent(session, today + REMINDED, SLICE, unreminded=True)
    liaisons = find_liaisons(session, [each.organisation_id for each in due])
    for proposal in due:
        proposal.reminded_at = now
        liaison = liaisons.get(proposal.organisation_id)
        if liaison is not None and liaison.email and proposal.answer_by is not None and proposal.answer_by >= today:
            secret = make_answer_link(session, proposal, liaison, now, READABLE)
            telling.remind_liaison(session, proposal, liaison, links + secret, now + READABLE, now)
    return len(due) == SLICE


def lapse_proposals(session: Session, now: datetime, today: date) -> bool:
    """Close what was not answered by its last day: silence never accepts. Returns whether more may be due."""
    due = lock_sent(session, today - timedelta(days=1), SLICE)
    for proposal in due:
        proposal.state, proposal.updated_at, proposal.waiting_since = State.LAPSED, now, now
        note(session, None, "let the proposal lapse", proposal.id, at=now, version=proposal.latest)
        telling.tell_lapse(session, proposal, now)
    return len(due) == SLICE
