"""What calendars make of our files, by a reader that shares no code with what writes them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from ical.calendar_stream import IcsCalendarStream
from ical.timezone import Timezone
from icalendar import Calendar

from services.partners.contacts.tests.factories import make_contact
from services.partners.meetings.calendars import Written, write_file
from services.partners.meetings.queries import map_mailboxes
from services.partners.meetings.service.planning import cancel_date, cancel_meeting, move_date
from services.partners.meetings.tests.factories import make_meeting, send
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from shared.testing.people import make_identity

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def plan(session):
    """plan(**changes) -> a meeting with one contact invited."""
    organisation = make_organisation(session)
    organiser = make_person(session, email="thandi@example.org", name="Thandi Nkosi")
    contact = make_contact(session, organisation.id)

    def make(**changes):
        return make_meeting(session, organiser.id, organisation.id, NOW, contact_ids=[contact.id], **changes)

    return make


def read(text):
    return IcsCalendarStream.calendar_from_ics(text)


def list_starts(text):
    """The instants at which the independent reader sees the meeting begin."""
    return [each.dtstart.astimezone(UTC) for each in read(text).timeline]


def publish(session, meeting):
    return write_file([Written(meeting, map_mailboxes(session, [meeting]), NOW)])


def fresh(session, meeting):
    return Written(meeting, map_mailboxes(session, [meeting]), NOW)


@pytest.mark.parametrize(
    ("zone", "first", "offsets"),
    [
        ("Europe/Berlin", date(2027, 3, 16), [1, 1, 2, 2]),
        ("Europe/Berlin", date(2027, 10, 19), [2, 2, 1, 1]),
        ("America/New_York", date(2027, 3, 2), [-5, -5, -4, -4]),
        ("America/New_York", date(2027, 10, 26), [-4, -4, -5, -5]),
        ("Africa/Johannesburg", date(2027, 3, 16), [2, 2, 2, 2]),
    ],
)
def test_ten_o_clock_stays_ten_o_clock_when_the_clock_changes(session, plan, zone, first, offsets):
    meeting = plan(time_zone=zone, starts_on=first)
    wall = [datetime.combine(first, time(10)) + timedelta(weeks=week) for week in range(4)]
    expected = [each.replace(tzinfo=UTC) - timedelta(hours=hours) for each, hours in zip(wall, offsets, strict=True)]
    text = fresh(session, meeting).invite()
    assert list_starts(text) == expected
    assert [each.starts_at for each in meeting.dates] == expected
    assert {each.dtstart.astimezone(ZoneInfo(zone)).strftime("%H:%M") for each in read(text).timeline} == {"10:00"}
    # The reader of the zone's description in the file, not of its own database, comes to the same.
    described = Timezone.model_validate(read(text).timezones[0]).tz_id
    assert described == zone


@pytest.mark.parametrize(
    ("zone", "skipped", "instant"),
    [
        ("Europe/Berlin", date(2027, 3, 28), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("America/New_York", date(2027, 3, 14), datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_time_that_the_clock_skips_counts_by_the_offset_before(session, plan, zone, skipped, instant):
    meeting = plan(time_zone=zone, starts_on=skipped - timedelta(weeks=1), starts_at=time(2, 30), count=3)
    assert meeting.dates[1].starts_at == instant
    assert [each.dtstart.replace(tzinfo=None) for each in read(fresh(session, meeting).invite()).timeline] == [
        datetime.combine(skipped, time(2, 30)) + timedelta(weeks=week) for week in (-1, 0, 1)
    ]
    assert list_starts(fresh(session, meeting).invite()) == [each.starts_at for each in meeting.dates]
    assert all(each.ends_at - each.starts_at == timedelta(hours=1) for each in meeting.dates)


def test_a_time_that_comes_twice_is_the_first(session, plan):
    meeting = plan(starts_on=date(2027, 10, 31), starts_at=time(2, 30), repeats="once", count=None)
    assert meeting.dates[0].starts_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert list_starts(fresh(session, meeting).invite()) == [meeting.dates[0].starts_at]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"repeats": "weekly", "every": 2, "until": date(2027, 5, 4), "count": None}, [(3, 30), (4, 13), (4, 27)]),
        ({"repeats": "weekly", "until": date(2027, 4, 13), "count": None}, [(3, 30), (4, 6), (4, 13)]),
        ({"repeats": "month_weekday", "count": 3}, [(3, 30), (4, 27), (5, 25)]),
        ({"repeats": "month_day", "count": 3, "starts_on": date(2027, 1, 31)}, [(1, 31), (3, 31), (5, 31)]),
        ({"repeats": "month_weekday", "count": 3, "starts_on": date(2027, 3, 9)}, [(3, 9), (4, 13), (5, 11)]),
    ],
)
def test_a_rule_gives_the_same_dates_here_and_in_calendars(session, plan, rule, expected):
    meeting = plan(**{"starts_on": date(2027, 3, 30), **rule})
    assert [(each.slot.month, each.slot.day) for each in meeting.dates] == expected
    assert list_starts(fresh(session, meeting).invite()) == [each.starts_at for each in meeting.dates]


def test_a_moved_and_a_cancelled_date_leave_the_others_in_place(session, plan, now):
    meeting, by = plan(), make_identity()
    first, second, third, fourth = meeting.dates
    move_date(session, by, second.id, second.version, NOW, local_start=datetime(2027, 3, 24, 14, 30), minutes=90)
    cancel_date(session, by, third.id, NOW)
    session.expire_all()
    expected = [first.starts_at, datetime(2027, 3, 24, 13, 30, tzinfo=UTC), fourth.starts_at]
    for text in (fresh(session, meeting).invite(), publish(session, meeting)):
        assert list_starts(text) == expected
        moved = list(read(text).timeline)[1]
        assert moved.computed_duration == timedelta(minutes=90)


def test_calendars_that_got_the_series_first_follow_a_moved_and_a_cancelled_date(session, plan, bus):
    """What a calendar does with the mails: keep the newest component of each UID and RECURRENCE-ID."""
    meeting, by = plan(), make_identity()
    send(session, meeting, NOW)
    second, third = meeting.dates[1], meeting.dates[2]
    move_date(session, by, second.id, second.version, NOW, local_start=datetime(2027, 3, 24, 14, 30), minutes=60)
    cancel_date(session, by, third.id, NOW)
    send(session, meeting, NOW + timedelta(minutes=1))
    session.commit()
    mails = [each.data["invitation"] for each in bus.published("mail_requested")]
    assert [each["method"] for each in mails] == ["REQUEST", "REQUEST", "CANCEL"]
    assert all(each["calendar"].count("BEGIN:VEVENT") == 1 for each in mails)
    components = [Calendar.from_ical(each["calendar"]).walk("VEVENT")[0] for each in mails]
    assert len({str(each["UID"]) for each in components}) == 1
    series, moved, cancelled = components
    assert series["SEQUENCE"] < moved["SEQUENCE"] == cancelled["SEQUENCE"]
    assert moved["RECURRENCE-ID"].dt.replace(tzinfo=None) == datetime(2027, 3, 23, 10)
    assert moved["RECURRENCE-ID"].params["TZID"] == moved["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert cancelled["RECURRENCE-ID"].dt.replace(tzinfo=None) == datetime(2027, 3, 30, 10)
    assert str(cancelled["STATUS"]) == "CANCELLED"
    for text in (each["calendar"] for each in mails):
        assert "VTIMEZONE" in text
        assert f"METHOD:{'CANCEL' if 'STATUS:CANCELLED' in text else 'REQUEST'}" in text


def test_calling_the_whole_off_cancels_under_the_same_name_with_a_higher_sequence(session, plan, bus):
    meeting = plan()
    send(session, meeting, NOW)
    cancel_meeting(session, make_identity(), meeting.id, "The hall burnt down", NOW)
    send(session, meeting, NOW + timedelta(minutes=1))
    session.commit()
    request, cancel = (
        Calendar.from_ical(each.data["invitation"]["calendar"]) for each in bus.published("mail_requested")
    )
    before, after = request.walk("VEVENT")[0], cancel.walk("VEVENT")[0]
    assert (str(cancel["METHOD"]), str(after["STATUS"]), after["UID"]) == ("CANCEL", "CANCELLED", before["UID"])
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert after["DTSTAMP"].dt > before["DTSTAMP"].dt


def test_an_invitation_says_who_asks_whom_and_what_they_answered(session, plan):
    event = Calendar.from_ical(fresh(session, plan()).invite()).walk("VEVENT")[0]
    assert str(event["ORGANIZER"]) == "mailto:thandi@example.org"
    assert event["ORGANIZER"].params["CN"] == "Thandi Nkosi"
    attendee = event["ATTENDEE"]
    assert str(attendee) == "mailto:lerato@example.org"
    assert {name: attendee.params[name] for name in ("PARTSTAT", "RSVP", "CN")} == {
        "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE", "CN": "Lerato Khumalo",
    }  # fmt: skip
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"


def test_what_people_typed_cannot_add_lines_to_the_file(session, plan):
    text = fresh(session, plan(title="Talk\r\nATTENDEE:mailto:x@example.org", place="a;b,c\\n")).invite()
    events = read(text).events
    assert len(events) == 1
    assert [str(each.uri) for each in events[0].attendees] == ["mailto:lerato@example.org"]
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
