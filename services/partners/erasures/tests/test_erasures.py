"""Asking for an erasure, confirming it from a link, the answers, the receipt, and what an operator is told."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from services.partners.contacts.service import take_back
from services.partners.contacts.tests.factories import make_contact
from services.partners.erasure import PLAN
from services.partners.erasures.models import Erasure
from services.partners.erasures.service import erase, find_subject
from services.partners.erasures.words import WHAT
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.service import set_active
from services.partners.people.tests.factories import make_person
from shared.clock import utc_now
from shared.database.erasure import list_touched
from shared.database.history import ERASED
from shared.errors import Conflict
from shared.identity import ADMIN, COORDINATOR
from shared.testing.people import make_identity

EMAIL = "lerato@example.org"
SERVICES = ("partners", "campaigns", "metrics", "notifications")


@pytest.fixture
def contact(session):
    made = make_contact(session, make_organisation(session).id, name="Lerato Khumalo", email=EMAIL)
    session.commit()
    return made


def begin(session, email=EMAIL, by=None):
    by = by or make_identity(ADMIN)
    made = erase(session, by, find_subject(session, by, email=email), utc_now())
    session.commit()
    return made


def answer(bus, erasure, *services):
    for each in services:
        data = {"erasure_id": erasure.id, "service": each, "counts": {"people": 1}}
        bus.hear(f"saypro.{each}.erasure_done.v1", data)


def carry_out(bus):
    """Let partners do its own part, as it hears its own request."""
    [asked] = bus.published("person_erasure_requested")
    bus.hear(asked.type, asked.data)


def test_everyone_behind_an_address_is_one_person(session, contact):
    other = make_contact(session, make_organisation(session, name="Kelp Club").id, name="L. Khumalo", email=EMAIL)
    subject = find_subject(session, make_identity(ADMIN), contact_id=contact.id)
    assert set(subject.ids) == {contact.id, other.id}
    assert set(subject.names) == {"Lerato Khumalo", "L. Khumalo"}


def test_the_request_hides_names_and_addresses_from_whoever_lists_events(session, contact, bus):
    begin(session)
    [asked] = bus.published("person_erasure_requested")
    assert asked.secret_fields == {"names", "emails"}
    assert asked.data["emails"] == [EMAIL]


def test_a_contact_is_erased_and_stays_erased(session, contact, bus):
    begin(session)
    carry_out(bus)
    session.refresh(contact)
    assert (contact.name, contact.email, contact.phone, contact.notes) == (ERASED, None, None, "")
    assert bus.published("contact_changed")[-1].data["name"] == ERASED
    with pytest.raises(Conflict):
        take_back(session, make_identity(), contact.id, utc_now())
    with pytest.raises(Conflict):
        find_subject(session, make_identity(ADMIN), contact_id=contact.id)


def test_who_signs_in_is_out_at_once_and_cannot_be_let_in_again(session, bus):
    person = make_person(session, name="Naledi Dlamini", email="naledi@example.org")
    session.commit()
    begin(session, "naledi@example.org")
    carry_out(bus)
    assert bus.published("access_revoked")[-1].data["revoked_id"] == str(person.id)
    session.refresh(person)
    assert (person.name, person.active) == (ERASED, False)
    with pytest.raises(Conflict):
        set_active(session, make_identity(ADMIN), person.id, True, utc_now())


def test_an_active_administrator_is_not_erased_by_mistake(session):
    make_person(session, email="boss@example.org", role=ADMIN)
    with pytest.raises(Conflict):
        begin(session, "boss@example.org")


def test_four_answers_make_a_receipt_and_a_last_mail_that_is_not_kept(session, contact, bus, sign_in):
    erasure = begin(session)
    answer(bus, erasure, *SERVICES[:3])
    admin = sign_in(ADMIN)
    address = f"/partners/erasures/{erasure.id}"
    assert "Waited for" in admin.get(address).text
    assert admin.get(f"{address}/receipt.pdf").status_code == 404
    answer(bus, erasure, SERVICES[3], SERVICES[3])
    [mail] = bus.published("mail_requested")
    assert (mail.data["email"], mail.data["ephemeral"]) == (EMAIL, True)
    session.expire_all()
    assert (erasure.state, erasure.email, erasure.name) == ("done", None, None)
    page = admin.get(address).text
    assert EMAIL not in page
    assert erasure.fingerprint in page
    session.commit()
    assert admin.get(f"{address}/receipt.pdf").data.startswith(b"%PDF")


def test_an_administrator_sees_first_what_goes_and_what_stays(session, contact, sign_in):
    admin = sign_in(ADMIN)
    assert admin.post("/partners/erasures", data={"email": "no address"}).status_code == 422
    asked = admin.post("/partners/erasures", data={"email": EMAIL}).headers["Location"]
    page = admin.get(asked).text
    assert "Lerato Khumalo" in page
    assert "under which name" in page
    assert session.query(Erasure).count() == 0
    session.commit()
    begun = admin.post("/partners/erasures/new", data={"email": EMAIL, "act": "erase"}).headers["Location"]
    assert "Being erased" in admin.get(begun).text
    assert sign_in(COORDINATOR).get("/partners/erasures").status_code == 403


def test_a_person_decides_from_their_link_and_opening_it_erases_nothing(session, contact, bus, sign_in, anyone):
    sign_in(ADMIN).post("/partners/erasures/new", data={"email": EMAIL, "act": "mail"})
    [mail] = bus.published("mail_requested")
    address = "/partners" + mail.data["link"].split("/partners", 1)[1]
    assert "Erase me" in anyone.get(address).text
    assert bus.published("person_erasure_requested") == []
    assert "You are being erased" in anyone.post(address).text
    assert len(bus.published("person_erasure_requested")) == 1
    assert anyone.post(address).status_code == 404


def test_an_operator_is_told_of_a_service_that_does_not_answer(runtime, session, contact):
    erasure = begin(session)
    assert list(runtime.service.examine(runtime)) == []
    erasure.started_at = utc_now() - timedelta(days=1, minutes=1)
    session.commit()
    [finding] = runtime.service.examine(runtime)
    assert str(erasure.id) in finding.what


def test_a_program_asks_and_reads_the_receipt_in_words(session, contact, bus, sign_in):
    script = sign_in(ADMIN, by="token")
    address = "/partners/api/v1/erasures"
    assert script.post(address, json={}).status_code == 422
    assert script.post(address, json={"email": EMAIL, "ask": True}).json["state"] == "asked"
    begun = script.post(address, json={"contact_id": str(contact.id)})
    assert (begun.status_code, begun.json["state"]) == (202, "running")
    [erasure] = [each for each in session.query(Erasure) if each.state == "running"]
    session.commit()
    for service in SERVICES:
        counts = {"contacts": 1, "proposals": 2, "proposal_versions": 3, "new_table": 1}
        bus.hear(f"saypro.{service}.erasure_done.v1", {"erasure_id": erasure.id, "service": service, "counts": counts})
    listed = script.get(address).json["items"]
    assert [each["state"] for each in listed] == ["done", "asked"]
    whole = script.get(f"{address}/{erasure.id}").json
    assert (whole["email"], whole["fingerprint"]) == (None, erasure.fingerprint)
    assert [each["service"] for each in whole["receipt"]] == list(SERVICES)
    assert whole["receipt"][0]["erased"] == {
        "New table": 1, "Proposals": 5, "Their record as a contact": 1,
    }  # fmt: skip
    admin = sign_in(ADMIN)
    page = admin.get(f"/partners/erasures/{erasure.id}").text
    assert "Proposals: 5" in page
    assert "proposal_versions" not in page
    pdf = PdfReader(io.BytesIO(admin.get(f"/partners/erasures/{erasure.id}/receipt.pdf").data))
    text = "".join(each.extract_text() for each in pdf.pages)
    assert erasure.fingerprint in text
    assert "Their record as a contact" in text
    assert "proposal_versions" not in text
    assert sign_in(COORDINATOR, by="token").get(address).status_code == 403


def test_a_receipt_has_words_for_whatever_of_ours_may_be_erased():
    nameless = [each for each in list_touched(PLAN) if each not in WHAT]
    assert not nameless, f"say in erasures/words.py what these are to people: {nameless}"


def test_administrators_find_erasures_in_their_menu(sign_in):
    assert 'href="/partners/erasures"' in sign_in(ADMIN).get("/partners/organisations").text
    assert 'href="/partners/erasures"' not in sign_in(COORDINATOR).get("/partners/organisations").text
