"""The demo's meetings: one with minutes and what was promised, a series with a date called off, one to be answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.partners.contacts.queries import find_contact_by_email
from services.partners.contacts.service import add_contact
from services.partners.meetings.service.answers import answer_invitation
from services.partners.meetings.service.invitations import send_outstanding
from services.partners.meetings.service.minutes import add_agenda_item, publish_minutes, write_minutes
from services.partners.meetings.service.planning import cancel_date, move_date, plan_meeting
from services.partners.promises.service import finish_promise, make_promise
from shared.identity import GUEST, Identity

MINUTES = """We looked at the figures of the last six weeks.

- The nets at **Zandvlei** are full after every rain. Lerato asks the city for a second round of emptying.
- Schools want Friday mornings instead of Saturdays. We try it in two of them.
- The banner may show the wave alone, as before.
"""


def tell_meetings(
    session: Any, staff: Sequence[Identity], bay: UUID, books: UUID, base_url: str, now: datetime
) -> None:
    """Meetings with two of the partners, around `now`."""
    by = staff[1]
    lerato = _find_contact(session, by, bay, "Lerato Khumalo", "lerato@tablebay.example.org", now)
    pieter = _find_contact(session, by, books, "Pieter van Wyk", "pieter@bookbridge.example.org", now)
    _tell_past(session, staff, lerato, base_url, now - timedelta(days=20))
    _tell_series(session, staff, lerato, base_url, now)
    meeting = plan_meeting(
        session, by, now,
        **_details(by, pieter, now + timedelta(days=9), title="Reading corners: which schools next?",
                   purpose="Choose the four schools of the next term.", online="https://meet.example.org/reading"),
    )  # fmt: skip
    send_outstanding(session, by, meeting.id, meeting.version, base_url, now)


def _tell_past(session: Any, staff: Sequence[Identity], lerato: Any, base_url: str, then: datetime) -> None:
    by, planned = staff[1], then - timedelta(days=14)
    meeting = plan_meeting(
        session, by, planned,
        **_details(by, lerato, then, title="Six weeks of Clean Coast", place="Harbour House, room 2",
                   purpose="Look at the figures together, and decide on the storm drains.",
                   person_ids=[staff[0].person_id]),
    )  # fmt: skip
    day = meeting.dates[0]
    for title, minutes, led_by in (("Figures so far", 20, by.person_id), ("Storm drains", 25, lerato.id)):
        add_agenda_item(session, by, day.id, planned, title=title, minutes=minutes, led_by=led_by)
    send_outstanding(session, by, meeting.id, meeting.version, base_url, planned)
    answer_invitation(session, _act_as(lerato, by), meeting.id, planned + timedelta(days=1), answer="yes")
    after = then + timedelta(hours=5)
    attended = [by.person_id, staff[0].person_id, lerato.id]
    write_minutes(session, by, day.id, day.version, after, attended=attended, notes=MINUTES)
    source: Mapping[str, Any] = {"source": "meeting", "source_id": day.id}
    today = then.date()
    make_promise(
        session, by, lerato.organisation_id, after, text="Ask the city for a second round of emptying at Zandvlei",
        owed_by="them", owner_id=lerato.id, due_on=today + timedelta(days=28), **source,
    )  # fmt: skip
    make_promise(
        session, by, lerato.organisation_id, after, text="Send the banner in the sizes that the harbour takes",
        owed_by="us", owner_id=by.person_id, due_on=today + timedelta(days=14), **source,
    )  # fmt: skip
    kept = make_promise(
        session, by, lerato.organisation_id, after, text="Name the two schools that try Friday mornings",
        owed_by="them", owner_id=lerato.id, due_on=today + timedelta(days=10), **source,
    )  # fmt: skip
    publish_minutes(session, by, day.id, day.version, base_url, after)
    finish_promise(session, _act_as(lerato, by), kept.id, after + timedelta(days=8), "Muizenberg High and Capricorn")


def _tell_series(session: Any, staff: Sequence[Identity], lerato: Any, base_url: str, now: datetime) -> None:
    by, planned = staff[1], now - timedelta(days=3)
    meeting = plan_meeting(
        session, by, planned,
        **_details(by, lerato, now + timedelta(days=4), title="Clean Coast: every other week",
                   purpose="What worked, what is next, who needs what.", online="https://meet.example.org/coast",
                   repeats="weekly", every=2, count=6, minutes=45),
    )  # fmt: skip
    send_outstanding(session, by, meeting.id, meeting.version, base_url, planned)
    answer_invitation(session, _act_as(lerato, by), meeting.id, planned + timedelta(hours=2), answer="yes")
    cancel_date(session, by, meeting.dates[2].id, now)
    moved = meeting.dates[3]
    later = moved.local_start + timedelta(days=1, hours=4)
    move_date(session, by, moved.id, moved.version, now, local_start=later, minutes=45)
    send_outstanding(session, by, meeting.id, meeting.version, base_url, now)


def _details(by: Identity, contact: Any, starts: datetime, **changes: Any) -> Any:
    details = {
        "title": "", "purpose": "", "place": "", "directions": "", "online": None, "starts_on": starts.date(),
        "starts_at": time(10), "time_zone": "Africa/Johannesburg", "minutes": 60, "repeats": "once", "every": 1,
        "until": None, "count": None, "organiser_id": by.person_id, "organisation_ids": [contact.organisation_id],
        "contact_ids": [contact.id], "person_ids": [],
    }  # fmt: skip
    return {**details, **changes}


def _find_contact(session: Any, by: Identity, organisation_id: UUID, name: str, email: str, now: datetime) -> Any:
    known = find_contact_by_email(session, organisation_id, email)
    return known or add_contact(
        session, by, organisation_id, now, name=name, email=email, phone=None, roles=[], channel="mail", locale="en",
        time_zone=None, notes="",
    )  # fmt: skip


def _act_as(contact: Any, like: Identity) -> Identity:
    """The contact, as the scoped link in their mail lets them in."""
    return Identity(
        contact.id, contact.name, contact.email, GUEST, contact.organisation_id, like.token_id, like.issued_at,
        like.expires_at,
    )  # fmt: skip
