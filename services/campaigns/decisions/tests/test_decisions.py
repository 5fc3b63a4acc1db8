from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.campaigns.campaigns.tests.factories import make_campaign
from services.campaigns.decisions import service
from services.campaigns.decisions.models import Decision
from shared.errors import Conflict, Invalid, Stale
from shared.identity import LIAISON
from shared.testing.databases import Bus
from shared.testing.people import make_identity

BY = make_identity(name="Thandi Mokoena")
TODAY = date(2026, 6, 2)
WORDS: dict[str, Any] = {
    "title": "Empty the wheels twice a week", "text": "They overflowed.", "decided_on": TODAY,
}  # fmt: skip


@pytest.fixture
def campaign_id(session: Session) -> UUID:
    return make_campaign(session).id


def decide(session: Session, campaign_id: UUID, now: Any, **changes: Any) -> Decision:
    return service.record_decision(session, BY, campaign_id, now, TODAY, **{**WORDS, **changes})


def test_a_decision_is_told_to_the_other_services(session, campaign_id, bus: Bus, now):
    made = decide(session, campaign_id, now)
    session.commit()
    told = bus.published("decision_recorded")[0].data
    assert told["decision_id"] == str(made.id)
    assert (told["title"], told["decided_on"], told["holds"]) == (
        "Empty the wheels twice a week", "2026-06-02", True,
    )  # fmt: skip


def test_a_decision_of_a_day_to_come_is_refused(session, campaign_id, now):
    with pytest.raises(Invalid):
        decide(session, campaign_id, now, decided_on=TODAY + timedelta(days=1))


def test_a_withdrawn_decision_stays_on_record_and_changes_no_more(session, campaign_id, bus, now):
    made = decide(session, campaign_id, now)
    service.withdraw_decision(session, BY, made.id, "The storm season is over.", now)
    session.commit()
    assert [each.data["holds"] for each in bus.published("decision_recorded")] == [True, False]
    with pytest.raises(Conflict):
        service.withdraw_decision(session, BY, made.id, "Again.", now)
    with pytest.raises(Conflict):
        service.change_decision(session, BY, made.id, made.version, now, TODAY, **WORDS)


def test_other_words_need_the_version_that_was_seen(session, campaign_id, now):
    made = decide(session, campaign_id, now)
    seen = made.version
    service.change_decision(session, BY, made.id, seen, now, TODAY, **{**WORDS, "title": "Thrice a week"})
    with pytest.raises(Stale):
        service.change_decision(session, BY, made.id, seen, now, TODAY, **WORDS)
    assert made.title == "Thrice a week"


def test_pages_take_a_decision_from_its_record_to_its_withdrawal(staff: FlaskClient, session, campaign_id):
    session.commit()
    empty = staff.get(f"/campaigns/{campaign_id}/decisions")
    assert "Nothing is decided yet" in empty.text
    address = f"/campaigns/{campaign_id}/decisions/new"
    wrong = staff.post(address, data={"title": "", "text": "Kept", "decided_on": "2026-06-02"})
    assert (wrong.status_code, "Kept" in wrong.text) == (422, True)
    page = staff.post(address, data={**WORDS, "decided_on": "2026-06-02"}, follow_redirects=True)
    assert page.status_code == 200
    assert "They overflowed." in page.text
    assert "put it on record" in page.text
    here = page.request.path
    edit = staff.get(here + "/edit").text
    assert "Empty the wheels twice a week" in edit
    stale = staff.post(here + "/edit", data={**WORDS, "title": "Thrice", "decided_on": "2026-06-02", "version": "0"})
    assert (stale.status_code, "Thrice" in stale.text, "Someone was faster" in stale.text) == (412, True, True)
    saved = staff.post(
        here + "/edit",
        data={**WORDS, "title": "Thrice", "decided_on": "2026-06-02", "version": "1"},
        follow_redirects=True,
    )
    assert "The decision is saved." in saved.text
    gone = staff.post(here + "/withdraw", data={"reason": "The season is over."}, follow_redirects=True)
    assert "The decision is withdrawn." in gone.text
    assert "Withdrawn" in staff.get(f"/campaigns/{campaign_id}/decisions").text


def test_a_liaison_reads_what_was_decided_and_changes_nothing(sign_in, session, now, bus):
    organisation_id = UUID(int=7)
    campaign = make_campaign(session, partners=[organisation_id])
    made = decide(session, campaign.id, now)
    session.commit()
    liaison = sign_in(LIAISON, organisation_id)
    page = liaison.get(f"/campaigns/decisions/{made.id}")
    assert page.status_code == 200
    assert "They overflowed." in page.text
    assert "Withdraw it" not in page.text
    assert liaison.post(f"/campaigns/decisions/{made.id}/withdraw", data={"reason": "No."}).status_code == 404


def test_programs_record_search_and_reword(script: FlaskClient, session, campaign_id):
    session.commit()
    address = f"/campaigns/api/v1/campaigns/{campaign_id}/decisions"
    made = script.post(address, json={**WORDS, "decided_on": "2026-06-02"})
    assert made.status_code == 201
    script.post(address, json={"title": "Another matter", "decided_on": "2026-05-02"})
    found = script.get(address + "?q=WHEELS").json["items"]
    assert [each["title"] for each in found] == ["Empty the wheels twice a week"]
    one = f"/campaigns/api/v1/decisions/{made.json['id']}"
    body = {"title": "Thrice", "text": "", "decided_on": "2026-06-02"}
    assert script.put(one, json=body).status_code == 428
    assert script.put(one, json=body, headers={"If-Match": made.headers["ETag"]}).json["title"] == "Thrice"
    refused = script.post(address, json={"title": "Later", "decided_on": "2099-06-02"})
    assert refused.status_code == 422
