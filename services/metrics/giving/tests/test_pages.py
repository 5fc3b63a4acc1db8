"""Contributions and stories as people see them on the dashboard and on pages of their own."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.giving.tests.factories import DOT, give, tell_story
from services.metrics.indicators.tests.factories import make_campaign, make_partner
from services.metrics.known.service import keep_organisation
from shared.clock import new_id, utc_now
from shared.service import Runtime
from shared.testing.people import SignIn


@pytest.fixture
def wheel(session: Session, runtime: Runtime) -> UUID:
    wheel = new_id()
    keep_organisation(session, wheel, utc_now(), name="Mister Trash Wheel", logo=runtime.files.put(DOT).sha256)
    return wheel


def test_a_story_is_published_from_its_page_and_then_seen_by_the_others(
    session: Session, runtime: Runtime, staff: FlaskClient, sign_in: SignIn, wheel: UUID
) -> None:
    other = make_partner(session, "Captain")
    campaign = make_campaign(session, wheel, other)
    story = tell_story(session, runtime, campaign, wheel)
    gift = give(session, campaign, wheel)
    session.commit()
    board, page = f"/metrics/campaigns/{campaign}", f"/metrics/campaigns/{campaign}/stories/{story.id}"
    looker = sign_in("liaison", other)
    assert "Quagga class" not in looker.get(board).text
    assert [looker.get(each).status_code for each in (board, page, page + "/pictures/0")] == [200, 404, 404]
    shown = staff.get(board).text
    for words in ("Quagga class", "Not published yet", "Told by Mister Trash Wheel", "6\xa0trips", "1 to look at"):
        assert words in shown
    without_reason = staff.post(page, data={"status": "set_aside", "version": 1})
    assert (without_reason.status_code, "Say why" in without_reason.text) == (422, True)
    assert "It is published" in staff.post(page, data={"status": "accepted", "version": 1}, follow_redirects=True).text
    assert staff.post(page, data={"status": "reported", "version": 1}).status_code == 412
    seen = looker.get(board).text
    assert "Quagga class" in seen and "Decide on it" not in looker.get(page).text
    for picture in (page + "/pictures/0", f"{board}/partners/{wheel}/logo"):
        answer = looker.get(picture)
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", DOT)
    assert [looker.get(each).status_code for each in (page + "/pictures/1", f"{board}/partners/{new_id()}/logo")] == [
        404,
        404,
    ]
    assert looker.post(page, data={"status": "reported", "version": 2}).status_code == 404
    verdict = {"status": "accepted", "version": gift.version}
    api = f"/metrics/api/v1/campaigns/{campaign}"
    assert staff.post(f"{api}/contributions/{gift.id}/verdict", json=verdict).json["status"] == "accepted"
    assert looker.get(f"{api}/contributions").json["items"][0]["quantity"] == "6"
    assert looker.get(f"{api}/giving").json["gifts"][0]["verified"] == "6"
    assert "Quagga lorries" in looker.get(f"{board}/contributions?status=accepted").text
