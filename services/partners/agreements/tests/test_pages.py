"""An agreement in a browser: written by us part by part, answered from a link or signed in."""

import io
import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from services.partners.agreements.models import Agreement
from services.partners.agreements.tests.factories import make_agreement
from shared.identity import LIAISON, VIEWER
from shared.testing.databases import Bus
from shared.testing.people import read_page

PURPOSE = "Clean the harbour together.\n\nAnd <b>keep</b> it clean."


@pytest.fixture
def agreement(session: Session, organisation_id: UUID) -> Agreement:
    made = make_agreement(session, organisation_id)
    session.commit()
    return made


def address_of(agreement: Agreement, step: str = "") -> str:
    return f"/partners/agreements/{agreement.id}{step}"


def read_version(client: FlaskClient, address: str) -> str:
    [seen] = set(re.findall(r'name="version" value="(\d+)"', client.get(address).text))
    return seen


def offer(staff: FlaskClient, agreement: Agreement, bus: Bus) -> str:
    """Offer the newest draft in the browser; returns the path of the liaison's link."""
    seen = read_version(staff, address_of(agreement, "/offer"))
    sent = staff.post(
        address_of(agreement, "/offer"), data={"answer_by": "2099-01-01", "words": "Hi.", "version": seen}
    )
    assert sent.status_code == 302
    mail = [each.data for each in bus.published("mail_requested") if each.data["link"]][-1]
    assert mail["email"] == "naledi@example.org"
    return str(mail["link"].removeprefix("http://127.0.0.1:8000"))


def answer(client: FlaskClient, address: str, **changes: str):
    page = client.get(address)
    [digest] = re.findall(r'name="digest" value="([0-9a-f]{64})"', page.text)
    return client.post(address, data={"digest": digest, "reply": "accept", "capacity": "Director", **changes})


def test_a_draft_is_written_part_by_part_and_says_what_is_missing(staff, organisation_id):
    begun = staff.post(f"/partners/organisations/{organisation_id}/agreements/new", data={"title": "Clean harbour"})
    address = begun.location
    assert "Before it can be offered" in staff.get(address).text
    part = f"{address}/terms/purpose"
    staff.post(part, data={"text": PURPOSE, "version": read_version(staff, part)})
    line = f"{address}/terms/responsibilities/lines/new"
    wrong = staff.post(line, data={"area": "Boats", "version": read_version(staff, line)})
    assert wrong.status_code == 422
    assert 'value="Boats"' in wrong.text
    given = {"area": "Boats", "responsible": "Trust", "accountable": "Naledi", "version": read_version(staff, line)}
    assert staff.post(line, data=given).status_code == 302
    dates = f"{address}/terms/dates"
    days = {"starts_on": "2026-05-01", "renewal": "talk", "notice_days": "60", "version": read_version(staff, dates)}
    assert staff.post(dates, data={**days, "ends_on": "2026-04-01"}).status_code == 422
    assert staff.post(dates, data=days).status_code == 302
    page = staff.get(address).text
    assert "Before it can be offered" not in page
    assert "Offer it" in page
    assert "And &lt;b&gt;keep&lt;/b&gt; it clean." in page
    removal = f"{address}/terms/responsibilities/lines/0/remove"
    assert "Take out “Boats”?" in staff.get(removal).text
    assert staff.post(removal, data={"version": read_version(staff, removal)}).status_code == 302
    assert staff.get(removal).status_code == 404


def test_who_was_slower_keeps_what_they_typed(staff, agreement):
    address = address_of(agreement, "/terms/purpose")
    seen = read_version(staff, address)
    staff.post(address, data={"text": "First.", "version": seen})
    late = staff.post(address, data={"text": "Second.", "version": seen})
    assert late.status_code == 412
    assert "Second." in late.text
    assert "Someone was faster" in late.text


def test_an_offer_says_who_gets_it_and_the_link_shows_it_without_an_account(staff, anyone, agreement, bus):
    asked = staff.get(address_of(agreement, "/offer")).text
    assert "Naledi Dlamini (naledi@example.org), the liaison of Harbour Trust" in asked
    link = offer(staff, agreement, bus)
    page = anyone.get(link, headers={"Accept": "text/html"}).text
    for text in ("Clean harbour", "Clean the harbour together.", "ZAR", "12,000.50", "For Naledi Dlamini", "1,000"):
        assert text in page
    assert "History" not in page
    refused = answer(anyone, link, reply="decline")
    assert refused.status_code == 422
    assert "why not" in refused.text
    assert answer(anyone, link, reply="ask_for_changes", comment="The river too.").status_code == 302
    assert "You asked for changes" in anyone.get(link, headers={"Accept": "text/html"}).text
    assert "The river too." in staff.get(address_of(agreement)).text


