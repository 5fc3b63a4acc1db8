"""A proposal in a browser: written from a template for several, sent, and answered from a link on a phone."""

import io
import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from services.partners.organisations.service import change_stage
from services.partners.organisations.tests.factories import make_organisation
from services.partners.proposals.models import Proposal
from services.partners.proposals.tests.factories import TEXT, make_proposal, make_template
from shared.clock import utc_now
from shared.identity import LIAISON, VIEWER
from shared.testing.databases import Bus
from shared.testing.people import make_identity, read_page

HTML = {"Accept": "text/html"}


@pytest.fixture
def proposal(session: Session, organisation_id: UUID) -> Proposal:
    made = make_proposal(session, organisation_id)
    session.commit()
    return made


def address_of(proposal: Proposal, step: str = "") -> str:
    return f"/partners/proposals/{proposal.id}{step}"


def read_hidden(page: str, name: str) -> str:
    return re.findall(rf'name="{name}" value="([0-9a-f]+)"', page)[0]


def send(staff: FlaskClient, address: str, bus: Bus) -> str:
    """Send what is at `address`; returns the path of the last mail's link."""
    seen = read_hidden(staff.get(address).text, "seen")
    sent = staff.post(address, data={"seen": seen, "answer_by": "2099-01-01", "words": "We hope\nto meet."})
    assert sent.status_code == 302
    return str(bus.published("mail_requested")[-1].data["link"].removeprefix("http://127.0.0.1:8000"))


def test_several_are_written_at_once_and_the_confirmation_names_who_gets_what(staff, session, organisation_id, bus):
    nobody = make_organisation(session, name="Nobody There")
    for each in (organisation_id, nobody.id):
        change_stage(session, make_identity(), each, "shortlisted", "Fits.", utc_now())
    template = make_template(session)
    session.commit()
    address = f"/partners/proposals/templates/{template.id}/write"
    form = staff.get(address).text
    assert "Harbour Trust (Naledi Dlamini)" in form
    assert "Nobody There (no liaison yet)" in form
    given = {"title": "Clean harbour", "value_start": "2027-03-12", "value_budget": "much"}
    wrong = staff.post(address, data={**given, "organisations": [str(organisation_id)]})
    assert wrong.status_code == 422
    assert 'value="much"' in wrong.text
    given |= {"value_budget": "12000.50"}
    written = staff.post(address, data={**given, "organisations": [str(organisation_id), str(nobody.id)]})
    assert written.status_code == 302
    confirm = staff.get(f"{written.location}/send").text
    assert "Naledi Dlamini</strong> (naledi@example.org) for Harbour Trust" in confirm
    assert "Left out until they have a liaison" in confirm
    assert "Nobody There" in confirm
    assert bus.published("mail_requested") == []
    send(staff, f"{written.location}/send", bus)
    batch = staff.get(written.location).text
    assert "Sent" in batch
    assert "Nobody yet: name a liaison" in batch


def test_the_preview_is_the_mail_that_goes_out(staff, proposal, bus):
    page = staff.get(address_of(proposal, "/mail")).text
    send(staff, address_of(proposal, "/send"), bus)
    [mail] = [each.data for each in bus.published("mail_requested")]
    assert mail["title"] in page
    assert mail["because"] in page
    assert "<h2>A cleaner harbour</h2>" in page
    assert "## A cleaner harbour" in mail["body"]
    assert "We bring ZAR" in page
    assert "clean the harbour with Harbour Trust from <strong>12 March 2027</strong>" in page
    assert "We hope" in mail["paragraphs"]


def test_an_unknown_placeholder_is_an_error_beside_the_text_and_what_was_typed_stays(staff, proposal):
    address = address_of(proposal, "/edit")
    seen = read_hidden(staff.get(address).text, "version")
    given = {
        "title": "T",
        "text": "Hi {{config}} <b>",
        "value_start": "2027-03-12",
        "value_budget": "1",
        "version": seen,
    }
    wrong = staff.post(address, data=given)
    assert wrong.status_code == 422
    assert "Nothing stands behind {{config}}" in wrong.text
    assert "Hi {{config}} &lt;b&gt;</textarea>" in wrong.text
    assert staff.post(address, data={**given, "text": "<script>x</script> [x](javascript:x)"}).status_code == 302
    shown = read_page(staff, address_of(proposal))
    assert "&lt;script&gt;x" in shown
    assert "<script>x" not in shown
    assert 'href="javascript' not in shown
    late = staff.post(address, data={**given, "text": "Mine"})
    assert late.status_code == 412
    assert "Mine</textarea>" in late.text


