"""Use cases: planning a meeting, changing it, moving or calling off one date. Nobody is mailed here.

Each change that calendars must hear of raises the meeting's sequence; `invitations` tells from it who has not heard.
"""

from collections.abc import Collection
from datetime import date, datetime, time
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.contacts.queries import map_contacts
from services.partners.meetings.models import Answer, Attendee, Meeting, MeetingDate, Party
from services.partners.meetings.queries import get_date, get_meeting
from services.partners.meetings.recurrence import MOST_DATES, end_of, to_instant
from services.partners.organisations.queries import get_organisation
from services.partners.people.queries import map_people
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import STAFF, Identity


class MeetingDetails(TypedDict):
    """What `MeetingSchema` loads; `minutes` is how long it takes."""

    title: str
    purpose: str
    place: str
    directions: str
    online: str | None
    starts_on: date
    starts_at: time
    time_zone: str
    minutes: int
    repeats: str
    every: int
    until: date | None
    count: int | None
    organiser_id: UUID
    organisation_ids: list[UUID]
    contact_ids: list[UUID]
    person_ids: list[UUID]


#: What says when it is: a change of it makes every date anew, and asks everyone again.
WHEN = ("starts_on", "starts_at", "time_zone", "repeats", "every", "until", "count")
#: What calendars show.
TOLD = ("title", "purpose", "place", "directions", "online", "minutes", "organiser_id")


def plan_meeting(session: Session, by: Identity, now: datetime, **details: Unpack[MeetingDetails]) -> Meeting:
    """A new meeting, with its dates; nobody is invited yet. Raises `Invalid` for a rule or people that don't fit."""
    meeting = Meeting(created_at=now, updated_at=now, sequence=0, changed_at_sequence=0, reason="")
    _check_people(session, by, details)
    for name in (*WHEN, *TOLD):
        setattr(meeting, name, details[name])  # type: ignore[literal-required]
    _set_people(meeting, details)
    _make_dates(meeting, now)
    session.add(meeting)
    session.flush()
    note(session, by, "planned the meeting", meeting.id, at=now)
    for organisation_id in meeting.organisation_ids:
        note(session, by, "planned a meeting", organisation_id, at=now, title=meeting.title)
    return meeting


def change_meeting(
    session: Session,
    by: Identity,
    meeting_id: UUID,
    seen_version: int,
    now: datetime,
    **details: Unpack[MeetingDetails],
) -> Meeting:
    """The meeting with these details; raises `Stale` if it changed since `seen_version`.

    Where its time changes, dates that have passed stay as they were, those to come are made anew, and what was
    answered is asked again.
    """
    meeting = get_meeting(session, by, meeting_id)
    require_version(session, meeting, seen_version)
    _require_on(meeting)
    _check_people(session, by, details)
    changed = [name for name in (*WHEN, *TOLD) if getattr(meeting, name) != details[name]]  # type: ignore[literal-required]
    before = {name: str(getattr(meeting, name) or "") for name in changed}
    for name in changed:
        setattr(meeting, name, details[name])  # type: ignore[literal-required]
    people = _set_people(meeting, details)
    if changed:
        meeting.sequence += 1
        meeting.changed_at_sequence = meeting.sequence
    if set(changed) & {*WHEN, "minutes"}:
        _make_dates(meeting, now)
    if set(changed) & set(WHEN):
        for each in meeting.attendees:
            each.answer, each.proposed_at = Answer.NONE, None
    if changed or people:
        meeting.updated_at = now
        after = {name: str(getattr(meeting, name) or "") for name in changed}
        note(session, by, "changed the meeting", meeting.id, at=now, before=before, after=after)
    session.flush()
    return meeting


def cancel_meeting(session: Session, by: Identity, meeting_id: UUID, reason: str, now: datetime) -> Meeting:
    """Call the whole off. Twice is like once."""
    meeting = get_meeting(session, by, meeting_id)
    if meeting.cancelled_at:
        return meeting
    if not reason:
        raise Invalid({"reason": "Say why, in words that the others may read."})
    meeting.cancelled_at, meeting.reason, meeting.updated_at = now, reason, now
    meeting.sequence += 1
    meeting.changed_at_sequence = meeting.sequence
    note(session, by, "called the meeting off", meeting.id, at=now, reason=reason)
    session.flush()
    return meeting


def add_organisation(session: Session, by: Identity, meeting_id: UUID, organisation_id: UUID, now: datetime) -> Meeting:
    """Let the meeting be with one organisation more, whose liaison then sees it. Twice is like once."""
    meeting = get_meeting(session, by, meeting_id)
    _require_on(meeting)
    organisation = get_organisation(session, by, organisation_id)
    if organisation_id not in meeting.organisation_ids:
        meeting.parties.append(Party(organisation_id=organisation_id))
        meeting.updated_at = now
        note(session, by, "added an organisation", meeting.id, at=now, organisation=organisation.name)
        session.flush()
    return meeting


def move_date(
    session: Session,
    by: Identity,
    date_id: UUID,
    seen_version: int,
    now: datetime,
    *,
    local_start: datetime,
    minutes: int,
) -> MeetingDate:
    """Let one date of a series take place at another local time; raises `Stale` if it changed since `seen_version`."""
    day = get_date(session, by, date_id)
    require_version(session, day, seen_version)
    _require_series_date(day, now)
    if (local_start, minutes) == (day.local_start, day.minutes):
        return day
    if any(each is not day and each.local_start == local_start for each in day.meeting.dates):
        raise Invalid({"day": "Another date of this meeting is at that time."})
    before = day.local_start
    _place(day, day.meeting, local_start, minutes)
    _raise_date(day, now)
    note(
        session, by, "moved a date", day.meeting_id, at=now,
        before={"date": before.isoformat()}, after={"date": local_start.isoformat()},
    )  # fmt: skip
    session.flush()
    return day