def test_the_second_version_shows_what_changed_and_is_accepted_by_both(staff, anyone, agreement, bus):
    first = offer(staff, agreement, bus)
    answer(anyone, first, reply="ask_for_changes", comment="The river too.")
    part = address_of(agreement, "/terms/purpose")
    text = "Clean the harbour and the river together."
    staff.post(part, data={"text": text, "version": read_version(staff, part)})
    second = offer(staff, agreement, bus)
    shown = anyone.get(second, headers={"Accept": "text/html"}).text
    assert re.search(r"<ins>.*and the river", shown)
    assert answer(anyone, second).status_code == 302
    assert "You have accepted this version" in anyone.get(second, headers={"Accept": "text/html"}).text
    page = staff.get(address_of(agreement)).text
    assert "The partner has accepted. We wait for us." in page
    accepting = address_of(agreement, "/accept")
    assert "it takes effect" in staff.get(accepting).text
    assert answer(staff, accepting).status_code == 302
    assert "In force" in staff.get(address_of(agreement)).text
    assert "Both sides have accepted" in anyone.get(second, headers={"Accept": "text/html"}).text
    told = [mail.data["title"] for mail in bus.published("mail_requested")]
    assert "Clean harbour: accepted by both sides" in told


def test_a_liaison_who_is_signed_in_answers_on_the_same_page(staff, sign_in, agreement, organisation_id, bus):
    liaison = sign_in(LIAISON, organisation_id)
    assert liaison.get(address_of(agreement)).status_code == 404
    offer(staff, agreement, bus)
    page = liaison.get(address_of(agreement)).text
    assert "Your answer" in page
    assert "Edit" not in page
    [digest] = re.findall(r'name="digest" value="([0-9a-f]{64})"', page)
    given = {"digest": digest, "reply": "accept", "capacity": "Director"}
    assert liaison.post(address_of(agreement, "/versions/1/answer"), data=given).status_code == 302
    again = liaison.post(address_of(agreement, "/versions/1/answer"), data=given)
    assert again.status_code == 409
    assert "accepted this version already" in again.text


def test_the_pdf_holds_the_terms_and_who_accepted_them(staff, anyone, agreement, bus):
    link = offer(staff, agreement, bus)
    draft = anyone.get(f"{link}/agreement.pdf")
    assert draft.mimetype == "application/pdf"
    answer(anyone, link)
    answer(staff, address_of(agreement, "/accept"))
    sent = staff.get(address_of(agreement, "/versions/1/agreement.pdf"))
    assert sent.data == staff.get(address_of(agreement, "/versions/1/agreement.pdf")).data
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(sent.data)).pages)
    for words in (
        "Clean harbour",
        "Clean the harbour together.",
        "Boats",
        "Naledi Dlamini",
        "Director",
        "1 January 2026",
    ):
        assert words in text, words
    assert "binds nobody" not in text


def test_a_viewer_reads_and_decides_nothing(sign_in, agreement):
    viewer = sign_in(VIEWER)
    page = read_page(viewer, address_of(agreement))
    assert "Clean harbour" in page
    assert "Offer it" not in page
    assert "Give this version up" not in page


def test_lists_find_an_agreement_by_title_and_state(staff, agreement, organisation_id):
    assert "Clean harbour" in staff.get("/partners/agreements?q=HARB&state=preparing").text
    assert "No agreement matches" in staff.get("/partners/agreements?q=HARB&state=ended").text
    assert "Clean harbour" in staff.get(f"/partners/organisations/{organisation_id}/agreements").text


def test_programs_draft_offer_and_read_agreements(script, organisation_id, bus):
    made = script.post(
        f"/partners/api/v1/organisations/{organisation_id}/agreements",
        json={"title": "By program", "terms": {"purpose": {"text": "Trees"}, "dates": {"starts_on": "2026-01-01"}}},
    )
    assert made.status_code == 201
    address = f"/partners/api/v1/agreements/{made.json['id']}"
    until, seen = {"answer_by": "2099-01-01"}, {"If-Match": made.headers["ETag"]}
    early = script.post(f"{address}/offer", json=until, headers=seen)
    assert early.status_code == 422
    assert [error["pointer"] for error in early.json["errors"]] == ["/responsibilities"]
    terms = {**made.json["versions"][0]["terms"], "responsibilities": [
        {"area": "Trees", "responsible": "Trust", "accountable": "Naledi"}]}  # fmt: skip
    written = script.put(f"{address}/terms", json=terms, headers=seen)
    assert written.status_code == 200
    sent = script.post(f"{address}/offer", json=until, headers={"If-Match": written.headers["ETag"]})
    assert (sent.status_code, sent.json["versions"][0]["state"]) == (200, "offered")
    assert len(bus.published("mail_requested")) == 1
    assert script.get("/partners/api/v1/agreements?q=program").json["items"][0]["title"] == "By program"
    wrong = script.put(f"{address}/terms", json={"payments": [{"payer": "us", "amount": 3, "currency": "XXL"}]},
                       headers={"If-Match": sent.headers["ETag"]})  # fmt: skip
    assert wrong.status_code == 422
