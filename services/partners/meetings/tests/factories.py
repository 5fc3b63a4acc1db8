"""Meetings for tests."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.contacts.tests.factories import make_contact
from services.partners.meetings.models import Meeting
from services.partners.meetings.service.invitations import PURPOSE, send_outstanding
from services.partners.meetings.service.minutes import add_agenda_item, publish_minutes, write_minutes
from services.partners.meetings.service.planning import plan_meeting
from shared.clock import utc_now
from shared.database.links import LinkHolder, make_link
from shared.identity import Identity
from shared.testing.people import make_identity

BASE = "https://saypro.example.org"


def make_details(organiser_id: UUID, organisation_id: UUID, **changes: Any) -> dict[str, Any]:
    """What a meeting's form sends, once loaded: an hour in Berlin at 10:00, four weeks in a row over a clock change."""
    details: dict[str, Any] = {
        "title": "Planning the clean-up", "purpose": "Agree on dates and tasks.", "place": "Room 3", "directions": "",
        "online": None, "starts_on": date(2027, 3, 16), "starts_at": time(10), "time_zone": "Europe/Berlin",
        "minutes": 60, "repeats": "weekly", "every": 1, "until": None, "count": 4, "organiser_id": organiser_id,
        "organisation_ids": [organisation_id], "contact_ids": [], "person_ids": [],
    }  # fmt: skip
    return {**details, **changes}


def make_meeting(
    session: Session, organiser_id: UUID, organisation_id: UUID, now: datetime | None = None, **changes: Any
) -> Meeting:
    """A planned meeting of which nobody was told; `changes` replace its details."""
    return plan_meeting(
        session, make_identity(), now or utc_now(), **make_details(organiser_id, organisation_id, **changes)
    )


def send(session: Session, meeting: Meeting, now: datetime, by: Identity | None = None) -> list[Any]:
    """Tell everyone what they don't know yet."""
    return list(send_outstanding(session, by or make_identity(), meeting.id, meeting.version, BASE, now))


def make_meeting_samples(
    session: Session, organiser: Any, contact: Any, now: datetime
) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: route arguments, and links by purpose."""
    by = make_identity(name="Quagga Naidoo")
    starts = now + timedelta(days=7)
    # The sample liaison's own contact, who answers signed in.
    own = make_contact(
        session, contact.organisation_id, name="Quagga Dlamini", email="quagga@example.org", roles=["Quagga"]
    )
    meeting = plan_meeting(
        session, by, now,
        **make_details(
            organiser.id, contact.organisation_id, title="Quagga meeting", purpose="Quagga purpose",
            place="Quagga room", starts_on=starts.date(), contact_ids=[contact.id, own.id],
        ),
    )  # fmt: skip
    send(session, meeting, now, by)
    day = meeting.dates[0]
    item = add_agenda_item(session, by, day.id, now, title="Quagga item", minutes=10, led_by=organiser.id)
    write_minutes(session, by, day.id, day.version, now, attended=[contact.id], notes="Quagga notes")
    publish_minutes(session, by, day.id, day.version, BASE, now)
    holder = LinkHolder(contact.id, contact.name, contact.email, contact.organisation_id)
    feed_of = LinkHolder(organiser.id, organiser.name, organiser.email, None)
    about: dict[str, Any] = {"now": now, "lasts": timedelta(days=30)}
    links = {
        PURPOSE: make_link(session, purpose=PURPOSE, subject_id=meeting.id, holder=holder, **about),
        "meetings.calendar": make_link(
            session, purpose="meetings.calendar", subject_id=organiser.id, holder=feed_of, **about
        ),
    }
    return {"meeting_id": meeting.id, "date_id": day.id, "item_id": item.id}, links
