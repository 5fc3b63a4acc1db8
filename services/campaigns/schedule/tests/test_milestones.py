from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.campaigns.campaigns.tests.factories import make_campaign
from services.campaigns.schedule import service
from services.campaigns.schedule.models import Milestone
from shared.clock import utc_now
from shared.errors import Conflict, Invalid, Stale
from shared.identity import LIAISON
from shared.testing.people import make_identity

BY = make_identity(name="Thandi Mokoena")
DAY = date(2026, 6, 5)


@pytest.fixture
def milestone(session: Session) -> Milestone:
    return service.set_milestone(
        session, BY, make_campaign(session).id, utc_now(), title="The fourth wheel turns", due_on=DAY
    )


@pytest.mark.parametrize(
    ("reached", "dropped", "day", "state"),
    [
        (None, None, DAY, "open"),
        (None, None, DAY + timedelta(days=1), "late"),
        (DAY, None, DAY + timedelta(days=1), "reached"),
        (None, "No money.", DAY, "dropped"),
    ],
)
def test_a_milestone_is_open_late_reached_or_dropped(reached, dropped, day, state):
    milestone = Milestone(title="x", due_on=DAY, reached_on=reached, dropped_because=dropped)
    assert milestone.state_on(day) == state


def test_each_change_is_told_to_the_other_services(session, milestone, bus, now):
    service.change_milestone(
        session, BY, milestone.id, milestone.version, now, title=milestone.title, due_on=DAY + timedelta(days=3)
    )
    service.reach_milestone(session, BY, milestone.id, now, DAY, reached_on=DAY)
    session.commit()
    told = [each.data for each in bus.published("milestone_changed")]
    assert [(each["due_on"], each["reached_on"], each["active"]) for each in told] == [
        ("2026-06-05", None, True),
        ("2026-06-08", None, True),
        ("2026-06-08", "2026-06-05", True),
    ]


def test_what_is_settled_stays_so(session, milestone, now):
    with pytest.raises(Invalid):
        service.reach_milestone(session, BY, milestone.id, now, DAY, reached_on=DAY + timedelta(days=1))
    service.drop_milestone(session, BY, milestone.id, "No money.", now)
    with pytest.raises(Conflict):
        service.reach_milestone(session, BY, milestone.id, now, DAY, reached_on=DAY)
    with pytest.raises(Conflict):
        service.drop_milestone(session, BY, milestone.id, "Again.", now)


def test_a_change_needs_the_version_that_was_seen(session, milestone, now):
    with pytest.raises(Stale):
        service.change_milestone(session, BY, milestone.id, 9, now, title="Other", due_on=DAY)
    assert milestone.title == "The fourth wheel turns"


def test_pages_take_a_milestone_from_being_set_to_being_reached(staff: FlaskClient, session):
    campaign_id = make_campaign(session).id
    session.commit()
    assert "No milestone yet" in staff.get(f"/campaigns/{campaign_id}/milestones").text
    address = f"/campaigns/{campaign_id}/milestones/new"
    assert staff.post(address, data={"title": "Launch", "due_on": "soon"}).status_code == 422
    page = staff.post(address, data={"title": "Launch", "due_on": "2026-06-05"}, follow_redirects=True)
    assert (page.status_code, "5 June 2026" in page.text) == (200, True)
    here = page.request.path
    assert "2026-06-05" in staff.get(here + "/edit").text
    stale = staff.post(here + "/edit", data={"title": "Typed", "due_on": "2026-06-06", "version": "0"})
    assert (stale.status_code, "Typed" in stale.text) == (412, True)
    ahead = staff.post(here + "/reached", data={"reached_on": "2099-01-01"})
    assert (ahead.status_code, "Choose today or a day before." in ahead.text) == (422, True)
    reached = staff.post(here + "/reached", data={"reached_on": "2026-06-04"}, follow_redirects=True)
    assert "The milestone is reached." in reached.text
    again = staff.post(here + "/dropped", data={"reason": "Too late."}, follow_redirects=True)
    assert "reached or dropped already" in again.text
    assert "4 June 2026" in staff.get(f"/campaigns/{campaign_id}/milestones").text


def test_a_liaison_sees_the_milestones_of_their_campaigns(sign_in, session, now):
    organisation_id = UUID(int=7)
    campaign = make_campaign(session, partners=[organisation_id])
    made = service.set_milestone(session, BY, campaign.id, now, title="Launch", due_on=DAY)
    session.commit()
    liaison = sign_in(LIAISON, organisation_id)
    page = liaison.get(f"/campaigns/milestones/{made.id}")
    assert page.status_code == 200
    assert "Launch" in page.text
    assert "Drop the milestone" not in page.text
    assert liaison.post(f"/campaigns/milestones/{made.id}/dropped", data={"reason": "No."}).status_code == 404


def test_programs_set_move_and_settle(script: FlaskClient, session):
    campaign_id = make_campaign(session).id
    session.commit()
    address = f"/campaigns/api/v1/campaigns/{campaign_id}/milestones"
    made: Any = script.post(address, json={"title": "Launch", "due_on": "2026-06-05"})
    assert made.status_code == 201
    one = f"/campaigns/api/v1/milestones/{made.json['id']}"
    moved = script.put(
        one, json={"title": "Launch", "due_on": "2026-06-09"}, headers={"If-Match": made.headers["ETag"]}
    )
    assert moved.json["due_on"] == "2026-06-09"
    assert script.post(one + "/reached", json={"reached_on": "2026-06-07"}).json["state"] == "reached"
    assert script.post(one + "/dropped", json={"reason": "Late."}).status_code == 409
    assert [each["title"] for each in script.get(address).json["items"]] == ["Launch"]
