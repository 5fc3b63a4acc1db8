import pytest

from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import make_organisation
from shared.identity import LIAISON


@pytest.fixture
def place(session):
    made = make_organisation(session).id
    session.commit()
    return made


def test_a_contact_is_added_read_and_changed_with_its_version(script, place):
    address = f"/partners/api/v1/organisations/{place}/contacts"
    added = script.post(address, json={"name": "Lerato", "email": "lerato@example.org", "is_liaison": True})
    assert added.status_code == 201
    own = f"/partners/api/v1/contacts/{added.json['id']}"
    change = {"name": "Lerato K", "email": "lerato@example.org", "roles": ["Director"], "notes": "Early riser"}
    assert script.put(own, json=change).status_code == 428
    changed = script.put(own, json=change, headers={"If-Match": added.headers["ETag"]})
    assert (changed.status_code, changed.json["roles"], changed.json["notes"]) == (200, ["Director"], "Early riser")
    assert script.put(own, json=change, headers={"If-Match": '"1"'}).status_code == 412
    assert [each["name"] for each in script.get(f"{address}?q=LERA").json["items"]] == ["Lerato K"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "lerato(at)example.org"}, "email"),
        ({"email": None}, "email"),
        ({"phone": "<script>"}, "phone"),
        ({"channel": "phone"}, "phone"),
        ({"channel": "pigeon"}, "channel"),
        ({"roles": ["x" * 81]}, "roles"),
        ({"name": "a\u0000b"}, "name"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_what_cannot_be_a_contact_is_refused_naming_the_field(script, place, wrong, field):
    details = {"name": "Lerato", "email": "lerato@example.org", **wrong}
    answer = script.post(f"/partners/api/v1/organisations/{place}/contacts", json=details)
    assert answer.status_code == 422
    assert any(f"/{field}" in each["pointer"] for each in answer.json["errors"])


def test_a_liaison_reads_their_organisations_contacts_without_our_notes_and_changes_none(sign_in, session, place):
    contact = make_contact(session, place, notes="Difficult on Mondays")
    session.commit()
    liaison = sign_in(LIAISON, place, by="token")
    shown = liaison.get(f"/partners/api/v1/contacts/{contact.id}")
    listed = liaison.get(f"/partners/api/v1/organisations/{place}/contacts")
    assert (shown.status_code, listed.status_code) == (200, 200)
    assert "Mondays" not in shown.text + listed.text
    assert liaison.post(f"/partners/api/v1/contacts/{contact.id}/account").status_code == 404


def test_consents_and_our_side_are_kept_through_the_api(script, session, place):
    contact = make_contact(session, place)
    session.commit()
    own = f"/partners/api/v1/contacts/{contact.id}"
    told = {"purpose": "newsletter", "on": "2026-03-02", "how": "on a form"}
    assert script.post(f"{own}/consents", json=told).json["consents"][0]["given_on"] == "2026-03-02"
    told["on"] = "2026-04-02"
    withdrawn = script.post(f"{own}/consents/withdraw", json=told)
    assert withdrawn.json["consents"][0]["withdrawn_on"] == "2026-04-02"
    owner = f"/partners/api/v1/organisations/{place}/owner"
    assert script.get(owner).status_code == 404
    assert script.put(owner, json={"person_id": str(place)}).status_code == 404
