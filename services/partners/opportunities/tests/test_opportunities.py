from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.partners.opportunities import queries, service
from services.partners.opportunities.tests.factories import make_opportunity
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from shared.clock import new_id
from shared.database.history import list_history
from shared.errors import Invalid, Stale
from shared.identity import LIAISON, VIEWER
from shared.testing.people import make_identity

BY = make_identity()
CAMPAIGN = {"title": "Clean Coast", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}


@pytest.fixture
def place(session):
    return make_organisation(session).id


@pytest.fixture
def owner(session):
    return make_person(session).id


def test_an_opportunity_grows_from_a_campaign_that_was_heard_of(session, place, owner, bus, now):
    campaign_id = new_id()
    with pytest.raises(Invalid) as refused:
        make_opportunity(session, place, new_id(), campaign_id=campaign_id)
    assert set(refused.value.fields) == {"owner_id", "campaign_id"}
    session.commit()
    news = {
        "campaign_id": campaign_id,
        "cause": "environment",
        "owner_id": owner,
        "owner_name": "N",
        "partners": [place],
    }
    bus.hear("saypro.campaigns.campaign_created.v1", {**news, **CAMPAIGN})
    made = make_opportunity(session, place, owner, campaign_id=campaign_id)
    assert [
        each.id for each in queries.find_opportunities(session, campaign_id=campaign_id, cursor=None, limit=5).items
    ] == [made.id]


def test_moving_keeps_the_reason_and_twice_is_like_once(session, place, owner, now):
    made = make_opportunity(session, place, owner)
    for _ in range(2):
        service.move_opportunity(session, BY, made.id, "talking", "They called", now)
    moved, *_rest = list_history(session, made.id)
    assert (moved.detail["reason"], moved.detail["before"]) == ("They called", {"stage": "idea"})
    assert len(list_history(session, made.id)) == 2
    assert queries.count_stages(session, organisation_id=place) == {"talking": 1}


def test_values_are_exact_and_stale_changes_refused(session, place, owner, now):
    made = make_opportunity(session, place, owner, value=Decimal("120000.50"), currency="ZAR")
    details = {
        "title": made.title, "notes": "", "owner_id": owner, "step": "Call", "step_due_on": None, "campaign_id": None,
        "value": Decimal("120000.5"), "currency": "ZAR", "expected_on": date(2027, 3, 1),
    }  # fmt: skip
    service.change_opportunity(session, BY, made.id, made.version, now, **details)
    told = list_history(session, made.id)[0].detail
    assert told["after"] == {"expected_on": "2027-03-01", "step": "Call"}
    with pytest.raises(Stale):
        service.change_opportunity(session, BY, made.id, 1, now, **{**details, "title": "Other"})


def test_the_board_shows_what_is_due_first_and_narrows_down(staff, session, place, owner, now):
    make_opportunity(session, place, owner, title="Later", step_due_on=now.date() + timedelta(days=9))
    make_opportunity(session, place, owner, title="Sooner", step_due_on=now.date() - timedelta(days=1))
    session.commit()
    page = staff.get("/partners/opportunities").text
    assert page.index("Sooner") < page.index("Later")
    assert "overdue" in page
    narrowed = staff.get(f"/partners/opportunities?q=LATER&owner={owner}&stage=idea").text
    assert "Later" in narrowed
    assert "Sooner" not in narrowed


def test_an_idea_is_noted_changed_and_moved_in_the_browser(staff, session, place, owner):
    session.commit()
    form = {"title": "A film night", "owner_id": str(owner), "step": "Ask the cinema", "value": "5000", "currency": ""}
    address = f"/partners/organisations/{place}/opportunities/new"
    refused = staff.post(address, data=form)
    assert refused.status_code == 422
    assert 'href="#field-currency"' in refused.text
    made = staff.post(address, data={**form, "currency": "ZAR"})
    assert made.status_code == 302
    moved = staff.post(
        f"{made.location}/stage", data={"stage": "planned", "reason": "Date found"}, follow_redirects=True
    )
    assert "Date found" in moved.text
    assert "Stage: Idea → Planned" in moved.text
    stale = staff.post(f"{made.location}/edit", data={**form, "currency": "ZAR", "title": "Other", "version": 1})
    assert stale.status_code == 412
    assert "Someone was faster" in stale.text


def test_a_program_keeps_opportunities_and_outsiders_see_none(script, sign_in, session, place, owner):
    session.commit()
    details = {"title": "A film night", "owner_id": str(owner), "step": "Ask", "value": "-1", "currency": "ZAR"}
    address = f"/partners/api/v1/organisations/{place}/opportunities"
    assert script.post(address, json=details).status_code == 422
    made = script.post(address, json={**details, "value": "1e3"}).json
    own = f"/partners/api/v1/opportunities/{made['id']}"
    assert (made["value"], made["stage"]) == ("1000", "idea")
    assert script.post(f"{own}/stage", json={"stage": "won", "reason": "x"}).status_code == 422
    assert script.post(f"{own}/stage", json={"stage": "agreed", "reason": "x"}).json["stage"] == "agreed"
    assert sign_in(LIAISON, place, by="token").get(own).status_code == 404
    assert sign_in(VIEWER, by="token").post(f"{own}/stage", json={"stage": "idea", "reason": "x"}).status_code == 403
