import pytest

from services.partners.contacts.tests.factories import make_contact
from services.partners.interactions.tests.factories import make_interaction
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from services.partners.promises.queries import has_promises
from shared.identity import LIAISON, VIEWER
from shared.testing.people import make_identity


@pytest.fixture
def place(session):
    made = make_organisation(session).id
    session.commit()
    return made


def test_a_call_is_written_down_with_what_comes_next(staff, session, place):
    contact, person = make_contact(session, place, is_liaison=True), make_person(session)
    session.commit()
    address = f"/partners/organisations/{place}/interactions"
    assert "Nothing is written down yet" in staff.get(address).text
    blank = staff.get(f"{address}/new").text
    assert blank.index("What was said?") < blank.index("By when") < blank.index("Who of us")
    form = {
        "kind": "call", "at": "2026-03-02T10:30", "contact_ids": [str(contact.id)], "person_ids": [str(person.id)],
        "summary": "Two vans are theirs for the day.", "step_text": "Send the map", "step_due_on": "2026-03-09",
        "step_owner_id": str(contact.id),
    }  # fmt: skip
    page = staff.post(f"{address}/new", data=form, follow_redirects=True).text
    assert "Two vans are theirs" in page
    assert "Lerato Khumalo, Naledi" in page
    assert "Send the map" in page
    assert "overdue" in page
    assert "Two vans" in staff.get(f"/partners/contacts/{contact.id}/interactions").text


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"step_due_on": ""}, "step_due_on"), ({"step_text": ""}, "step_text"), ({"summary": " "}, "summary")],
)
def test_half_a_next_step_is_asked_about_and_what_was_typed_stays(staff, session, place, changes, field):
    person = make_person(session)
    session.commit()
    form = {
        "kind": "visit", "at": "2026-03-02T10:30", "summary": "Seen the depot", "step_text": "Send the map",
        "step_due_on": "2026-03-09", "step_owner_id": str(person.id),
    }  # fmt: skip
    answer = staff.post(f"/partners/organisations/{place}/interactions/new", data={**form, **changes})
    assert answer.status_code == 422
    assert f'href="#field-{field}"' in answer.text
    session.expire_all()
    assert not has_promises(session, make_identity(), place)


def test_a_stale_correction_says_who_was_faster_and_keeps_what_was_typed(staff, session, place):
    call = make_interaction(session, place)
    session.commit()
    address = f"/partners/interactions/{call.id}/edit"
    form = {"kind": "call", "at": "2026-03-02T10:30", "summary": "First", "version": 1}
    assert staff.post(address, data=form).status_code == 302
    answer = staff.post(address, data={**form, "summary": "Second <b>"})
    assert answer.status_code == 412
    assert "Someone was faster" in answer.text
    assert "Second &lt;b&gt;" in answer.text


def test_a_liaison_never_sees_what_we_wrote_down_and_a_viewer_changes_nothing(sign_in, session, place):
    call = make_interaction(session, place)
    session.commit()
    liaison = sign_in(LIAISON, place)
    for address in (f"organisations/{place}/interactions", f"interactions/{call.id}"):
        assert liaison.get(f"/partners/{address}").status_code == 404
    viewer = sign_in(VIEWER)
    assert "two vans" in viewer.get(f"/partners/interactions/{call.id}").text
    assert viewer.get(f"/partners/organisations/{place}/interactions/new").status_code == 403
