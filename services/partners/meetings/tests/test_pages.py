import re
from datetime import datetime, timedelta

import pytest

from services.partners.contacts.tests.factories import make_contact
from services.partners.meetings.models import Attendee, Meeting
from services.partners.meetings.tests.factories import make_meeting, send
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from shared.clock import utc_now
from shared.identity import LIAISON, VIEWER
from shared.testing.people import make_identity, read_page


@pytest.fixture
def people(session):
    """An organisation, one of us and one of them."""
    organisation = make_organisation(session)
    person = make_person(session, name="Thandi Nkosi", email="thandi@example.org")
    contact = make_contact(session, organisation.id, is_liaison=True)
    session.commit()
    return organisation, person, contact


@pytest.fixture
def meeting(session, people):
    organisation, person, contact = people
    soon = utc_now().date() + timedelta(days=10)
    made = make_meeting(session, person.id, organisation.id, starts_on=soon, contact_ids=[contact.id])
    session.commit()
    return made


def make_form(people, **changes):
    organisation, person, contact = people
    form = {
        "title": "Kick-off", "purpose": "", "starts_on": "2099-03-09", "starts_at": "10:00", "minutes": "60",
        "time_zone": "Europe/Berlin", "repeats": "once", "every": "1", "until": "", "count": "", "place": "Room 3",
        "directions": "", "online": "", "organiser_id": str(person.id), "organisation_ids": [str(organisation.id)],
        "contact_ids": [str(contact.id)],
    }  # fmt: skip
    return {**form, **changes}