def test_a_link_shows_the_offer_and_takes_a_counter_whose_changes_both_sides_can_read(staff, anyone, proposal, bus):
    link = send(staff, address_of(proposal, "/send"), bus)
    page = anyone.get(link, headers=HTML).text
    for text in ("A cleaner harbour", "12 March 2027", "12,000.50", "We hope", "For Naledi Dlamini"):
        assert text in page
    assert "History" not in page
    form = anyone.get(f"{link}/counter", headers=HTML).text
    assert 'value="12000.5' in form
    text = TEXT.replace("the boats", "two boats and a crew").replace("{{liaison}}", "all")
    text = re.sub(r"{{(organisation|our_person|date)}}", "you", text)
    given = {"digest": read_hidden(form, "digest"), "text": text.replace("\n", "\r\n"), "value_start": "2027-03-12",
             "value_budget": "15000", "comment": "The crew needs food."}  # fmt: skip
    assert anyone.post(f"{link}/counter", data={**given, "value_budget": ""}).status_code == 422
    assert anyone.post(f"{link}/counter", data=given).status_code == 302
    again = anyone.post(f"{link}/counter", data=given)
    assert again.status_code == 409
    assert "You sent this back with your changes" in anyone.get(link, headers=HTML).text
    shown = staff.get(address_of(proposal)).text
    assert "Accept their version" in shown
    assert re.search(r"<ins>.*two boats and a crew", shown)
    assert re.search(r"<del>.*ZAR.12,000.50", shown)
    assert "The crew needs food." in shown
    accepting = address_of(proposal, "/accept")
    digest = read_hidden(staff.get(accepting).text, "digest")
    assert staff.post(accepting, data={"digest": digest}).status_code == 302
    assert "Both sides want this" in anyone.get(link, headers=HTML).text
    seen = read_hidden(staff.get(address_of(proposal)).text, "version")
    drafted = staff.post(address_of(proposal, "/agreement"), data={"version": seen})
    assert "two boats and a crew" in staff.get(drafted.location).text


def test_declining_from_a_link_needs_a_reason_and_is_done_once(staff, anyone, proposal, bus):
    link = send(staff, address_of(proposal, "/send"), bus)
    digest = read_hidden(anyone.get(link, headers=HTML).text, "digest")
    silent = anyone.post(link, data={"digest": digest, "reply": "decline"})
    assert silent.status_code == 422
    assert "why not" in silent.text
    assert anyone.post(link, data={"digest": digest, "reply": "decline", "comment": "No boats."}).status_code == 302
    assert anyone.post(link, data={"digest": digest, "reply": "accept"}).status_code == 409
    assert "You have declined" in anyone.get(link, headers=HTML).text
    assert "No boats." in staff.get(address_of(proposal)).text


def test_a_liaison_who_is_signed_in_answers_on_the_organisations_tab(staff, sign_in, proposal, organisation_id, bus):
    liaison = sign_in(LIAISON, organisation_id)
    assert liaison.get(address_of(proposal)).status_code == 404
    send(staff, address_of(proposal, "/send"), bus)
    assert "Clean harbour" in liaison.get(f"/partners/organisations/{organisation_id}/proposals").text
    page = liaison.get(address_of(proposal)).text
    assert "Your answer" in page
    assert "Write a new version" not in page
    given = {"digest": read_hidden(page, "digest"), "reply": "accept"}
    assert liaison.post(address_of(proposal, "/answer"), data=given).status_code == 302
    late = liaison.post(address_of(proposal, "/answer"), data=given)
    assert late.status_code == 409
    assert "can&#39;t be answered any more" in late.text


def test_the_pdf_holds_what_was_written(staff, anyone, proposal, bus):
    draft = staff.get(address_of(proposal, "/draft.pdf"))
    link = send(staff, address_of(proposal, "/send"), bus)
    sent = anyone.get(f"{link}/proposal.pdf")
    assert sent.data == staff.get(address_of(proposal, "/versions/1/proposal.pdf")).data
    drafted, text = (
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(each.data)).pages).replace("\n", " ")
        for each in (draft, sent)
    )
    for words in ("Clean harbour", "A cleaner harbour", "Dear Naledi Dlamini", "You bring the boats.", "12 March 2027"):
        assert words in text, words
    assert "It has not been sent" in drafted
    assert "It has not been sent" not in text


