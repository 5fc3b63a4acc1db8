import pytest

from services.partners.organisations.tests.factories import make_organisation
from shared.clock import new_id
from shared.identity import LIAISON, VIEWER

ADDRESS = "/partners/api/v1/organisations"
BODY = {"name": "Table Bay Trust", "kind": "charity", "country": "ZA"}


def test_an_organisation_is_registered_and_read_back(script):
    made = script.post(ADDRESS, json=BODY)
    assert made.status_code == 201
    found = script.get(f"{ADDRESS}/{made.json['id']}")
    assert found.json == made.json
    assert found.json.items() >= {**BODY, "website": None, "stage": "prospect", "version": 1}.items()
    assert found.headers["ETag"] == '"1"'


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": " \t "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"name": 5}, "/name"),
        ({"name": None}, "/name"),
        ({"kind": "club"}, "/kind"),
        ({"country": "za"}, "/country"),
        ({"country": "XX"}, "/country"),
        ({"website": "javascript:alert(1)"}, "/website"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(script, change, pointer):
    answer = script.post(ADDRESS, json={**BODY, **change})
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert all(error["detail"] for error in answer.json["errors"])
    assert script.get(ADDRESS).json["items"] == []


@pytest.mark.parametrize(
    "body", [b"{", b'{"name": ' + b"[" * 100_000, b'{"name": ' + b"9" * 5000 + b"}", b"\xff\xfe", b"[]", b'"x"']
)
def test_a_body_that_is_not_readable_json_is_a_400(script, body):
    answer = script.post(ADDRESS, data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_a_body_over_the_limit_is_refused_before_it_is_parsed(script):
    answer = script.post(ADDRESS, data=b"[" * ((1 << 20) + 1), content_type="application/json")
    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"


def test_nobody_gets_in_without_a_token_or_with_a_made_up_one(anyone):
    assert anyone.get(ADDRESS).status_code == 401
    assert anyone.get(ADDRESS, headers={"Authorization": "Bearer nonsense"}).status_code == 401
    assert anyone.get(ADDRESS, headers={"Authorization": "Basic eDp5"}).status_code == 401


def test_a_viewer_is_told_why_they_may_not_register(sign_in):
    answer = sign_in(VIEWER, by="token").post(ADDRESS, json=BODY)
    assert answer.status_code == 403
    assert "viewer" in answer.json["detail"]


def test_another_tenants_organisation_is_404_to_read_and_to_change(session, sign_in):
    own, other = make_organisation(session), make_organisation(session, name="Other")
    session.commit()
    liaison = sign_in(LIAISON, own.id, by="token")
    assert liaison.get(f"{ADDRESS}/{own.id}").status_code == 200
    assert [each["id"] for each in liaison.get(ADDRESS).json["items"]] == [str(own.id)]
    for known in (other.id, new_id()):
        assert liaison.get(f"{ADDRESS}/{known}").status_code == 404
        assert liaison.put(f"{ADDRESS}/{known}", json=BODY, headers={"If-Match": '"1"'}).status_code == 404
    assert liaison.post(ADDRESS, json=BODY).status_code == 404


def test_a_change_needs_the_version_that_was_seen(script):
    made = script.post(ADDRESS, json=BODY).json
    address = f"{ADDRESS}/{made['id']}"
    changed = {**BODY, "name": "Table Bay Foundation"}
    assert script.put(address, json=changed).status_code == 428
    first = script.put(address, json=changed, headers={"If-Match": '"1"'})
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    second = script.put(address, json=BODY, headers={"If-Match": '"1"'})
    assert second.status_code == 412
    assert second.json["current_version"] == 2


def test_the_same_idempotency_key_registers_once(script):
    first = script.post(ADDRESS, json=BODY, headers={"Idempotency-Key": "k1"})
    again = script.post(ADDRESS, json=BODY, headers={"Idempotency-Key": "k1"})
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert len(script.get(ADDRESS).json["items"]) == 1
    other = script.post(ADDRESS, json={**BODY, "name": "Another"}, headers={"Idempotency-Key": "k1"})
    assert other.status_code == 409


def test_lists_page_by_cursor_and_refuse_a_made_up_one(script):
    for number in range(3):
        script.post(ADDRESS, json={**BODY, "name": f"Organisation {number}"})
    first = script.get(f"{ADDRESS}?limit=2").json
    assert [each["name"] for each in first["items"]] == ["Organisation 0", "Organisation 1"]
    second = script.get(ADDRESS, query_string={"limit": 2, "cursor": first["next_cursor"]}).json
    assert [each["name"] for each in second["items"]] == ["Organisation 2"]
    assert second["next_cursor"] is None
    assert script.get(f"{ADDRESS}?cursor=AAAA").status_code == 422
    assert script.get(f"{ADDRESS}?limit=100000").status_code == 422