def test_a_meeting_is_planned_sent_changed_and_called_off_each_asking_first(staff, bus, people):
    organisation = people[0]
    at_home = f"/partners/organisations/{organisation.id}/meetings"
    assert "No meeting yet" in staff.get(at_home).text
    assert f'value="{people[2].id}" checked' in staff.get(at_home + "/new").text
    one = staff.post(at_home + "/new", data=make_form(people)).location
    assert "not everyone knows" in staff.get(one).text
    page = staff.get(one + "/send").text
    assert "Lerato Khumalo</strong> (lerato@example.org) gets the invitation" in page
    assert bus.published("mail_requested") == []
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert "One mail is on its way." in staff.post(one + "/send", data={"version": version}, follow_redirects=True).text
    assert "There is nothing to send" in staff.get(one + "/send").text
    assert staff.post(one + "/send", data={"version": version}).status_code == 409
    staff.post(one + "/edit", data=make_form(people, starts_at="11:00", version=version))
    page = staff.get(one).text
    assert "Time: 10:00 → 11:00" in page
    assert "gets the new details" in staff.get(one + "/send").text
    assert staff.post(one + "/send", data={"version": version}).status_code == 412
    assert staff.post(one + "/cancel", data={"reason": ""}).status_code == 422
    page = staff.post(one + "/cancel", data={"reason": "The hall burnt down"}, follow_redirects=True).text
    assert "The hall burnt down" in page
    assert "is told that they are not expected" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"place": ""}, "place"),
        ({"repeats": "weekly"}, "until"),
        ({"repeats": "weekly", "until": "2099-04-01", "count": "3"}, "until"),
        ({"starts_at": "25:00"}, "starts_at"),
        ({"online": "javascript:alert(1)"}, "online"),
        ({"contact_ids": ["01a20544-0000-7000-8000-000000000000"]}, "contact_ids"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_mistakes_are_named_and_what_was_typed_is_kept(staff, people, changes, field):
    answer = staff.post(f"/partners/organisations/{people[0].id}/meetings/new", data=make_form(people, **changes))
    assert answer.status_code == 422
    assert f'href="#field-{field}' in answer.text
    assert 'value="Kick-off"' in answer.text


def test_a_stale_edit_keeps_what_was_typed(staff, people, meeting):
    one = f"/partners/meetings/{meeting.id}"
    assert staff.post(one + "/edit", data=make_form(people, version="1")).status_code == 302
    answer = staff.post(one + "/edit", data=make_form(people, title="Second", version="1"))
    assert (answer.status_code, 'value="Second"' in answer.text) == (412, True)


def test_one_date_is_moved_and_one_called_off(staff, session, meeting, bus):
    send(session, meeting, utc_now())
    session.commit()
    first, second = meeting.dates[:2]
    day = (second.local_start + timedelta(days=1)).date().isoformat()
    form = {"day": day, "at": "14:30", "minutes": "90", "version": str(second.version)}
    assert staff.post(f"/partners/meetings/dates/{second.id}/move", data=form).status_code == 302
    assert staff.post(f"/partners/meetings/dates/{second.id}/move", data={**form, "at": "15:00"}).status_code == 412
    assert "Call this date off?" in staff.get(f"/partners/meetings/dates/{first.id}/cancel").text
    staff.post(f"/partners/meetings/dates/{first.id}/cancel")
    page = staff.get(f"/partners/meetings/{meeting.id}/send").text
    assert "is told that one date moved" in page
    assert "is told that one date is called off" in page
    assert "14:30 to 16:00" in page


def test_a_contact_answers_from_the_link_on_a_phone_and_changes_their_mind(staff, anyone, session, meeting, bus):
    send(session, meeting, utc_now())
    session.commit()
    address = re.search(r"/partners/meetings/s/.*", bus.published("mail_requested")[0].data["link"])[0]
    page = anyone.get(address).text
    assert "Will you come?" in page
    assert "Room 3" in page
    assert anyone.post(address, data={"answer": "perhaps"}).status_code == 422
    assert "Your answer is noted" in anyone.post(address, data={"answer": "yes"}).text
    better = (utc_now() + timedelta(days=20)).strftime("%Y-%m-%dT15:00")
    anyone.post(address, data={"answer": "no", "remark": "On leave", "proposed_at": better})
    session.expire_all()
    said = session.get(Meeting, meeting.id).invited[0]
    assert (said.answer, said.remark) == ("no", "On leave")
    # The time was typed in Johannesburg, the installation's zone.
    assert said.proposed_at.strftime("%Y-%m-%dT%H:%M") == better.replace("15:00", "13:00")
    assert "On leave" in staff.get(f"/partners/meetings/{meeting.id}").text
    session.get(Attendee, said.id).removed = True
    session.commit()
    assert anyone.get(address).status_code == 404


def test_minutes_are_a_draft_of_ours_until_published(staff, sign_in, session, meeting, people, bus):
    organisation, _person, contact = people
    one = f"/partners/meetings/dates/{meeting.dates[0].id}"
    item = {"title": "Beach", "minutes": "20", "led_by": str(contact.id)}
    assert staff.post(one + "/agenda", data=item).status_code == 302
    assert staff.post(one + "/agenda", data={**item, "title": ""}).status_code == 422
    written = {"attended": [str(contact.id)], "notes": "We meet <script>x</script> **early**.", "version": "1"}
    assert staff.post(one + "/minutes", data={**written, "version": "7"}).status_code == 412
    version = re.search(r'name="version" value="(\d+)"', staff.get(one + "/minutes").text)[1]
    assert staff.post(one + "/minutes", data={**written, "version": version}).status_code == 302
    address = re.search(r'/partners/organisations/[^"]+source=meeting[^"]+', staff.get(one).text)[0]
    promise = {"text": "Bring gloves", "owed_by": "them", "owner_id": str(contact.id), "due_on": "2099-01-01"}
    hidden = re.findall(r'name="(source\w*)" value="([^"]+)"', staff.get(address.replace("&amp;", "&")).text)
    made = staff.post(address.partition("?")[0], data={**promise, **dict(hidden)})
    assert made.location == one + "#promises"
    liaison = sign_in(LIAISON, organisation.id)
    page = liaison.get(one).text
    assert "We meet" not in page
    assert "Bring gloves" in page
    page = staff.get(one + "/publish").text
    assert "Lerato Khumalo" in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert staff.post(one + "/publish", data={"version": version}).status_code == 302
    assert staff.post(one + "/publish", data={"version": version}).status_code == 412
    page = liaison.get(one).text
    assert "<strong>early</strong>" in page
    assert "<script>x" not in page
    assert len(bus.published("mail_requested")) == 1


def test_a_persons_calendar_is_subscribed_to_by_a_private_address(sign_in, anyone, session, meeting, people):
    client = sign_in(identity=make_identity(person_id=people[1].id, name="Thandi"))
    page = client.post("/partners/meetings/calendar").text
    address = re.search(r"/partners/meetings/calendar/s/[\w-]+", page)[0]
    answer = anyone.get(address)
    assert answer.mimetype == "text/calendar"
    assert "SUMMARY:Planning the clean-up" in answer.text
    assert address not in read_page(client, "/partners/meetings/calendar")
    client.post("/partners/meetings/calendar/end")
    assert anyone.get(address).status_code == 404
    file = client.get(f"/partners/meetings/{meeting.id}/meeting.ics")
    assert file.headers["Content-Disposition"] == 'attachment; filename="meetings.ics"'


def test_outsiders_and_viewers_change_nothing(sign_in, session, meeting, people):
    one = f"/partners/meetings/{meeting.id}"
    stranger = sign_in(LIAISON, make_organisation(session, name="Other").id)
    session.commit()
    assert stranger.get(one).status_code == 404
    assert "Planning" not in read_page(stranger, "/partners/meetings")
    liaison = sign_in(LIAISON, people[0].id)
    page = read_page(liaison, one)
    assert "Planning the clean-up" in page
    assert "Tell them" not in page
    assert liaison.post(one + "/send").status_code == 404
    assert liaison.get(one + "/answer").status_code == 404
    assert sign_in(VIEWER).post(one + "/cancel", data={"reason": "No"}).status_code == 403


def test_the_api_does_what_the_pages_do(script, people, bus):
    organisation, person, contact = people
    details = {
        "title": "Kick-off", "starts_on": "2099-03-09", "starts_at": "10:00", "time_zone": "Europe/Berlin",
        "repeats": "weekly", "count": 3, "place": "Room 3", "organiser_id": str(person.id),
        "organisation_ids": [str(organisation.id)], "contact_ids": [str(contact.id)],
    }  # fmt: skip
    base = "/partners/api/v1/meetings"
    made = script.post(base, json=details)
    assert made.status_code == 201
    one, tag = f"{base}/{made.json['id']}", made.headers["ETag"]
    assert made.json["dates"][0]["starts_at"].startswith("2099-03-09T09:00")
    due = script.get(one + "/invitations")
    assert [each["kind"] for each in due.json["items"]] == ["invitation"]
    assert script.post(one + "/invitations").status_code == 428
    assert script.post(one + "/invitations", headers={"If-Match": due.headers["ETag"]}).status_code == 200
    assert script.put(one, json={**details, "title": "Other"}, headers={"If-Match": tag}).json["sequence"] == 1
    day = made.json["dates"][1]
    moved = script.post(
        f"{base}/dates/{day['id']}/move", json={"day": "2099-03-17", "at": "09:00", "minutes": 30},
        headers={"If-Match": str(day["version"])},
    )  # fmt: skip
    assert moved.json["local_start"] == "2099-03-17T09:00:00"
    assert script.post(f"{base}/dates/{day['id']}/cancel").json["cancelled"] is True
    assert len(script.get(f"{base}?organisation={organisation.id}").json["items"]) == 3
    assert script.post(one + "/cancel", json={"reason": "No"}).json["reason"] == "No"
    assert datetime.fromisoformat(script.get(one).json["cancelled_at"]).tzinfo is not None
