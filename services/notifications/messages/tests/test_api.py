import pytest

from services.notifications.messages import service
from services.notifications.messages.layout import Brand
from services.notifications.messages.tests.factories import (
    make_message,
    make_recipient,
    make_sign_in_message,
)
from shared.clock import new_id
from shared.identity import ADMIN, LIAISON, VIEWER
from shared.testing.people import make_identity

MESSAGES = "/notifications/api/v1/messages"


def test_no_message_of_a_campaign_is_an_empty_list(script):
    answer = script.get(f"{MESSAGES}?campaign={new_id()}")
    assert (answer.status_code, answer.json) == (200, [])


def test_a_campaigns_messages_come_newest_first_without_the_others(script, session):
    campaign = new_id()
    mine = [make_message(session, campaign_id=campaign) for _ in range(3)]
    make_message(session)
    session.commit()
    answer = script.get(f"{MESSAGES}?campaign={campaign}")
    assert [each["id"] for each in answer.json] == [str(each.id) for each in reversed(mine)]
    newest = answer.json[0]
    assert newest["recipient"] == {"name": "Lindiwe Dube", "email": "lindiwe@example.org"}
    assert newest["subject"] == "Target reached: Waste removed in A swimmable harbour"
    assert newest["state"] == "queued"
    assert newest["campaign_id"] == str(campaign)


def test_the_link_header_leads_through_all_of_them(script, session):
    made = {str(make_message(session).id) for _ in range(5)}
    session.commit()
    address, seen = f"{MESSAGES}?limit=2&q=TARGET", []
    while address:
        answer = script.get(address)
        seen += [each["id"] for each in answer.json]
        link = answer.headers.get("Link")
        address = link.partition(">")[0].removeprefix("<") if link else None
    assert len(seen) == 5
    assert set(seen) == made


def test_messages_are_found_by_state_and_words(script, session):
    make_message(session, make_recipient("Zola Zulu"))
    session.commit()
    assert len(script.get(f"{MESSAGES}?q=zULu").json) == 1
    assert script.get(f"{MESSAGES}?q=100%25").json == []
    assert script.get(f"{MESSAGES}?state=sent").json == []


@pytest.mark.parametrize("query", ["state=nonsense", "campaign=7", "limit=0", "limit=10000", "cursor=x"])
def test_a_query_that_makes_no_sense_is_said_to(script, query):
    answer = script.get(f"{MESSAGES}?{query}")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


def test_a_message_tells_what_it_says_but_no_secret(sign_in, session, now):
    message = make_sign_in_message(session, now=now)
    service.capture_due(session, Brand("SayPro", "#0b5cad", "http://localhost"), "UTC", now)
    session.commit()
    answer = sign_in(ADMIN, by="token").get(f"{MESSAGES}/{message.id}")
    assert "Your sign-in link" in answer.json["subject"]
    assert "(a link that only the recipient gets)" in answer.json["text"]
    assert "s3cr3t" not in answer.text


def test_a_liaison_sees_their_own_and_404_for_others(sign_in, session):
    message = make_message(session)
    session.commit()
    own = sign_in(identity=make_identity(LIAISON, new_id(), person_id=message.recipient_id), by="token")
    other = sign_in(LIAISON, new_id(), by="token")
    assert own.get(f"{MESSAGES}/{message.id}").status_code == 200
    assert len(own.get(MESSAGES).json) == 1
    assert other.get(f"{MESSAGES}/{message.id}").status_code == 404
    assert other.get(MESSAGES).json == []
    assert own.post(f"{MESSAGES}/{message.id}/resend").status_code == 404


def test_resending_and_dismissing_need_an_editor_and_a_troubled_message(script, sign_in, session, now):
    message = make_message(session)
    session.commit()
    assert script.post(f"{MESSAGES}/{message.id}/resend").json["state"] == "queued"
    assert script.post(f"{MESSAGES}/{message.id}/dismiss").status_code == 409
    assert sign_in(VIEWER, by="token").post(f"{MESSAGES}/{message.id}/dismiss").status_code == 403
    service.note_refused(session, message, "550 no", now)
    session.commit()
    assert script.post(f"{MESSAGES}/{message.id}/dismiss").json["state"] == "dismissed"
    assert script.post(f"{MESSAGES}/{new_id()}/resend").status_code == 404


def test_a_stranger_is_asked_to_sign_in(anyone):
    assert anyone.get(MESSAGES).status_code == 401