def cancel_date(session: Session, by: Identity, date_id: UUID, now: datetime) -> MeetingDate:
    """Call off one date of a series. Twice is like once."""
    day = get_date(session, by, date_id)
    if day.cancelled:
        return day
    _require_series_date(day, now)
    day.cancelled = True
    _raise_date(day, now)
    note(session, by, "called a date off", day.meeting_id, at=now, date=day.local_start.isoformat())
    session.flush()
    return day


def combine(day: date, at: time) -> datetime:
    """The local time that a form asks for in two fields."""
    return datetime.combine(day, at)


def _raise_date(day: MeetingDate, now: datetime) -> None:
    meeting = day.meeting
    meeting.sequence += 1
    day.sequence = meeting.sequence
    day.updated_at = meeting.updated_at = now


def _require_on(meeting: Meeting) -> None:
    if meeting.cancelled_at:
        raise Conflict("This meeting was called off. Plan another one.")


def _require_series_date(day: MeetingDate, now: datetime) -> None:
    _require_on(day.meeting)
    if day.meeting.rule.write() is None:
        raise Conflict("This meeting has one date. Change the meeting, or call it off.")
    if day.cancelled or day.starts_at <= now:
        raise Conflict("This date is over, or was called off.")


def _make_dates(meeting: Meeting, now: datetime) -> None:
    """Bring the dates to come in line with the rule. A date keeps its row, and with it its agenda, in order."""
    starts = meeting.rule.list_dates()
    if not starts:
        raise Invalid({"until": "The last day lies before the first date."})
    if len(starts) > MOST_DATES:
        raise Invalid({"until": f"That makes more than {MOST_DATES} dates. Choose an earlier end."})
    single = len(meeting.dates) == len(starts) == 1
    kept = [] if single else [each for each in meeting.dates if each.starts_at <= now]
    taken = {each.slot for each in kept}
    wanted = [each for each in starts if each not in taken]
    rows = [each for each in meeting.dates if each not in kept]
    for row, local in zip(rows, wanted, strict=False):
        row.slot, row.cancelled, row.sequence = local, False, 0
        _place(row, meeting, local, meeting.minutes)
    for local in wanted[len(rows) :]:
        day = MeetingDate(slot=local, cancelled=False, sequence=0, notes="", created_at=now, updated_at=now)
        _place(day, meeting, local, meeting.minutes)
        meeting.dates.append(day)
    for row in rows[len(wanted) :]:
        meeting.dates.remove(row)


def _place(day: MeetingDate, meeting: Meeting, local: datetime, minutes: int) -> None:
    day.local_start, day.minutes = local, minutes
    day.starts_at = to_instant(local, meeting.time_zone)
    day.ends_at = end_of(local, meeting.time_zone, minutes)


def _check_people(session: Session, by: Identity, details: MeetingDetails) -> None:
    for organisation_id in details["organisation_ids"]:
        get_organisation(session, by, organisation_id)
    contacts = map_contacts(session, set(details["contact_ids"]))
    at_home = set(details["organisation_ids"])
    for contact_id in details["contact_ids"]:
        contact = contacts.get(contact_id)
        if contact is None or contact.organisation_id not in at_home:
            raise Invalid({"contact_ids": "Choose contacts of the organisations that the meeting is with."})
        if not contact.email:
            raise Invalid({"contact_ids": f"{contact.name} has no e-mail address to be invited at."})
    people = map_people(session, {*details["person_ids"], details["organiser_id"]})
    for field, ids in (("person_ids", details["person_ids"]), ("organiser_id", [details["organiser_id"]])):
        if any(each not in people or people[each].role not in STAFF for each in ids):
            raise Invalid({field: "Choose from our own people."})


def _set_people(meeting: Meeting, details: MeetingDetails) -> bool:
    """Bring organisations and attendees in line; whether that changed anything. Who was told stays, as removed."""
    parties = set(details["organisation_ids"])
    changed = parties != set(meeting.organisation_ids)
    meeting.parties = [each for each in meeting.parties if each.organisation_id in parties] + [
        Party(organisation_id=each) for each in parties - set(meeting.organisation_ids)
    ]
    # The organiser runs the meeting: calendars don't take an invitation to oneself.
    people = set(details["person_ids"]) - {details["organiser_id"]}
    wanted = people | set(details["contact_ids"])
    for each in list(meeting.attendees):
        gone = each.who not in wanted
        changed |= gone != each.removed
        if gone and each.told_sequence is None:
            meeting.attendees.remove(each)
        elif each.removed and not gone:
            # They come back as if they had never been asked.
            each.removed, each.told_sequence, each.answer = False, None, Answer.NONE
        else:
            each.removed = gone
    known = {each.who for each in meeting.attendees}
    _invite(meeting, people - known, set(details["contact_ids"]) - known)
    return changed or bool(wanted - known)


def _invite(meeting: Meeting, people: Collection[UUID], contacts: Collection[UUID]) -> None:
    meeting.attendees += [Attendee(person_id=each, removed=False, answer=Answer.NONE, remark="") for each in people]
    meeting.attendees += [Attendee(contact_id=each, removed=False, answer=Answer.NONE, remark="") for each in contacts]
