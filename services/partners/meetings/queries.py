"""Every SELECT on meetings. A liaison finds those with their organisation, a guest those they are invited to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Date, Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from services.partners.contacts.queries import find_contact_of_person, map_contacts, select_contacts
from services.partners.meetings.calendars import Mailbox
from services.partners.meetings.models import (
    Answer,
    Attendee,
    Meeting,
    MeetingDate,
    Party,
    PublishedMinutes,
)
from services.partners.organisations.queries import get_organisation
from services.partners.people.queries import map_people
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

T = TypeVar("T")


@dataclass(frozen=True)
class Unanswered:
    """An invitation without an answer: who owes it, of which organisation, since when, and the meeting's next date."""

    meeting_id: UUID
    title: str
    organisation_id: UUID
    contact_id: UUID
    name: str
    told_at: datetime
    starts_at: datetime


@dataclass(frozen=True)
class Unwritten:
    """A date that is over and of which nobody has published minutes, at one of the organisations that it was with."""

    organisation_id: UUID
    date_id: UUID
    title: str
    ended_at: datetime


#: When an invitation should have been answered, and minutes published; later than the last, nobody asks any more.
ANSWERS_AFTER = timedelta(days=3)
MINUTES_AFTER = timedelta(days=2)
MINUTES_UNTIL = timedelta(days=30)


def get_meeting(session: Session, viewer: Identity, meeting_id: UUID) -> Meeting:
    """The meeting; raises `NotFound` if there is none or the viewer may not see it."""
    found = session.get(Meeting, meeting_id)
    if found is None or not _may_see(viewer, found):
        raise NotFound
    return found


def lock_meeting(session: Session, meeting_id: UUID) -> None:
    """Make others who want this lock wait until the transaction ends: of two who send at once, one sends."""
    session.execute(select(Meeting.id).where(Meeting.id == meeting_id).with_for_update())


def get_date(session: Session, viewer: Identity, date_id: UUID) -> MeetingDate:
    """One date of a meeting; raises `NotFound` like `get_meeting`."""
    found = session.get(MeetingDate, date_id)
    if found is None or not _may_see(viewer, found.meeting):
        raise NotFound
    return found


def find_dates(
    session: Session,
    viewer: Identity,
    now: datetime,
    *,
    organisation_id: UUID | None = None,
    search: str = "",
    past: bool = False,
    mine: bool = False,
    cursor: str | None,
    limit: int,
) -> Page[MeetingDate]:
    """Dates of meetings, one page: what is to come, the soonest first; with `past` what is over, the latest first.

    `mine` keeps the meetings that the viewer organises or is to come to.
    """
    found = _seen_by(session, viewer, select(MeetingDate).join(Meeting), organisation_id)
    found = found.where(MeetingDate.ends_at <= now if past else MeetingDate.ends_at > now)
    if search:
        found = found.where(func.lower(Meeting.title).contains(search.lower(), autoescape=True))
    if mine:
        theirs = select(Attendee.meeting_id).where(Attendee.person_id == viewer.person_id, Attendee.removed.is_(False))
        found = found.where(or_(Meeting.organiser_id == viewer.person_id, Meeting.id.in_(theirs)))
    found = found.options(joinedload(MeetingDate.meeting))
    return fetch_page(
        session, found, MeetingDate.starts_at, MeetingDate.id, cursor=cursor, limit=limit, descending=past
    )


def has_meetings(session: Session, viewer: Identity, organisation_id: UUID | None = None) -> bool:
    """Whether any meeting is known, with anyone or with one organisation."""
    found = _seen_by(session, viewer, select(Meeting.id), organisation_id)
    return session.scalar(found.limit(1)) is not None


def select_unanswered(now: datetime) -> Select[UUID, date]:
    """(organisation's id, the day when they were invited) of every contact whose answer is overdue."""
    found, columns = _unanswered(now)
    return found.with_only_columns(columns.organisation_id, func.date(Attendee.told_at, type_=Date))


def list_unanswered(session: Session, organisation_ids: Collection[UUID], now: datetime) -> Sequence[Unanswered]:
    """Contacts of these organisations who have not answered an invitation in time; the longest first."""
    found, columns = _unanswered(now)
    found = found.where(columns.organisation_id.in_(organisation_ids)).order_by(Attendee.told_at, Attendee.id)
    return [Unanswered(*row) for row in session.execute(found)]


def select_unwritten(now: datetime) -> Select[UUID, date]:
    """(organisation's id, the day of it) of every meeting held lately whose minutes are missing."""
    return _unwritten(now).with_only_columns(Party.organisation_id, func.date(MeetingDate.ends_at, type_=Date))


def list_unwritten(session: Session, organisation_ids: Collection[UUID], now: datetime) -> Sequence[Unwritten]:
    """The same with these organisations, in one query, the longest first."""
    found = _unwritten(now).where(Party.organisation_id.in_(organisation_ids))
    return [Unwritten(*row) for row in session.execute(found.order_by(MeetingDate.ends_at, MeetingDate.id))]


