"""The vetting's pages, for staff and for the liaison who has nothing but a link and a phone."""

import io
import re
from datetime import timedelta

import pytest

from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import make_organisation
from services.partners.vetting import queries
from services.partners.vetting.tests.factories import make_request, make_vetting
from shared.clock import utc_now
from shared.identity import ADMIN, LIAISON, VIEWER
from shared.testing.people import make_identity, read_page

PDF = b"%PDF-1.7 a certificate"


@pytest.fixture
def place(session):
    made = make_organisation(session).id
    make_contact(session, made, is_liaison=True)
    session.commit()
    return made


def paper(name="certificate.pdf", content=PDF, **typed):
    return {"data": {**typed, "file": (io.BytesIO(content), name)}, "content_type": "multipart/form-data"}


def test_a_coordinator_vets_an_organisation_from_start_to_decision(staff, session, place):
    address = f"/partners/organisations/{place}/vetting"
    assert "Nobody has vetted" in staff.get(address).text
    own = staff.post(address).location
    shown = staff.get(own).text
    assert "Your declaration comes first" in shown
    early = staff.post(f"{own}/decision", data={"outcome": "refused", "reason": "No", "version": 1})
    assert early.status_code == 409
    assert staff.post(f"{own}/declaration", data={"conflict": "false"}).status_code == 302
    for item in re.findall(r'href="(/partners/vetting-answers/[^"]+)"', staff.get(own).text):
        seen = re.search(r'name="version" value="(\d+)"', staff.get(item).text)[1]
        assert staff.post(item, data={"verdict": "met", "version": seen}).status_code == 302
    asked = staff.get(f"{own}/decision").text
    seen = re.search(r'name="version" value="(\d+)"', asked)[1]
    done = staff.post(f"{own}/decision", data={"outcome": "approved", "version": seen}, follow_redirects=True).text
    assert "The vetting is decided" in done
    assert "decided the vetting" in done
    assert "Approved" in staff.get(address).text
    assert "A new vetting opens" in staff.get(address).text
    assert "Table Bay Trust" in staff.get("/partners/vetting?part=valid").text


def test_an_answer_that_is_refused_keeps_what_was_typed(staff, session, place):
    own = staff.post(f"/partners/organisations/{place}/vetting").location
    staff.post(f"{own}/declaration", data={"conflict": "false"})
    item = re.search(r'href="(/partners/vetting-answers/[^"]+)"', staff.get(own).text)[1]
    lacking = staff.post(item, data={"verdict": "not_met", "version": 1})
    assert lacking.status_code == 422
    assert "Say why" in lacking.text
    stale = staff.post(item, data={"verdict": "not_met", "note": "Struck off in May", "version": 0})
    assert stale.status_code == 412
    assert "Struck off in May" in stale.text


def test_a_paper_is_added_saved_and_served_as_a_download(staff, session, place):
    own = staff.post(f"/partners/organisations/{place}/vetting").location
    staff.post(f"{own}/declaration", data={"conflict": "false"})
    item = re.search(r'href="(/partners/vetting-answers/[^"]+)"', staff.get(own).text)[1]
    wrong = staff.post(f"{item}/evidence", **paper("a.pdf", b"<html>", expires_on="2099-01-31"))
    assert wrong.status_code == 422
    assert "not taken here" in wrong.text
    assert 'value="2099-01-31"' in wrong.text
    assert staff.post(f"{item}/evidence", **paper(expires_on="2099-01-31")).status_code == 302
    shown = staff.get(item).text
    assert "31 January 2099" in shown
    file = staff.get(re.search(r'href="(/partners/vetting-evidence/[^"]+/file)"', shown)[1])
    assert file.data == PDF
    assert file.headers["Content-Disposition"].startswith("attachment")


def test_asking_for_papers_shows_the_mail_before_it_is_sent(staff, session, place, bus):
    own = staff.post(f"/partners/organisations/{place}/vetting").location
    staff.post(f"{own}/declaration", data={"conflict": "false"})
    wanted = re.findall(r'name="answers" value="([^"]+)"', staff.get(f"{own}/papers").text)[:2]
    typed = {"answers": wanted, "message": "Please send these."}
    preview = staff.post(f"{own}/papers", data=typed).text
    assert "lerato@example.org" in preview
    assert bus.published("mail_requested") == []
    back = staff.post(f"{own}/papers", data={**typed, "again": "yes"}).text
    assert "Please send these." in back
    assert staff.post(f"{own}/papers", data={**typed, "sure": "yes"}).status_code == 302
    (mail,) = bus.published("mail_requested")
    assert "/partners/papers/s/" in mail.data["link"]


