import io
import re

import pytest

from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import PNG, make_organisation
from services.partners.profiles.tests.factories import make_sent_update
from shared.identity import LIAISON, VIEWER
from shared.testing.people import make_identity, read_page

ABOUT = {"name": "Table Bay Trust", "kind": "charity", "country": "ZA"}


@pytest.fixture
def place(session):
    organisation = make_organisation(session, mission="Old mission")
    make_contact(session, organisation.id, is_liaison=True)
    session.commit()
    return organisation.id


def ask(staff, place, bus):
    staff.post(f"/partners/organisations/{place}/profile-updates/ask", data={"message": "Is it right?"})
    return re.search(r"/partners/profiles/s/.*", bus.published("mail_requested")[-1].data["link"])[0]


def test_a_contact_completes_the_profile_from_a_phone_and_staff_take_it(staff, anyone, session, bus, place):
    page = staff.get(f"/partners/organisations/{place}/profile-updates/ask").text
    assert "One mail goes to Lerato Khumalo (lerato@example.org)" in page
    assert bus.published("mail_requested") == []
    link = ask(staff, place, bus)
    page = anyone.get(link).text
    assert "Is it right?" in page
    assert "Old mission" in page
    # What is wrong is kept as typed, and said.
    wrong = anyone.post(link + "/about", data={**ABOUT, "mission": "New mission", "website": "nowhere"})
    page = anyone.get(wrong.location).text
    assert 'value="nowhere"' in page
    assert 'href="#field-website"' in page
    assert anyone.post(link).status_code == 422
    anyone.post(link + "/about", data={**ABOUT, "mission": "New mission", "website": ""})
    anyone.post(link + "/focus", data={"area_0": "Oceans and coasts", "goals_0": ["14"]})
    entry = {"title": "Beach count", "first_year": "2024", "done": "Counted", "file": (io.BytesIO(PNG), "beach.png")}
    assert anyone.post(link + "/track_record", data=entry, follow_redirects=True).status_code == 200
    anyone.post(link + "/logo", data={"logo": (io.BytesIO(PNG), "logo.png")})
    assert anyone.get(link + "/pictures/wanted").data == PNG
    page = anyone.get(link).text
    assert "You changed 5 things" in page
    assert "New mission" not in read_page(staff, f"/partners/organisations/{place}")
    assert "Your changes are on their way" in anyone.post(link, follow_redirects=True).text
    assert anyone.post(link + "/about", data=ABOUT).status_code == 409
    listed = staff.get(f"/partners/organisations/{place}/profile-updates").text
    review = re.search(r"/partners/profile-updates/[0-9a-f-]{36}", listed)[0]
    page = staff.get(review).text
    for text in ("Old mission", "New mission", "Oceans and coasts: 14", "Beach count", "beach.png"):
        assert text in page
    choices = re.findall(r"choice_[0-9a-f-]{36}", page)[::3]
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    data = {"version": version} | dict.fromkeys(choices, "take")
    assert "Everything is decided" in staff.post(review, data=data, follow_redirects=True).text
    page = staff.get(f"/partners/organisations/{place}").text
    for text in ("New mission", "Beach count", "beach.png", "asked the organisation to complete its profile"):
        assert text in page
    assert "Taken over" in anyone.get(link).text


def test_a_reason_is_asked_for_and_what_was_chosen_stays(staff, session, place):
    update = make_sent_update(session, place, {"mission": "New mission", "values": "Honest"})
    session.commit()
    first, second = (str(each.id) for each in update.changes)
    data = {"version": "1", f"choice_{first}": "leave", f"choice_{second}": "take"}
    answer = staff.post(f"/partners/profile-updates/{update.id}", data=data)
    assert answer.status_code == 422
    assert "Say why: they read it." in answer.text
    assert re.search(rf'id="choice-{second}-1" value="take" checked', answer.text)
    staff.post(f"/partners/organisations/{place}/edit", data={**ABOUT, "mission": "Ours", "version": "1"})
    answer = staff.post(f"/partners/profile-updates/{update.id}", data=data)
    assert answer.status_code == 412
    assert "Changed meanwhile" in answer.text
    assert "Ours" in answer.text


def test_a_liaison_does_the_same_signed_in_and_nobody_else_does(sign_in, session, place, staff):
    liaison = sign_in(LIAISON, place)
    own = f"/partners/organisations/{place}/profile"
    assert own in liaison.get(f"/partners/organisations/{place}").text
    liaison.post(own + "/reach", data={"places": "Paarl\nWorcester", "reach": "regional", "people_reached": "1 200"})
    assert "Worcester" in liaison.get(own).text
    assert "on their way" in liaison.post(own, follow_redirects=True).text
    update = re.search(r"/partners/profile-updates/[0-9a-f-]{36}",
                       staff.get(f"/partners/organisations/{place}/profile-updates").text)[0]  # fmt: skip
    assert liaison.get(update).status_code == 404
    assert sign_in(LIAISON, make_identity().person_id).get(own).status_code == 404
    assert staff.get(own).status_code == 403
    viewer = sign_in(VIEWER)
    assert "Save the decisions" not in read_page(viewer, update)
    assert viewer.post(update, data={"version": "1"}).status_code == 403


def test_focus_areas_always_have_room_for_more(sign_in, session, place):
    liaison, focus = sign_in(LIAISON, place), f"/partners/organisations/{place}/profile/focus"
    assert 'name="area_2"' not in read_page(liaison, focus)
    liaison.post(focus, data={"area_0": "Food", "area_1": "Rivers"})
    page = liaison.get(focus).text
    assert 'value="Rivers"' in page
    assert 'name="area_3"' in page


def test_the_api_lists_and_decides(script, session, place):
    update = make_sent_update(session, place, {"mission": "New mission"})
    session.commit()
    [listed] = script.get("/partners/api/v1/profile-updates?state=sent").json["items"]
    [change] = listed["changes"]
    assert (change["was"], change["wanted"]) == ("Old mission", "New mission")
    one = f"/partners/api/v1/profile-updates/{update.id}"
    body = {"organisation_version": 1, "changes": [{"id": change["id"], "take": False}]}
    assert script.post(one + "/decisions", json=body).status_code == 422
    body["changes"][0]["reason"] = "We asked for another one."
    assert script.post(one + "/decisions", json=body).json["state"] == "settled"
    assert script.get(one).json["changes"][0]["reason"] == "We asked for another one."


def test_staff_add_and_take_out_evidence_files(staff, session, place):
    entry = {"title": "Beach count", "first_year": "2024", "done": "Counted"}
    staff.post(f"/partners/organisations/{place}/track-record/new", data=entry)
    record = re.search(rf"/partners/organisations/{place}/track-record/[0-9a-f-]{{36}}",
                       staff.get(f"/partners/organisations/{place}").text)[0]  # fmt: skip
    evil = staff.post(record + "/files", data={"file": (io.BytesIO(b"<script>"), "x.svg")})
    assert evil.status_code == 422
    page = staff.post(record + "/files", data={"file": (io.BytesIO(PNG), "beach.png")}, follow_redirects=True).text
    file = re.search(r"/partners/organisations/[^\"]*/track-record/files/[0-9a-f-]{36}", page)[0]
    assert staff.get(file).data == PNG
    taken_out = staff.post(file + "/remove", follow_redirects=True)
    assert taken_out.status_code == 200
    assert "Beach count" in taken_out.text
    assert "beach.png" not in taken_out.text
    assert staff.get(file).status_code == 404