def list_meetings_of(session: Session, person_id: UUID) -> Sequence[Meeting]:
    """The meetings that someone who signs in organises or is to come to, for their calendar."""
    contact = find_contact_of_person(session, person_id)
    as_contact = Attendee.contact_id == (contact.id if contact else None)
    theirs = select(Attendee.meeting_id).where(
        or_(Attendee.person_id == person_id, as_contact), Attendee.removed.is_(False)
    )
    found = select(Meeting).where(or_(Meeting.organiser_id == person_id, Meeting.id.in_(theirs)))
    return session.scalars(found.order_by(Meeting.id)).all()


def find_attendee(session: Session, meeting: Meeting, viewer: Identity) -> Attendee | None:
    """The viewer among those who are to come: as a member of staff, as a contact, or as a contact who signs in."""
    contact = find_contact_of_person(session, viewer.person_id)
    ids = {viewer.person_id, *([contact.id] if contact else [])}
    return next((each for each in meeting.invited if each.who in ids), None)


def map_mailboxes(session: Session, meetings: Collection[Meeting]) -> Mapping[UUID, Mailbox]:
    """Names and addresses of everyone in these meetings, by the ids of people and contacts, in two queries.

    Contacts without an address are left out.
    """
    attendees = [each for meeting in meetings for each in meeting.attendees]
    people = {each.person_id for each in attendees if each.person_id} | {each.organiser_id for each in meetings}
    contacts = {each.contact_id for each in attendees if each.contact_id}
    found = {each.id: Mailbox(each.name, each.email) for each in map_people(session, people).values()}
    for contact in map_contacts(session, contacts).values():
        if contact.email:
            found[contact.id] = Mailbox(contact.name, contact.email)
    return found


def list_minutes(session: Session, date_id: UUID) -> Sequence[PublishedMinutes]:
    """The published minutes of a date, the newest first."""
    found = select(PublishedMinutes).where(PublishedMinutes.date_id == date_id)
    return session.scalars(found.order_by(PublishedMinutes.number.desc())).all()


def map_newest_minutes(session: Session, meeting_id: UUID) -> Mapping[UUID, PublishedMinutes]:
    """The newest published minutes of each of a meeting's dates that has some, in one query."""
    found = (
        select(PublishedMinutes)
        .join(MeetingDate, MeetingDate.id == PublishedMinutes.date_id)
        .where(MeetingDate.meeting_id == meeting_id)
        .order_by(PublishedMinutes.number)
    )
    return {each.date_id: each for each in session.scalars(found)}


def map_minutes(session: Session, date_ids: Collection[UUID]) -> Mapping[UUID, list[PublishedMinutes]]:
    """The published minutes of these dates, each date's in their order, in one query."""
    found = select(PublishedMinutes).where(PublishedMinutes.date_id.in_(date_ids)).order_by(PublishedMinutes.number)
    minutes: dict[UUID, list[PublishedMinutes]] = {}
    for each in session.scalars(found):
        minutes.setdefault(each.date_id, []).append(each)
    return minutes


def _unanswered(now: datetime) -> tuple[Select[Any], Any]:
    """What makes an `Unanswered`, and the contacts' columns in it."""
    following = (
        select(MeetingDate.meeting_id, func.min(MeetingDate.starts_at).label("starts_at"))
        .where(MeetingDate.starts_at > now, MeetingDate.cancelled.is_(False))
        .group_by(MeetingDate.meeting_id)
        .subquery()
    )
    contact = select_contacts().subquery().c
    columns = (Meeting.id, Meeting.title, contact.organisation_id, contact.id, contact.name, Attendee.told_at)
    found = (
        select(*columns, following.c.starts_at)
        .select_from(following)
        .join(Meeting, Meeting.id == following.c.meeting_id)
        .join(Attendee, Attendee.meeting_id == Meeting.id)
        .join(contact.id.table, contact.id == Attendee.contact_id)
        .where(
            Attendee.answer == Answer.NONE,
            Attendee.removed.is_(False),
            Attendee.told_at <= now - ANSWERS_AFTER,
            Meeting.cancelled_at.is_(None),
        )
    )
    return found, contact


def _unwritten(now: datetime) -> Select[UUID, UUID, str, datetime]:
    return (
        select(Party.organisation_id, MeetingDate.id, Meeting.title, MeetingDate.ends_at)
        .join(Meeting, Meeting.id == MeetingDate.meeting_id)
        .join(Party, Party.meeting_id == Meeting.id)
        .where(
            MeetingDate.starts_at > now - MINUTES_UNTIL,
            MeetingDate.ends_at < now - MINUTES_AFTER,
            MeetingDate.cancelled.is_(False),
            Meeting.cancelled_at.is_(None),
            ~exists().where(PublishedMinutes.date_id == MeetingDate.id),
        )
    )


def _may_see(viewer: Identity, meeting: Meeting) -> bool:
    return (
        viewer.is_staff
        or (viewer.organisation_id is not None and viewer.organisation_id in meeting.organisation_ids)
        or any(each.who == viewer.person_id for each in meeting.invited)
    )


def _seen_by(session: Session, viewer: Identity, found: Select[T], organisation_id: UUID | None) -> Select[T]:
    if organisation_id is not None:
        get_organisation(session, viewer, organisation_id)
    elif not viewer.is_staff:
        organisation_id = viewer.organisation_id
        if organisation_id is None:
            raise NotFound
    if organisation_id is None:
        return found
    return found.where(Meeting.id.in_(select(Party.meeting_id).where(Party.organisation_id == organisation_id)))
