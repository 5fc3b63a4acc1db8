"""Webhook keys and submissions in a browser."""

import json
import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.partners.submissions.tests.factories import (
    Partner,
    make_body,
    make_live_key,
    make_measurement,
    make_organisation,
)
from shared.identity import sign_token
from shared.service import Runtime
from shared.testing.databases import Bus
from shared.testing.people import SIGNING_KEY, SignIn, make_identity, read_page
from shared.web.app import create_live_app
from shared.web.sign_in import COOKIE

VERDICT = "saypro.metrics.submission_processed.v1"


def keys_of(organisation_id: UUID) -> str:
    return f"/partners/organisations/{organisation_id}/webhook-keys"


def test_a_key_is_made_in_the_browser_and_its_secret_shown_once(
    staff: FlaskClient, runtime: Runtime, anyone: FlaskClient
) -> None:
    organisation_id = make_organisation(runtime)
    address = keys_of(organisation_id)
    assert "No key yet" in staff.get(address).text
    made = staff.post(address, data={"name": "Nightly export"})
    [secret] = re.findall(r"whsec_[A-Za-z0-9+/=]+", made.text)
    after = staff.get(address).text
    assert secret not in after
    assert "Nightly export" in after
    assert f"…{secret[-4:]}" in after
    assert f"/partners/webhooks/{organisation_id}" in after
    assert Partner(organisation_id, secret, anyone).deliver().status_code == 202
    assert "Never" not in read_page(staff, address)


def test_a_third_key_is_refused_in_words(staff: FlaskClient, runtime: Runtime) -> None:
    organisation_id = make_organisation(runtime)
    staff.post(keys_of(organisation_id), data={})
    assert "Two keys are live, which is enough" in staff.post(keys_of(organisation_id), data={}).text
    refused = staff.post(keys_of(organisation_id), data={"name": "Third"})
    assert refused.status_code == 409
    assert "Revoke one first" in refused.text
    assert "whsec_" not in refused.text


def test_revoking_asks_first_and_is_kept_in_the_history(staff: FlaskClient, partner: Partner, runtime: Runtime) -> None:
    key_id = make_live_key(runtime, partner.organisation_id, "Old export").key.id
    address = f"{keys_of(partner.organisation_id)}/{key_id}/revoke"
    assert "Revoke “Old export”?" in staff.get(address).text
    assert staff.get(keys_of(partner.organisation_id)).text.count('class="state state-good">Live') == 2
    after = staff.post(address, follow_redirects=True)
    assert "“Old export” is revoked" in after.text
    assert after.text.count('class="state state-good">Live') == 1
    history = staff.get(f"/partners/organisations/{partner.organisation_id}").text
    assert "revoked a webhook key" in history
    assert "made a webhook key" in history


def test_submissions_are_listed_and_filtered(staff: FlaskClient, partner: Partner, bus: Bus) -> None:
    address = f"/partners/organisations/{partner.organisation_id}/submissions"
    assert "Nothing was delivered yet" in staff.get(address).text
    first = partner.deliver(message_id="msg_first").json["submission_id"]
    second = partner.deliver(message_id="msg_second").json["submission_id"]
    bus.hear(VERDICT, {"submission_id": first, "recorded": 1, "rejected": []})
    listed = staff.get(address).text
    assert listed.index(second) < listed.index(first)
    processed = staff.get(f"{address}?status=processed").text
    assert first in processed
    assert second not in processed
    found = staff.get(f"{address}?q=msg_second").text
    assert second in found
    assert first not in found
    assert "Nothing matches" in staff.get(f"{address}?q=nowhere").text


def test_a_submission_shows_the_verdict_of_each_item(staff: FlaskClient, partner: Partner, bus: Bus) -> None:
    body = make_body(make_measurement(reference="row-good"), make_measurement(value="NA", reference="row-gap"))
    submission_id = partner.deliver(body).json["submission_id"]
    address = f"/partners/submissions/{submission_id}"
    before = staff.get(address).text
    assert "safely kept" in before
    assert f'data-live="/partners/live/submissions/{submission_id}"' in before
    rejected = [{"index": 1, "reason": "'NA' is not a number."}]
    bus.hear(VERDICT, {"submission_id": submission_id, "recorded": 1, "rejected": rejected})
    after = staff.get(address).text
    assert "1 recorded, 1 not" in after
    assert "&#39;NA&#39; is not a number." in after
    assert "safely kept" not in after
    # What has to be acted on stands first.
    assert after.index("row-gap") < after.index("row-good")


def test_the_body_is_shown_readably_and_downloaded_as_it_came(staff: FlaskClient, partner: Partner) -> None:
    body = make_body(make_measurement(reference="<script>alert(1)</script>"))
    submission_id = partner.deliver(body).json["submission_id"]
    page = staff.get(f"/partners/submissions/{submission_id}").text
    assert "<script>alert" not in page
    assert "&#34;measurements&#34;: [\n" in page
    file = staff.get(f"/partners/submissions/{submission_id}/body")
    assert file.data == body
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["X-Content-Type-Options"] == "nosniff"


def test_a_long_body_is_offered_as_a_file(staff: FlaskClient, partner: Partner) -> None:
    body = json.dumps({**json.loads(make_body()), "timestamp": "2027-04-01T06:00:00Z"}).encode() + b" " * 70_000
    submission_id = partner.deliver(body).json["submission_id"]
    assert "download it instead" in staff.get(f"/partners/submissions/{submission_id}").text


def test_the_verdict_is_rendered_for_the_open_page(runtime: Runtime, partner: Partner, bus: Bus, app: Flask) -> None:
    submission_id = partner.deliver().json["submission_id"]
    live = create_live_app(runtime)

    def look(organisation_id: UUID) -> tuple[int, str]:
        client = live.test_client()
        client.set_cookie(COOKIE, sign_token(make_identity("liaison", organisation_id), SIGNING_KEY))
        answer = client.get(f"/partners/live/submissions/{submission_id}?once=1")
        return answer.status_code, answer.text

    status, html = look(partner.organisation_id)
    assert status == 200
    assert "safely kept" in html
    bus.hear(VERDICT, {"submission_id": submission_id, "recorded": 1, "rejected": []})
    assert "item it holds is recorded" in look(partner.organisation_id)[1]
    assert look(make_organisation(runtime, "Harbour Watch"))[0] == 404


@pytest.mark.parametrize("role", ["liaison", "viewer", "coordinator"])
def test_who_may_make_keys_is_offered_it(sign_in: SignIn, partner: Partner, role: str) -> None:
    organisation_id = partner.organisation_id if role == "liaison" else None
    client = sign_in(role, organisation_id)
    page = client.get(keys_of(partner.organisation_id)).text
    offered = role != "viewer"
    assert ("Make a key" in page) is offered
    assert ("Revoke" in page) is offered


def test_another_organisations_liaison_finds_nothing(sign_in: SignIn, runtime: Runtime, partner: Partner) -> None:
    submission_id = partner.deliver().json["submission_id"]
    key_id = make_live_key(runtime, partner.organisation_id).key.id
    stranger = sign_in("liaison", make_organisation(runtime, "Harbour Watch"))
    keys = keys_of(partner.organisation_id)
    for address in (
        keys,
        f"{keys}/{key_id}/revoke",
        f"/partners/organisations/{partner.organisation_id}/submissions",
        f"/partners/submissions/{submission_id}",
        f"/partners/submissions/{submission_id}/body",
    ):
        assert stranger.get(address).status_code == 404, address
    assert stranger.post(keys, data={}).status_code == 404
    assert stranger.post(f"{keys}/{key_id}/revoke").status_code == 404