def test_a_liaison_sends_a_paper_from_a_link_and_sees_nothing_else(anyone, session, place, staff):
    vetting = make_vetting(session, place, make_identity(name="Thandi"))
    answer = vetting.answers[0]
    contact = make_contact(session, place, name="Nomsa", email="nomsa@example.org")
    _asked, secret = make_request(session, vetting, contact, make_identity(), utc_now())
    session.commit()
    address = f"/partners/papers/s/{secret}"
    anyone.environ_base["HTTP_ACCEPT"] = "text/html"
    shown = anyone.get(address).text
    assert "Registration confirmed" in shown
    assert "Governance" not in shown
    wrong = anyone.post(address, **paper("virus.pdf", b"MZ\x90\x00", answer_id=str(answer.id)))
    assert wrong.status_code == 422
    outside = anyone.post(address, **paper(answer_id=str(vetting.answers[1].id)))
    assert outside.status_code == 422
    sent = anyone.post(address, **paper("foto.jpg", b"\xff\xd8\xff photo", answer_id=str(answer.id)))
    assert sent.status_code == 302
    after = anyone.get(address).text
    assert "foto.jpg" in after
    assert "Arrived" in after
    assert "Received, to be looked at" in staff.get(f"/partners/vettings/{vetting.id}").text


def test_a_fast_track_stands_out_and_the_one_who_asked_is_not_offered_to_grant_it(staff, sign_in, session, place):
    own = staff.post(f"/partners/organisations/{place}/vetting").location
    staff.post(f"{own}/declaration", data={"conflict": "false"})
    until = (utc_now() + timedelta(days=20)).date()
    staff.post(f"{own}/fast-track", data={"reason": "The river floods", "until": f"{until}"})
    other = sign_in()
    shown = other.get(own).text
    assert "The river floods" in shown
    assert "/fast-track/decision" in shown
    other.post(f"{own}/declaration", data={"conflict": "false"})
    assert other.post(f"{own}/fast-track/decision", data={"granted": "true"}).status_code == 302
    assert "work may begin before the vetting is complete" in staff.get(own).text
    assert "fast track</span> until" in staff.get("/partners/vetting").text


def test_only_administrators_change_the_checklist(sign_in, staff, session, place):
    admin = sign_in(ADMIN)
    item = {"label": "Track record", "required": "true", "reason": "We learned"}
    assert staff.post("/partners/vetting/checklist/new", data=item).status_code == 403
    assert admin.post("/partners/vetting/checklist/new", data={**item, "version": 1}).status_code == 302
    stale = admin.post("/partners/vetting/checklist/items/insurance/drop", data={"reason": "Why not", "version": 1})
    assert stale.status_code == 412
    assert "Why not" in stale.text
    assert "Track record" in staff.get("/partners/vetting/checklist").text


def test_viewers_look_and_liaisons_find_nothing(sign_in, staff, session, place):
    own = staff.post(f"/partners/organisations/{place}/vetting").location
    viewer, liaison = sign_in(VIEWER), sign_in(LIAISON, place)
    assert "declaration" not in re.sub(r"(?s)<h2.*", "", read_page(viewer, own))
    for address in (
        own,
        f"/partners/organisations/{place}/vetting",
        "/partners/vetting",
        "/partners/vetting/checklist",
    ):
        assert liaison.get(address).status_code == 404
    assert "Vetting" not in read_page(liaison, f"/partners/organisations/{place}")


def test_programs_read_the_state_and_answer_items(script, session, place):
    address = f"/partners/api/v1/organisations/{place}"
    assert script.get(f"{address}/vetting").json == {"state": "none", "valid_until": None, "running": None}
    begun = script.post(f"{address}/vettings").json
    own = f"/partners/api/v1/vettings/{begun['id']}"
    assert script.get(f"{address}/vetting").json["running"] == begun["id"]
    item = f"/partners/api/v1/vetting-answers/{begun['answers'][0]['id']}"
    answer = {"verdict": "met", "note": "In the register."}
    assert script.put(item, json=answer, headers={"If-Match": '"1"'}).status_code == 409
    assert script.post(f"{own}/declarations", json={"conflict": False}).status_code == 201
    assert script.put(item, json=answer).status_code == 428
    assert script.put(item, json=answer, headers={"If-Match": '"1"'}).json["verdict"] == "met"
    assert script.put(item, json={"verdict": "maybe"}, headers={"If-Match": '"2"'}).status_code == 422
    sent = script.post(f"{item}/evidence", **paper(expires_on="2099-01-31"))
    assert sent.status_code == 201, sent.text
    assert (sent.json["file_name"], sent.json["expires_on"]) == ("certificate.pdf", "2099-01-31")
    etag = script.get(own).headers["ETag"]
    refused = script.post(f"{own}/decision", json={"outcome": "refused", "reason": "No."}, headers={"If-Match": etag})
    assert refused.json["outcome"] == "refused"
    assert queries.vetting_state(session, place, utc_now().date()).state == "refused"
