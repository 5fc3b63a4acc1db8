"""Webhook keys and submissions for programs."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from services.partners.submissions.models import WebhookKey
from services.partners.submissions.tests.factories import (
    Partner,
    count,
    make_body,
    make_live_key,
    make_organisation,
)
from shared.database.idempotency import KeptAnswer
from shared.service import Runtime
from shared.testing.databases import Bus
from shared.testing.people import SignIn


def keys_of(organisation_id: UUID) -> str:
    return f"/partners/api/v1/organisations/{organisation_id}/webhook-keys"


def test_a_key_is_made_with_a_secret_shown_once(script: FlaskClient, runtime: Runtime) -> None:
    organisation_id = make_organisation(runtime)
    made = script.post(keys_of(organisation_id), json={})
    assert made.status_code == 201, made.text
    assert made.json["name"] == "Key 1"
    secret = made.json["secret"]
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) >= 24
    [listed] = script.get(keys_of(organisation_id)).json["items"]
    assert "secret" not in listed
    assert listed["ending"] == secret[-4:]
    with runtime.database.transaction(write=False) as session:
        assert secret not in session.scalars(select(WebhookKey.sealed_secret)).one()
    assert script.post(keys_of(organisation_id), json={"name": "Nightly export"}).json["name"] == "Nightly export"


def test_a_third_live_key_is_refused_until_one_is_revoked(script: FlaskClient, runtime: Runtime) -> None:
    organisation_id = make_organisation(runtime)
    made = [script.post(keys_of(organisation_id), json={}).json["id"] for _ in range(2)]
    refused = script.post(keys_of(organisation_id), json={})
    assert refused.status_code == 409
    assert "Revoke" in refused.json["detail"]
    script.delete(f"{keys_of(organisation_id)}/{made[0]}")
    assert script.post(keys_of(organisation_id), json={}).json["name"] == "Key 3"


def test_a_repeated_request_for_a_key_makes_one_and_keeps_no_secret(script: FlaskClient, runtime: Runtime) -> None:
    organisation_id = make_organisation(runtime)
    made, again = (
        script.post(keys_of(organisation_id), json={}, headers={"Idempotency-Key": "make-1"}) for _ in range(2)
    )
    assert (made.status_code, again.status_code) == (201, 409)
    assert "first" in again.json["detail"]
    assert count(runtime, WebhookKey) == 1
    with runtime.database.transaction(write=False) as session:
        assert made.json["secret"].encode() not in session.scalars(select(KeptAnswer.body)).one()


def test_keys_made_at_once_are_still_two_at_most(app: Flask, sign_in: SignIn, runtime: Runtime) -> None:
    organisation_id = make_organisation(runtime)
    clients = [sign_in(by="token") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda client: client.post(keys_of(organisation_id), json={}).status_code, clients))
    assert sorted(answers) == [201, 201, 409, 409, 409, 409]


def test_a_verdict_reaches_the_submission(partner: Partner, script: FlaskClient, bus: Bus) -> None:
    submission_id = partner.deliver().json["submission_id"]
    address = f"/partners/api/v1/submissions/{submission_id}"
    before = script.get(address).json
    assert (before["status"], before["recorded"], before["rejected"]) == ("accepted", 0, [])
    assert datetime.fromisoformat(before["received_at"]).tzinfo is not None
    rejected = [{"index": 0, "reason": "There is no KPI waste in this campaign."}]
    verdict = {"submission_id": submission_id, "organisation_id": str(partner.organisation_id), "recorded": 1}
    for _ in range(2):
        bus.hear("saypro.metrics.submission_processed.v1", {**verdict, "rejected": rejected}, subject=submission_id)
        after = script.get(address).json
        assert (after["status"], after["recorded"], after["rejected"]) == ("processed", 1, rejected)


def test_submissions_are_listed_newest_first_and_found_by_state_and_id(
    partner: Partner, script: FlaskClient, bus: Bus
) -> None:
    ids = [partner.deliver(message_id=f"msg_{n}").json["submission_id"] for n in range(3)]
    bus.hear("saypro.metrics.submission_processed.v1", {"submission_id": ids[1], "recorded": 1, "rejected": []})
    address = f"/partners/api/v1/organisations/{partner.organisation_id}/submissions"

    def listed(query: str) -> list[str]:
        return [each["id"] for each in script.get(f"{address}?{query}").json["items"]]

    assert listed("") == ids[::-1]
    assert listed("status=processed") == [ids[1]]
    assert listed("q=msg_2") == [ids[2]]
    first = script.get(f"{address}?limit=2").json
    assert [each["id"] for each in first["items"]] == [ids[2], ids[1]]
    assert listed(f"limit=2&cursor={first['next_cursor']}") == [ids[0]]


def test_a_liaison_sees_and_changes_their_own_organisations_alone(
    partner: Partner, runtime: Runtime, sign_in: SignIn, anyone: FlaskClient
) -> None:
    submission_id = partner.deliver().json["submission_id"]
    own = sign_in("liaison", partner.organisation_id, by="token")
    stranger = sign_in("liaison", make_organisation(runtime, "Harbour Watch"), by="token")
    viewer = sign_in("viewer", by="token")
    keys = keys_of(partner.organisation_id)
    key_id = own.get(keys).json["items"][0]["id"]
    for method, address, expected in (
        ("get", f"/partners/api/v1/submissions/{submission_id}", (200, 404, 200, 401)),
        ("get", f"/partners/api/v1/organisations/{partner.organisation_id}/submissions", (200, 404, 200, 401)),
        ("get", keys, (200, 404, 200, 401)),
        ("post", keys, (201, 404, 403, 401)),
        ("delete", f"{keys}/{key_id}", (204, 404, 403, 401)),
    ):
        arguments = {"json": {}} if method == "post" else {}
        clients = (own, stranger, viewer, anyone)
        found = tuple(getattr(client, method)(address, **arguments).status_code for client in clients)
        assert found == expected, (method, address)


def test_a_key_of_another_organisation_is_not_found(partner: Partner, runtime: Runtime, script: FlaskClient) -> None:
    other = make_organisation(runtime, "Harbour Watch")
    key_id = make_live_key(runtime, other).key.id
    assert script.delete(f"{keys_of(partner.organisation_id)}/{key_id}").status_code == 404


def test_what_is_decided_later_on_a_figure_stands_with_its_submission(
    partner: Partner, script: FlaskClient, bus: Bus
) -> None:
    made = partner.deliver().json["submission_id"]
    address = f"/partners/api/v1/submissions/{made}"
    verdict = {"submission_id": made, "organisation_id": str(partner.organisation_id)}
    bus.hear("saypro.metrics.submission_processed.v1", {**verdict, "recorded": 1, "rejected": []}, subject=made)
    told = json.loads(make_body())["data"]["measurements"][0]
    figures = [{"kpi": told["kpi"], "reference": told["reference"]}, {"kpi": "other", "reference": "unknown"}]
    decided = {**verdict, "verdict": "returned", "reason": "Wet or dry?", "figures": figures}
    bus.hear("saypro.metrics.figures_decided.v1", decided, subject=made)
    after = script.get(address).json
    assert (after["recorded"], after["rejected"]) == (0, [{"index": 0, "reason": "Returned to you: Wet or dry?"}])
    bus.hear("saypro.metrics.figures_decided.v1", {**decided, "verdict": "verified", "reason": ""}, subject=made)
    assert script.get(address).json["rejected"] == []
