import re

import pytest

from services.partners.contacts import queries
from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from shared.identity import LIAISON, VIEWER
from shared.testing.people import read_page

FORM = {
    "name": "Lerato Khumalo",
    "email": "lerato@example.org",
    "channel": "mail",
    "locale": "en",
    "is_liaison": "true",
}


@pytest.fixture
def place(session):
    made = make_organisation(session).id
    session.commit()
    return made


def test_a_coordinator_adds_the_first_contact_as_the_liaison_and_lets_them_sign_in(staff, session, place):
    address = f"/partners/organisations/{place}/contacts"
    assert "Nobody is known here yet" in staff.get(address).text
    asked = staff.get(f"{address}/new").text
    assert re.search(r'name="is_liaison"[^>]* checked', asked)
    added = staff.post(f"{address}/new", data=FORM)
    assert added.status_code == 302
    assert "Lerato Khumalo is the liaison" in staff.get(added.location).text
    assert "is_liaison" not in read_page(staff, f"{address}/new")
    asked = staff.get(f"{added.location}/account").text
    assert "lerato@example.org" in asked
    assert "No mail is sent now" in asked
    done = staff.post(f"{added.location}/account", follow_redirects=True).text
    assert "can sign in now" in done


def test_a_refused_contact_keeps_what_was_typed(staff, session, place):
    make_contact(session, place)
    session.commit()
    address = f"/partners/organisations/{place}/contacts/new"
    answer = staff.post(address, data={**FORM, "name": "Someone new", "roles": "Director\r\nTreasurer"})
    assert answer.status_code == 422
    assert 'value="Someone new"' in answer.text
    assert "Director\r\nTreasurer" in answer.text
    assert "has this address" in answer.text


def test_a_stale_edit_says_who_was_faster_and_keeps_what_was_typed(staff, session, place):
    contact = make_contact(session, place)
    session.commit()
    address = f"/partners/contacts/{contact.id}/edit"
    assert staff.post(address, data={**FORM, "name": "First", "version": 1}).status_code == 302
    answer = staff.post(address, data={**FORM, "name": "Second", "version": 1})
    assert answer.status_code == 412
    assert "Someone was faster" in answer.text
    assert 'value="Second"' in answer.text


def test_an_answer_to_what_they_agree_to_is_noted(staff, session, place):
    contact = make_contact(session, place)
    session.commit()
    address = f"/partners/contacts/{contact.id}/consents"
    told = {"purpose": "picture", "on": "2026-03-02", "how": "On the signed form", "answer": "yes"}
    assert staff.post(address, data={**told, "how": ""}).status_code == 422
    assert staff.post(address, data=told).status_code == 302
    page = staff.get(f"/partners/contacts/{contact.id}").text
    assert "2 March 2026" in page
    assert "On the signed form" in page
    staff.post(address, data={**told, "on": "2026-05-01", "how": "By mail", "answer": "no"})
    assert "1 May 2026" in staff.get(f"/partners/contacts/{contact.id}").text


def test_one_who_left_is_listed_apart_and_can_come_back(staff, session, place):
    contact = make_contact(session, place, is_liaison=True)
    session.commit()
    own = f"/partners/contacts/{contact.id}"
    assert "has no liaison" in staff.get(f"{own}/left").text
    assert staff.post(f"{own}/left").status_code == 302
    listed = f"/partners/organisations/{place}/contacts"
    assert "Show one who has left" in staff.get(listed).text
    assert "Lerato Khumalo" in staff.get(f"{listed}?left=true").text
    assert staff.get(f"{own}/left").status_code == 404
    assert staff.post(f"{own}/liaison").status_code in {404, 409}
    assert staff.post(f"{own}/back").status_code == 302


def test_who_of_us_is_responsible_is_chosen_from_staff(staff, session, place):
    person = make_person(session)
    theirs = make_person(session, role=LIAISON, organisation_id=place, email="theirs@example.org", name="Theirs")
    session.commit()
    address = f"/partners/organisations/{place}/owner"
    assert "Theirs" not in read_page(staff, address)
    assert staff.post(address, data={"person_id": str(theirs.id)}).status_code == 422
    assert staff.post(address, data={"person_id": str(person.id)}).status_code == 302
    assert "Naledi" in staff.get(f"/partners/organisations/{place}/contacts").text
    session.expire_all()
    assert queries.find_owner(session, place).id == person.id


def test_a_liaison_sees_who_speaks_for_whom_but_neither_notes_nor_buttons(sign_in, session, place):
    contact = make_contact(session, place, notes="Difficult on Mondays", is_liaison=True)
    session.commit()
    liaison = sign_in(LIAISON, place)
    page = liaison.get(f"/partners/contacts/{contact.id}").text
    assert "Programme manager" in page
    assert "Mondays" not in page
    assert "History" not in page
    assert "They have left" not in page
    assert "Add a contact" not in read_page(liaison, f"/partners/organisations/{place}/contacts")
    assert sign_in(VIEWER).get(f"/partners/organisations/{place}/contacts/new").status_code == 403


def test_the_list_searches_by_name(staff, session, place):
    make_contact(session, place)
    make_contact(session, place, name="Sipho Ndlovu", email="sipho@example.org")
    session.commit()
    page = staff.get(f"/partners/organisations/{place}/contacts?q=SIPHO").text
    assert "Sipho Ndlovu" in page
    assert "Lerato Khumalo" not in page
    assert "Nothing matches" in staff.get(f"/partners/organisations/{place}/contacts?q=zebra").text
