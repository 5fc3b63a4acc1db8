import pytest

from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import make_organisation


@pytest.fixture
def place(session):
    made = make_organisation(session).id
    session.commit()
    return made


def test_a_program_writes_down_a_mail_and_what_was_promised_then(script, session, place):
    contact = make_contact(session, place)
    session.commit()
    address = f"/partners/api/v1/organisations/{place}/interactions"
    mail = {
        "kind": "mail", "at": "2026-03-02T10:30:00+02:00", "contact_ids": [str(contact.id)], "summary": "They agree.",
        "step_text": "Sign it", "step_due_on": "2026-03-09", "step_owner_id": str(contact.id),
    }  # fmt: skip
    made = script.post(address, json=mail)
    assert (made.status_code, made.json["at"]) == (201, "2026-03-02T08:30:00+00:00")
    assert [each["summary"] for each in script.get(f"{address}?q=agree").json["items"]] == ["They agree."]
    [promised] = script.get(f"/partners/api/v1/promises?organisation={place}").json["items"]
    assert (promised["text"], promised["owed_by"], promised["due_on"]) == ("Sign it", "them", "2026-03-09")


def test_a_correction_needs_the_version_that_was_seen(script, place):
    mail = {"kind": "mail", "at": "2026-03-02T10:30:00Z", "summary": "They agree."}
    made = script.post(f"/partners/api/v1/organisations/{place}/interactions", json=mail).json
    own = f"/partners/api/v1/interactions/{made['id']}"
    assert script.put(own, json=mail).status_code == 428
    assert script.put(own, json={**mail, "kind": "visit"}, headers={"If-Match": '"1"'}).json["kind"] == "visit"
    assert script.put(own, json=mail, headers={"If-Match": '"1"'}).status_code == 412


@pytest.mark.parametrize(
    "wrong", [{"kind": "pigeon"}, {"at": "2026-03-02T10:30:00"}, {"summary": ""}, {"at": "9999-12-31T23:00:00Z"}]
)
def test_what_cannot_be_is_refused(script, place, wrong):
    mail = {"kind": "mail", "at": "2026-03-02T10:30:00Z", "summary": "They agree.", **wrong}
    answer = script.post(f"/partners/api/v1/organisations/{place}/interactions", json=mail)
    assert answer.status_code == 422
    assert f"/{next(iter(wrong))}" in answer.json["errors"][0]["pointer"]
