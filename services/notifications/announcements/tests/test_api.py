import pytest

from services.notifications.announcements.tests.factories import make_draft
from shared.clock import new_id
from shared.identity import LIAISON, VIEWER

ANNOUNCEMENTS = "/notifications/api/v1/announcements"


def test_a_draft_is_read_changed_and_sent(script, session):
    draft = make_draft(session)
    session.commit()
    address = f"{ANNOUNCEMENTS}/{draft.id}"
    read = script.get(address)
    assert [each["is_owner"] for each in read.json["addressees"]] == [True, False]
    details = {"title": "We did it", "body": "Thank you, **all**."}
    changed = script.put(address, json=details, headers={"If-Match": read.headers["ETag"]})
    assert (changed.status_code, changed.json["title"]) == (200, "We did it")
    sent = script.post(f"{address}/send", headers={"If-Match": changed.headers["ETag"]})
    assert (sent.status_code, sent.json["state"]) == (200, "sent")
    messages = script.get(f"/notifications/api/v1/messages?announcement={draft.id}").json
    assert [each["subject"] for each in messages] == ["We did it"] * 2


def test_a_change_needs_the_version_that_was_seen(script, session):
    draft = make_draft(session)
    session.commit()
    address, details = f"{ANNOUNCEMENTS}/{draft.id}", {"title": "A", "body": "B"}
    assert script.put(address, json=details).status_code == 428
    assert script.post(f"{address}/send").status_code == 428
    assert script.put(address, json=details, headers={"If-Match": '"7"'}).status_code == 412


@pytest.mark.parametrize(
    "details", [{}, {"title": "", "body": "x"}, {"title": "x" * 201, "body": "x"}, {"title": "x", "body": 7}]
)
def test_what_cannot_be_taken_is_named(script, session, details):
    draft = make_draft(session)
    session.commit()
    answer = script.put(f"{ANNOUNCEMENTS}/{draft.id}", json=details, headers={"If-Match": '"1"'})
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_the_list_filters(script, session):
    draft = make_draft(session)
    session.commit()
    assert len(script.get(f"{ANNOUNCEMENTS}?state=draft&q=WASTE&campaign={draft.campaign_id}").json["items"]) == 1
    assert script.get(f"{ANNOUNCEMENTS}?state=sent").json == {"items": [], "next_cursor": None}


def test_outsiders_find_nothing_and_viewers_change_nothing(sign_in, session):
    draft = make_draft(session)
    session.commit()
    liaison, viewer = sign_in(LIAISON, new_id(), by="token"), sign_in(VIEWER, by="token")
    assert liaison.get(ANNOUNCEMENTS).status_code == 404
    assert liaison.get(f"{ANNOUNCEMENTS}/{draft.id}").status_code == 404
    assert viewer.get(f"{ANNOUNCEMENTS}/{draft.id}").status_code == 200
    assert viewer.post(f"{ANNOUNCEMENTS}/{draft.id}/discard").status_code == 403