def test_a_template_is_written_with_fields_and_keeps_its_versions(staff):
    address = "/partners/proposals/templates/new"
    staff.get(address)
    given = {f"{name}_{row}": "" for name in ("name", "label", "unit", "default") for row in range(3)}
    given |= {"title": "Green", "text": "We bring {{trees}}.", "kind_0": "text", "kind_1": "amount", "kind_2": "text"}
    unknown = staff.post(address, data=given)
    assert unknown.status_code == 422
    assert "Nothing stands behind {{trees}}" in unknown.text
    given |= {"name_1": "trees", "label_1": "Trees", "default_1": "many"}
    wrong = staff.post(address, data=given)
    assert wrong.status_code == 422
    assert 'href="#field-default_1"' in wrong.text
    saved = staff.post(address, data={**given, "default_1": "20"})
    assert saved.status_code == 302
    assert "Trees" in staff.get(saved.location).text
    edit = f"{saved.location}/edit"
    page = staff.get(edit).text
    assert 'name="name_0" value="trees"' in page.replace("\n", " ") or 'value="trees"' in page
    seen = read_hidden(page, "version")
    given = {"title": "Green", "text": "We bring {{trees}} oaks.", "name_0": "trees", "label_0": "Trees",
             "kind_0": "amount", "unit_0": "trees", "default_0": "20", "version": seen}  # fmt: skip
    assert staff.post(edit, data=given).status_code == 302
    shown = staff.get(saved.location).text
    assert re.search(r"<ins>.*oaks", shown)
    assert "Version 1" in shown
    late = staff.post(edit, data={**given, "title": "Late"})
    assert late.status_code == 412
    assert 'value="Late"' in late.text


def test_lists_find_a_proposal_by_title_state_and_who_is_waited_for(staff, sign_in, proposal, bus):
    assert "Clean harbour" in staff.get("/partners/proposals?q=HARB&state=draft&waiting=us").text
    assert "No proposal matches" in staff.get("/partners/proposals?waiting=partner").text
    send(staff, address_of(proposal, "/send"), bus)
    assert "Clean harbour" in staff.get("/partners/proposals?waiting=partner").text
    viewer = read_page(sign_in(VIEWER), address_of(proposal))
    assert "Clean harbour" in viewer
    assert "Take it back" not in viewer


def test_programs_write_send_and_read_proposals(script, sign_in, organisation_id, bus):
    field = {"name": "trees", "label": "Trees", "kind": "amount", "unit": "trees"}
    made = script.post(
        "/partners/api/v1/proposal-templates", json={"title": "Green", "text": "Plant {{trees}}.", "fields": [field]}
    )
    assert made.status_code == 201
    wanted = {"template_id": made.json["id"], "organisations": [str(organisation_id)]}
    wrong = script.post("/partners/api/v1/proposals", json=wanted)
    assert [error["pointer"] for error in wrong.json["errors"]] == ["/values/trees"]
    written = script.post("/partners/api/v1/proposals", json={**wanted, "values": {"trees": "20"}})
    assert written.status_code == 201
    address = f"/partners/api/v1/proposals/{written.json['items'][0]['id']}"
    seen = {"If-Match": script.get(address).headers["ETag"]}
    sent = script.post(f"{address}/send", json={"answer_by": "2099-01-01"}, headers=seen)
    assert (sent.status_code, sent.json["state"], sent.json["waits_for"]) == (200, "sent", "partner")
    assert script.post(f"{address}/send", json={"answer_by": "2099-01-01"}, headers=seen).status_code == 412
    assert len(bus.published("mail_requested")) == 1
    [version] = sent.json["versions"]
    liaison = sign_in(LIAISON, organisation_id)
    counter = {"digest": version["digest"], "reply": "counter", "text": version["text"], "values": {"trees": "30"}}
    answered = liaison.post(f"{address}/answer", json=counter)
    assert (answered.status_code, answered.json["versions"][0]["values"]) == (200, {"trees": "30"})
    accepted = script.post(f"{address}/accept", json={"digest": answered.json["versions"][0]["digest"]})
    assert accepted.json["state"] == "accepted"
    assert script.get("/partners/api/v1/proposals?state=accepted").json["items"][0]["title"] == "Green"
