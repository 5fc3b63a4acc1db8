from datetime import timedelta

import pytest

from services.notifications.announcements.tests.factories import make_draft, make_scene
from services.notifications.feed.service import tell
from services.notifications.messages import service
from services.notifications.messages.tests.factories import make_message
from shared.clock import new_id
from shared.identity import LIAISON, VIEWER
from shared.web.app import create_live_app

HOME = "/notifications/"


def test_the_first_visit_says_what_to_do(staff, sign_in):
    assert "Four steps to your first shared figure" in staff.get(HOME).text
    assert "All quiet so far" in sign_in(LIAISON, new_id()).get(HOME).text


def test_drafts_and_messages_in_trouble_wait_above_the_news(staff, sign_in, session, now):
    draft, failed, uncertain = make_draft(session), make_message(session), make_message(session)
    service.note_refused(session, failed, "550 no mailbox", now)
    service.note_uncertain(session, uncertain, None, "cut off", now)
    session.commit()
    page = staff.get(HOME).text
    assert page.index("Waiting for you") < page.index("Target reached")
    assert f"/notifications/announcements/{draft.id}" in page
    assert "550 no mailbox" in page
    assert f"/notifications/messages/{uncertain.id}" in page
    assert "1,003.61\N{NO-BREAK SPACE}t, and the target was 1,000\N{NO-BREAK SPACE}t" in page
    assert "Waiting for you" not in sign_in(VIEWER).get(HOME).text


def test_a_liaison_is_not_shown_what_is_for_staff(sign_in, session):
    campaign, _owner, liaison = make_scene(session)
    news = {"campaign_id": campaign.id, "announcement_id": str(new_id())}
    tell(session, "announcement_drafted", "a", campaign.heard_at, staff_only=True, title="Secret", **news)
    tell(session, "announcement_sent", "b", campaign.heard_at, title="Public", by="Thandi", recipients=1, **news)
    session.commit()
    page = sign_in(LIAISON, liaison.organisation_id).get(HOME).text
    assert "Public" in page
    assert "Secret" not in page
    assert "/notifications/announcements" not in page


def test_older_news_is_a_page_further(staff, session, now):
    for number in range(40):
        at = now - timedelta(days=number)
        tell(session, "campaign_created", f"c{number}", at, campaign_id=new_id(), title=f"Campaign {number:02}")
    session.commit()
    page = staff.get(HOME).text
    assert "Campaign 29" in page
    assert "Campaign 30" not in page
    cursor = page.partition("?cursor=")[2].partition('"')[0]
    older = staff.get(f"{HOME}?cursor={cursor}").text
    assert "Campaign 30" in older
    assert "Campaign 39" in older


def test_news_is_grouped_by_the_readers_day(staff, session, now):
    # Half past ten in the evening in UTC is the next day in Johannesburg.
    late = now.replace(year=2027, month=3, day=12, hour=22, minute=30)
    tell(session, "campaign_created", "late", late, campaign_id=new_id(), title="Late news")
    session.commit()
    assert ">13 March 2027</h3>" in staff.get(HOME).text


def test_the_live_process_draws_the_same_news(runtime, sign_in, session):
    make_draft(session)
    session.commit()
    live = create_live_app(runtime).test_client()
    cookie = sign_in().get_cookie("saypro_session")
    live.set_cookie("saypro_session", cookie.value)
    answer = live.get("/notifications/live/home?once=1")
    assert answer.status_code == 200
    assert "Waiting for you" in answer.text
    assert "Waste removed reached its target" in answer.text


@pytest.mark.parametrize("query", ["cursor=nonsense", "limit=7"])
def test_an_address_that_makes_no_sense_is_no_mistake_of_ours(staff, query):
    assert staff.get(f"{HOME}?{query}").status_code in (200, 422)


def test_the_feeds_api_pages(script, session, now):
    for number in range(3):
        tell(session, "campaign_created", f"c{number}", now, campaign_id=new_id(), title=f"Campaign {number}")
    session.commit()
    first = script.get("/notifications/api/v1/feed?limit=2").json
    assert [story["kind"] for story in first["items"]] == ["campaign_created"] * 2
    assert first["items"][0]["address"].startswith("/campaigns/")
    rest = script.get(f"/notifications/api/v1/feed?limit=2&cursor={first['next_cursor']}").json
    assert len(rest["items"]) == 1
    assert rest["next_cursor"] is None
