"""Use cases: who has not heard of the meeting as it is now, and telling them.

What is outstanding follows from what each attendee was told last, so that the page which asks and the sending agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.partners.contacts.queries import map_contacts
from services.partners.events import Invitation
from services.partners.mails import Action, Addressee, request_mail
from services.partners.meetings.calendars import Mailbox, Written
from services.partners.meetings.models import Attendee, Kind, Meeting, MeetingDate
from services.partners.meetings.queries import get_meeting, lock_meeting, map_mailboxes
from services.partners.meetings.words import say_lines, say_reason, say_subject
from services.partners.people.queries import map_people
from shared.database.history import note
from shared.database.links import LinkHolder, make_link, revoke_links
from shared.database.versions import require_version
from shared.errors import Conflict
from shared.identity import Identity

#: What the scoped link in an invitation is for.
PURPOSE = "meeting.answer"
#: How long after the last date the link still shows what came of it.
AFTERWARDS = timedelta(days=60)


@dataclass(frozen=True)
class Outstanding:
    """One mail that is due: what, to whom, and for a single date which one."""

    kind: Kind
    attendee: Attendee
    to: Mailbox
    day: MeetingDate | None = None


def list_outstanding(session: Session, meeting: Meeting, now: datetime) -> list[Outstanding]:
    """Every mail that is due so that all know the meeting as it is; empty once everyone does, or all is over."""
    over = meeting.ends_by()
    if over is None or over <= now:
        return []
    boxes = map_mailboxes(session, [meeting])
    return [
        Outstanding(kind, each, boxes[each.who], day)
        for each in meeting.attendees
        if each.who in boxes
        for kind, day in _list_due(meeting, each, now)
    ]


def send_outstanding(
    session: Session, by: Identity, meeting_id: UUID, seen_version: int, base_url: str, now: datetime
) -> Sequence[Outstanding]:
    """Send what is due; raises `Stale` if the meeting changed since it was listed, `Conflict` if nothing is due."""
    lock_meeting(session, meeting_id)
    meeting = get_meeting(session, by, meeting_id)
    require_version(session, meeting, seen_version)
    due = list_outstanding(session, meeting, now)
    if not due:
        raise Conflict("Everyone knows of the meeting as it is. There is nothing to send.")
    written = Written(meeting, map_mailboxes(session, [meeting]), now)
    for each in due:
        _send(session, written, each, base_url, now)
    for attendee in {each.attendee.id: each.attendee for each in due}.values():
        attendee.told_sequence, attendee.told_at = meeting.sequence, now
        if attendee.removed or meeting.cancelled_at:
            revoke_links(session, now, purpose=PURPOSE, subject_id=meeting.id, holder_id=attendee.who)
        if attendee.removed:
            meeting.attendees.remove(attendee)
    note(session, by, "sent the invitations", meeting.id, at=now, names=sorted({each.to.name for each in due}))
    session.flush()
    return due


def make_answer_link(session: Session, meeting: Meeting, attendee: Attendee, base_url: str, now: datetime) -> Action:
    """The button that lets an attendee look at the meeting and answer, without an account."""
    to = find_addressee(session, attendee)
    lasts = max((meeting.ends_by() or now) - now, timedelta(0)) + AFTERWARDS
    holder = LinkHolder(attendee.who, to.name, to.email, to.organisation_id, to.locale, to.time_zone)
    secret = make_link(session, purpose=PURPOSE, subject_id=meeting.id, holder=holder, now=now, lasts=lasts)
    return Action(_("Answer"), f"{base_url}/partners/meetings/s/{secret}", now + lasts)


def find_addressee(session: Session, attendee: Attendee) -> Addressee:
    """Where an attendee's mail goes."""
    if attendee.person_id:
        person = map_people(session, {attendee.person_id})[attendee.person_id]
        return person.addressee
    contact = map_contacts(session, {attendee.who})[attendee.who]
    return contact.addressee


def _list_due(meeting: Meeting, attendee: Attendee, now: datetime) -> list[tuple[Kind, MeetingDate | None]]:
    told = attendee.told_sequence
    if attendee.removed:
        return [(Kind.CANCELLATION, None)]
    if meeting.cancelled_at:
        return [(Kind.CANCELLATION, None)] if told is not None and told < meeting.sequence else []
    if told is None:
        return [(Kind.INVITATION, None)]
    if meeting.changed_at_sequence > told:
        return [(Kind.UPDATE, None)]
    return [
        (Kind.DATE_CANCELLED if day.cancelled else Kind.DATE_MOVED, day)
        for day in meeting.dates
        if day.sequence > told and day.ends_at > now
    ]


def _send(session: Session, written: Written, due: Outstanding, base_url: str, now: datetime) -> None:
    meeting, to = written.meeting, find_addressee(session, due.attendee)
    ends = due.kind in (Kind.CANCELLATION, Kind.DATE_CANCELLED)
    request_mail(
        session,
        to,
        say_subject(due.kind, meeting, due.day),
        say_lines(due.kind, meeting, due.day, to.locale),
        now,
        about=meeting.id,
        because=say_reason(due.kind, due.attendee.removed),
        action=None if ends else make_answer_link(session, meeting, due.attendee, base_url, now),
        reply_to=written.mailboxes[meeting.organiser_id].email,
        invitation=Invitation("CANCEL" if ends else "REQUEST", _write(written, due)),
    )


def _write(written: Written, due: Outstanding) -> str:
    match due.kind, due.day:
        case Kind.DATE_MOVED, MeetingDate() as day:
            return written.invite_to_date(day)
        case Kind.DATE_CANCELLED, MeetingDate() as day:
            return written.cancel_date(day)
        case Kind.CANCELLATION, _:
            return written.cancel(due.attendee if due.attendee.removed else None)
    return written.invite()
