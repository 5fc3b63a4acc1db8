import pytest

from services.campaigns.campaigns.tests.factories import BODY, make_campaign
from shared.clock import new_id
from shared.identity import LIAISON, VIEWER
from shared.testing.people import make_identity

ADDRESS = "/campaigns/api/v1/campaigns"


def test_a_campaign_is_created_and_read_back(sign_in):
    coordinator = make_identity()
    script = sign_in(identity=coordinator, by="token")
    partners = [str(new_id()), str(new_id())]
    made = script.post(ADDRESS, json={**BODY, "partners": partners})
    assert made.status_code == 201
    assert made.headers["ETag"] == '"1"'
    found = script.get(f"{ADDRESS}/{made.json['id']}")
    assert found.json == made.json
    assert found.headers["ETag"] == '"1"'
    assert {key: made.json[key] for key in BODY} == BODY
    assert made.json["partners"] == partners
    assert made.json["owner_id"] == str(coordinator.person_id)
    assert made.json["owner_name"] == coordinator.name
    assert made.json["summary"] is None
    assert made.json["version"] == 1


@pytest.mark.parametrize(
    ("dates", "status"),
    [(("1999-01-01", "1999-01-01"), "ended"), (("1999-01-01", "2100-12-31"), "running"),
     (("2100-01-01", "2100-12-31"), "planned")],
)  # fmt: skip
def test_the_status_says_where_the_dates_stand_today(script, dates, status):
    made = script.post(ADDRESS, json={**BODY, "starts_on": dates[0], "ends_on": dates[1]})
    assert made.json["status"] == status
    assert [each["id"] for each in script.get(f"{ADDRESS}?status={status}").json["items"]] == [made.json["id"]]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"title": ""}, ["/title"]),
        ({"title": " \n "}, ["/title"]),
        ({"title": "x" * 201}, ["/title"]),
        ({"title": "bell\x07"}, ["/title"]),
        ({"title": ["A"]}, ["/title"]),
        ({"cause": "world_peace"}, ["/cause"]),
        ({"cause": None}, ["/cause"]),
        ({"summary": "x" * 2001}, ["/summary"]),
        ({"starts_on": "1 March"}, ["/starts_on"]),
        ({"starts_on": 20260301}, ["/starts_on"]),
        ({"starts_on": "0026-03-01"}, ["/starts_on"]),
        ({"ends_on": "2026-02-28"}, ["/ends_on"]),
        ({"ends_on": "2026-02-30"}, ["/ends_on"]),
        ({"owner_id": "me"}, ["/owner_id"]),
        ({"owner_id": "01900000-0000-7000-8000-000000000000"}, ["/owner_id"]),
        ({"partners": "all"}, ["/partners"]),
        ({"partners": ["Ocean Watch"]}, ["/partners/0"]),
        ({"partners": ["01900000-0000-7000-8000-000000000000"] * 2}, ["/partners"]),
        ({"colour": "red"}, ["/colour"]),
        ({"title": "", "cause": "x"}, ["/cause", "/title"]),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(script, bus, change, pointers):
    answer = script.post(ADDRESS, json={**BODY, **change})
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert sorted(error["pointer"] for error in answer.json["errors"]) == pointers
    assert all(error["detail"] for error in answer.json["errors"])
    assert script.get(ADDRESS).json["items"] == []
    assert bus.published() == []


def test_more_partners_than_a_campaign_may_have_are_refused(script):
    answer = script.post(ADDRESS, json={**BODY, "partners": [str(new_id()) for _ in range(201)]})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/partners"


