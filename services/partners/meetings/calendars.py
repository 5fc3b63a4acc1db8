"""Meetings as calendars take them: iCalendar objects (RFC 5545) and iTIP messages (RFC 5546).

DTSTART, RECURRENCE-ID and EXDATE carry the meeting's zone, which is described in the same file, so that a calendar
reckons every date of a series by the wall clock. What goes by mail holds one change of one meeting: Outlook takes in
one component of a message, so a date that was moved travels alone, with its RECURRENCE-ID.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

from services.partners.meetings.models import Answer, Attendee, Meeting, MeetingDate

PRODUCT = "-//SayPro//Partnerships//EN"
PARTSTAT = {Answer.NONE: "NEEDS-ACTION", Answer.YES: "ACCEPTED", Answer.MAYBE: "TENTATIVE", Answer.NO: "DECLINED"}


@dataclass(frozen=True)
class Mailbox:
    """Someone's name and address, as calendars show them."""

    name: str
    email: str


@dataclass(frozen=True)
class Written:
    """A meeting and the addresses of those in it, by the ids of people and contacts; `now` is the DTSTAMP."""

    meeting: Meeting
    mailboxes: Mapping[UUID, Mailbox]
    now: datetime

    def invite(self) -> str:
        """REQUEST for the whole: the series with its moved dates, without those called off."""
        return self._write("REQUEST", [self._series(), *self._moved()])

    def invite_to_date(self, day: MeetingDate) -> str:
        """REQUEST for one date of a series, where it takes place now."""
        return self._write("REQUEST", [self._one(day)])

    def cancel(self, only: Attendee | None = None) -> str:
        """CANCEL of the whole: for everyone, or for the one who is no longer asked to come."""
        event = self._series(attendees=[only] if only else None)
        event.add("STATUS", "CANCELLED")
        return self._write("CANCEL", [event])

    def cancel_date(self, day: MeetingDate) -> str:
        """CANCEL of one date of a series."""
        event = self._one(day)
        event.add("STATUS", "CANCELLED")
        return self._write("CANCEL", [event])

    def _write(self, method: str, events: Iterable[Event]) -> str:
        calendar = _start_calendar()
        calendar.add("METHOD", method)
        return _finish(calendar, method, events, self.meeting.starts_on)

    def list_events(self) -> list[Event]:
        """Its events for a file or a feed, which ask for nothing."""
        if self.meeting.cancelled_at:
            cancelled = self._series()
            cancelled.add("STATUS", "CANCELLED")
            return [cancelled]
        return [_confirm(each) for each in (self._series(), *self._moved())]

    def _series(self, attendees: Collection[Attendee] | None = None) -> Event:
        meeting = self.meeting
        event = self._event(meeting.rule.first, meeting.minutes, attendees)
        rule = meeting.rule.write()
        if rule:
            event.add("RRULE", rule)
            gone = [self._at(each.slot) for each in self._planned() if each.cancelled]
            if gone:
                event.add("EXDATE", gone)
        return event

    def _moved(self) -> list[Event]:
        if self.meeting.rule.write() is None:
            return []
        return [self._one(each) for each in self._planned() if each.is_moved and not each.cancelled]

    def _planned(self) -> list[MeetingDate]:
        """The dates that the rule as it is now gives; those before it was changed are the past's."""
        return [each for each in self.meeting.dates if each.slot >= self.meeting.rule.first]

    def _one(self, day: MeetingDate) -> Event:
        event = self._event(day.local_start, day.minutes, None)
        event.add("RECURRENCE-ID", self._at(day.slot))
        return event

    def _event(self, local: datetime, minutes: int, attendees: Collection[Attendee] | None) -> Event:
        meeting, event = self.meeting, Event()
        event.add("UID", meeting.uid)
        event.add("SEQUENCE", meeting.sequence)
        event.add("DTSTAMP", self.now)
        event.add("DTSTART", self._at(local))
        event.add("DURATION", timedelta(minutes=minutes))
        event.add("SUMMARY", meeting.title)
        event.add("DESCRIPTION", describe(meeting))
        if meeting.online or meeting.place:
            event.add("LOCATION", meeting.place or meeting.online)
        if meeting.online:
            event.add("URL", meeting.online)
        self._add_people(event, meeting.invited if attendees is None else attendees)
        return event

    def _add_people(self, event: Event, attendees: Collection[Attendee]) -> None:
        organiser = self.mailboxes[self.meeting.organiser_id]
        event["ORGANIZER"] = _address(organiser)
        for each in attendees:
            box = self.mailboxes.get(each.who)
            if box is None:
                continue
            attendee = _address(box)
            attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
            attendee.params["PARTSTAT"] = vText(PARTSTAT[Answer(each.answer)])
            attendee.params["RSVP"] = vText("TRUE")
            event.add("ATTENDEE", attendee, encode=False)

    def _at(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self.meeting.zone)


def describe(meeting: Meeting) -> str:
    """What a calendar shows under the title: what it is for, how to get in, how to get there."""
    return "\n\n".join(each for each in (meeting.purpose, meeting.online, meeting.directions) if each)


def write_file(meetings: Iterable[Written]) -> str:
    """A file or feed of these meetings (METHOD:PUBLISH), to be looked at and subscribed to."""
    kept = list(meetings)
    calendar = _start_calendar()
    calendar.add("METHOD", "PUBLISH")
    events = [event for each in kept for event in each.list_events()]
    return _finish(
        calendar, "PUBLISH", events, min((each.meeting.starts_on for each in kept), default=date(2020, 1, 1))
    )


def _start_calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    return calendar


def _finish(calendar: Calendar, method: str, events: Iterable[Event], first: date) -> str:
    for event in events:
        if method == "REQUEST":
            _confirm(event)
        calendar.add_component(event)
    calendar.add_missing_timezones(first_date=first - timedelta(days=366))
    return str(calendar.to_ical().decode())


def _confirm(event: Event) -> Event:
    if "STATUS" not in event:
        event.add("STATUS", "CONFIRMED")
    return event


def _address(box: Mailbox) -> vCalAddress:
    address = vCalAddress(f"mailto:{box.email}")
    address.params["CN"] = vText(box.name)
    return address
