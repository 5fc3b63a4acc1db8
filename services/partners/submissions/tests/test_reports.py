"""Every kind of report, keys' scopes, what is refused and remembered, trials, running again and correcting."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.partners.submissions.marked import lay_out
from services.partners.submissions.models import Refusal, Submission
from services.partners.submissions.service.keys import make_key
from services.partners.submissions.service.refusals import (
    MOST_UNSIGNED,
    Refused,
    forget_refusals,
    remember_refusal,
)
from services.partners.submissions.tests.factories import (
    Partner,
    count,
    make_body,
    make_live_key,
    make_measurement,
    make_organisation,
)
from services.partners.vault import Vault
from shared.clock import new_id, utc_now
from shared.service import Runtime
from shared.testing.databases import Bus
from shared.testing.people import SignIn, make_identity

VERDICT = "saypro.metrics.submission_processed.v1"
CAMPAIGN = "saypro.campaigns.campaign_created.v1"
REPORTS: dict[str, tuple[str, dict[str, Any]]] = {
    "stories.shared": (
        "stories",
        {
            "reference": "s1",
            "title": "Ama reads",
            "text": "She read.\nAloud.",
            "consent": True,
            "pictures": ["https://example.org/ama.jpg"],
            "happened_on": "2027-03-01",
        },
    ),
    "contributions.reported": (
        "contributions",
        {
            "reference": "c1",
            "kind": "goods",
            "what": "Gloves",
            "quantity": "120",
            "unit": "pairs",
            "given_on": "2027-03-02",
        },
    ),
    "volunteer_hours.reported": (
        "volunteer_hours",
        {"reference": "h1", "on": "2027-03-02", "people": 14, "hours": "52.5"},
    ),
    "coverage.reported": (
        "coverage",
        {
            "reference": "m1",
            "outlet": "Bay Times",
            "title": "Clean again",
            "url": "https://example.org/news",
            "published_on": "2027-03-03",
            "reach": 12000,
        },
    ),
}


def write(kind: str, item: dict[str, Any], campaign: UUID | None = None) -> bytes:
    data = {"campaign": str(campaign or new_id()), REPORTS[kind][0]: [item]}
    return json.dumps({"type": kind, "data": data}).encode()


@pytest.mark.parametrize("kind", REPORTS)
def test_each_kind_is_kept_published_and_shown_in_words(
    partner: Partner, staff: FlaskClient, bus: Bus, kind: str
) -> None:
    _items, item = REPORTS[kind]
    answer = partner.deliver(write(kind, item))
    assert answer.status_code == 202, answer.text
    [published] = bus.published("submission_accepted")
    assert published.data["kind"] == kind
    assert published.data["data"][REPORTS[kind][0]] == [item]
    page = staff.get(f"/partners/submissions/{answer.json['submission_id']}").text
    assert "It is kept as it came" in page
    assert "Being read" not in page
    shown = {name: value for name, value in item.items() if isinstance(value, str) and not name.endswith("on")}
    for name, value in shown.items():
        assert value.split("\n")[0] in page or name == "kind", name


MISFITS = {
    "a story without consent": ("stories.shared", {"consent": False}, "consent"),
    "a picture without https": ("stories.shared", {"pictures": ["http://example.org/a.png"]}, "pictures/0"),
    "money without an amount": ("contributions.reported", {"kind": "money"}, "amount"),
    "an amount without a currency": ("contributions.reported", {"amount": "5"}, "currency"),
    "an amount as a number": ("contributions.reported", {"amount": 5.0, "currency": "ZAR"}, "amount"),
    "nobody": ("volunteer_hours.reported", {"people": 0}, "people"),
    "no hours": ("volunteer_hours.reported", {"hours": "0"}, "hours"),
    "a script as an address": ("coverage.reported", {"url": "javascript:alert(1)"}, "url"),
    "half a reach": ("coverage.reported", {"reach": 1.5}, "reach"),
}


@pytest.mark.parametrize(("kind", "change", "wrong"), MISFITS.values(), ids=MISFITS.keys())
def test_what_does_not_fit_its_kind_is_refused_naming_the_field(
    partner: Partner, kind: str, change: dict[str, Any], wrong: str
) -> None:
    items, item = REPORTS[kind]
    answer = partner.deliver(write(kind, {**item, **change}))
    assert answer.status_code == 422, answer.text
    assert f"/data/{items}/0/{wrong}" in {each["pointer"] for each in answer.json["errors"]}


def test_a_key_sends_only_what_it_is_for(partner: Partner, runtime: Runtime, anyone: FlaskClient) -> None:
    campaign = new_id()
    with runtime.database.transaction() as session:
        vault = Vault(runtime.settings.encryption_key)
        made = make_key(
            session, make_identity(), partner.organisation_id, vault, utc_now(),
            kinds=["measurements.reported"], campaigns=[campaign],
        )  # fmt: skip
    narrow = replace(partner, secret=made.secret)
    assert narrow.deliver(make_body(campaign=campaign)).status_code == 202
    for body in (make_body(), write("stories.shared", REPORTS["stories.shared"][1], campaign)):
        answer = narrow.deliver(body)
        assert answer.status_code == 403, answer.text
        assert "may not send" in answer.json["detail"]
    assert count(runtime, Submission) == 1


def test_the_scope_of_a_key_is_chosen_from_the_organisations_campaigns(
    staff: FlaskClient, runtime: Runtime, bus: Bus
) -> None:
    organisation_id, campaign = make_organisation(runtime), str(new_id())
    bus.hear(CAMPAIGN, {
        "campaign_id": campaign, "title": "Clean Coast", "starts_on": "2027-01-01", "ends_on": "2027-12-31",
        "partners": [str(organisation_id)],
    })  # fmt: skip
    address = f"/partners/organisations/{organisation_id}/webhook-keys"
    made = staff.post(address, data={"name": "Field app", "kinds": ["coverage.reported"], "campaigns": [campaign]})
    assert made.status_code == 200
    assert "Media coverage" in made.text
    assert "Clean Coast" in made.text
    assert "Thandi the coordinator" in made.text
    assert staff.post(address, data={"campaigns": [str(new_id())]}).status_code == 422


def test_a_refused_delivery_is_remembered_with_its_places_marked(partner: Partner, sign_in: SignIn) -> None:
    with partner.deliver(make_body(make_measurement(value=4.31)), message_id="msg_odd") as answer:
        assert answer.status_code == 422
    with partner.deliver(webhook_signature="v1,AAAA", message_id="msg_forged") as answer:
        assert answer.status_code == 401
    liaison = sign_in("liaison", partner.organisation_id)
    listed = liaison.get(f"/partners/organisations/{partner.organisation_id}/submissions/refused").text
    assert "msg_odd" in listed
    assert "msg_forged" in listed
    script = sign_in("liaison", partner.organisation_id, by="token")
    forged, odd = script.get(f"/partners/api/v1/organisations/{partner.organisation_id}/refused-deliveries").json[
        "items"
    ]
    assert (forged["key_id"], forged["status"]) == (None, 401)
    assert odd["errors"] == {
        "data.measurements.0.value": 'Write it as a string, such as "4.31", so that no digit is lost.'
    }
    page = liaison.get(f"/partners/submissions/refused/{odd['id']}").text
    assert "&#34;value&#34;: 4.31,  <mark>← Write it as a string" in page
    assert "is not kept" in liaison.get(f"/partners/submissions/refused/{forged['id']}").text
    other = sign_in("liaison", new_id())
    assert other.get(f"/partners/submissions/refused/{odd['id']}").status_code == 404


def test_a_stranger_cannot_fill_the_disk(runtime: Runtime, session: Session) -> None:
    organisation_id, now = make_organisation(runtime), utc_now()
    forged = Refused(organisation_id, 401, "No live key.", {}, "m" * 10_000, None, b"x" * 1000)
    kept = [remember_refusal(session, forged, now) for _ in range(MOST_UNSIGNED + 5)]
    assert kept == [True] * MOST_UNSIGNED + [False] * 5
    assert not remember_refusal(session, replace(forged, organisation_id=new_id()), now)
    assert {len(each.message_id) for each in session.scalars(select(Refusal))} == {255}
    assert {each.body for each in session.scalars(select(Refusal))} == {None}
    assert remember_refusal(session, forged, now + timedelta(days=1))
    forget_refusals(session, now + timedelta(days=31))
    assert len(session.scalars(select(Refusal)).all()) <= 1


def test_a_trial_shows_what_was_signed_and_counts_for_nothing(
    partner: Partner, staff: FlaskClient, runtime: Runtime, bus: Bus
) -> None:
    key = make_live_key(runtime, partner.organisation_id).key
    address = f"/partners/organisations/{partner.organisation_id}/webhook-keys/{key.id}/try"
    assert "measurements.reported" in staff.get(address).text
    sent = staff.post(address, data={"body": make_body().decode()}).text
    assert "Taken in" in sent
    assert "webhook-signature: v1," in sent
    [published] = bus.published("submission_accepted")
    assert published.data["trial"] is True
    submission_id = published.data["submission_id"]
    bus.hear(VERDICT, {"submission_id": submission_id, "recorded": 1, "rejected": []})
    assert "1 of 1 items would be recorded" in staff.get(f"/partners/submissions/{submission_id}").text
    refused = staff.post(address, data={"body": '{"type": "odd"}'}).text
    assert "Refused with 422" in refused
    assert "We don&#39;t know this type" in refused


def test_what_was_rejected_is_corrected_in_a_form_and_refers_to_the_old(
    partner: Partner, staff: FlaskClient, runtime: Runtime, bus: Bus
) -> None:
    campaign = new_id()
    body = make_body(make_measurement(), make_measurement(value="NA", reference="row-2"), campaign=campaign)
    old = partner.deliver(body).json["submission_id"]
    bus.hear(VERDICT, {"submission_id": old, "recorded": 1, "rejected": [{"index": 1, "reason": "NA is no number."}]})
    address = f"/partners/submissions/{old}/correct"
    form = staff.get(address).text
    assert "NA is no number." in form
    assert 'name="value-1"' not in form
    typed = {"kpi-2": "waste", "value-2": "", "period_start-2": "2027-03-01", "period_end-2": "2027-03-31",
             "reference-2": "row-2"}  # fmt: skip
    assert staff.post(address, data=typed).status_code == 422
    sent = staff.post(address, data={**typed, "value-2": "5.2"})
    assert sent.status_code == 302, sent.text
    new = UUID(sent.location.rsplit("/", 1)[1])
    with runtime.database.transaction(write=False) as session:
        kept = session.get_one(Submission, new)
        assert (kept.corrects_id, kept.channel, kept.key_id) == (UUID(old), "form", None)
        assert kept.sent_by == "Thandi the coordinator"
    published = bus.published("submission_accepted")[-1].data["data"]
    assert published == {"campaign": str(campaign), "measurements": [make_measurement(value="5.2", reference="row-2")]}
    assert f"/partners/submissions/{new}" in staff.get(f"/partners/submissions/{old}").text


def test_a_submission_is_run_again_once_its_verdict_is_there(partner: Partner, staff: FlaskClient, bus: Bus) -> None:
    made = partner.deliver().json["submission_id"]
    page, again = f"/partners/submissions/{made}", f"/partners/submissions/{made}/again"
    staff.post(again)
    assert len(bus.published("submission_accepted")) == 1
    bus.hear(VERDICT, {"submission_id": made, "recorded": 0, "rejected": [{"index": 0, "reason": "No such KPI."}]})
    assert "checked anew" in staff.get(again).text
    assert staff.post(again).status_code == 302
    first, second = bus.published("submission_accepted")
    assert first.data == second.data
    shown = staff.get(page).text
    assert "Being read" in shown
    assert "had it judged again" in shown


def test_json_is_marked_at_the_nearest_place() -> None:
    lines = lay_out({"data": {"rows": [{"a": 1}]}}, {"data.rows.0.b": "missing", "data.rows.0.a": "odd", "": "all"})
    assert [(line.text.strip(), line.reason) for line in lines if line.reason] == [
        ("{", "all"),
        ("{", "b: missing"),
        ('"a": 1', "odd"),
    ]