@pytest.mark.parametrize("body", [b"{", b'{"title": ' + b"[" * 100_000, b"\xff\xfe", b"[]", b'"x"', b""])
def test_a_body_that_is_not_readable_json_is_refused(script, body):
    answer = script.post(ADDRESS, data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"


def test_an_organisation_that_takes_part_can_be_added_and_removed(script, bus):
    campaign = script.post(ADDRESS, json=BODY).json
    organisation_id = str(new_id())
    partners = f"{ADDRESS}/{campaign['id']}/partners"
    added = script.post(partners, json={"organisation_id": organisation_id})
    assert (added.status_code, added.json["partners"], added.headers["ETag"]) == (201, [organisation_id], '"2"')
    again = script.post(partners, json={"organisation_id": organisation_id})
    assert (again.status_code, again.json) == (200, added.json)
    assert script.post(partners, json={"organisation_id": "x"}).json["errors"][0]["pointer"] == "/organisation_id"
    assert script.delete(f"{partners}/{organisation_id}").status_code == 204
    assert script.delete(f"{partners}/{organisation_id}").status_code == 404
    assert script.get(f"{ADDRESS}/{campaign['id']}").json["partners"] == []
    assert len(bus.published("campaign_changed")) == 2


def test_a_change_needs_the_version_that_was_seen(script):
    address = f"{ADDRESS}/{script.post(ADDRESS, json=BODY).json['id']}"
    wanted = {**BODY, "title": "Clean bay"}
    assert script.put(address, json=wanted).status_code == 428
    assert script.put(address, json=wanted, headers={"If-Match": '"9"'}).status_code == 412
    assert script.get(address).json["title"] == BODY["title"]
    changed = script.put(address, json=wanted, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json["title"], changed.headers["ETag"]) == (200, "Clean bay", '"2"')
    assert script.put(address, json=wanted, headers={"If-Match": '"1"'}).status_code == 412


def test_the_same_idempotency_key_creates_one_campaign(script, bus):
    first = script.post(ADDRESS, json=BODY, headers={"Idempotency-Key": "k1"})
    second = script.post(ADDRESS, json=BODY, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json == first.json
    assert len(bus.published("campaign_created")) == 1


def test_what_is_not_there_is_a_404(script):
    nowhere = f"{ADDRESS}/{new_id()}"
    assert script.get(nowhere).status_code == 404
    assert script.put(nowhere, json=BODY, headers={"If-Match": '"1"'}).status_code == 404
    assert script.post(f"{nowhere}/partners", json={"organisation_id": str(new_id())}).status_code == 404
    assert script.delete(f"{nowhere}/partners/{new_id()}").status_code == 404
    assert script.get(f"{ADDRESS}/not-an-id").status_code == 404


def test_a_liaison_reads_what_their_organisation_takes_part_in_and_changes_nothing(sign_in, session):
    own = new_id()
    shared, foreign = make_campaign(session, partners=[own]), make_campaign(session, partners=[new_id()])
    session.commit()
    liaison = sign_in(LIAISON, own, by="token")
    assert [each["id"] for each in liaison.get(ADDRESS).json["items"]] == [str(shared.id)]
    assert liaison.get(f"{ADDRESS}/{shared.id}").status_code == 200
    assert liaison.get(f"{ADDRESS}/{foreign.id}").status_code == 404
    assert liaison.post(ADDRESS, json=BODY).status_code == 404
    assert liaison.put(f"{ADDRESS}/{shared.id}", json=BODY, headers={"If-Match": '"1"'}).status_code == 404
    assert liaison.post(f"{ADDRESS}/{shared.id}/partners", json={"organisation_id": str(new_id())}).status_code == 404
    assert liaison.delete(f"{ADDRESS}/{shared.id}/partners/{own}").status_code == 404


def test_a_viewer_reads_everything_and_is_told_why_they_cannot_change_it(sign_in, session):
    campaign = make_campaign(session)
    session.commit()
    viewer = sign_in(VIEWER, by="token")
    assert viewer.get(f"{ADDRESS}/{campaign.id}").status_code == 200
    refused = viewer.post(ADDRESS, json=BODY)
    assert refused.status_code == 403
    assert "viewer" in refused.json["detail"]


def test_the_list_is_paged_by_cursor_and_refuses_a_made_up_one(script, session):
    for number in range(5):
        make_campaign(session, title=f"Campaign {number}")
    session.commit()
    first = script.get(f"{ADDRESS}?limit=3").json
    rest = script.get(f"{ADDRESS}?limit=3&cursor={first['next_cursor']}").json
    assert len({each["id"] for each in first["items"] + rest["items"]}) == 5
    assert rest["next_cursor"] is None
    assert script.get(f"{ADDRESS}?cursor=abc").status_code == 422
    assert script.get(f"{ADDRESS}?status=odd").status_code == 422
