from services.notifications.known.tests.factories import hear_campaign
from services.notifications.messages import service
from services.notifications.messages.layout import Brand
from services.notifications.messages.tests.factories import LINK, make_message, make_sign_in_message
from shared.clock import new_id
from shared.identity import ADMIN, LIAISON, VIEWER
from shared.testing.people import make_identity

MESSAGES = "/notifications/messages"
BRAND = Brand("SayPro", "#0b5cad", "http://localhost")


def test_an_empty_list_says_what_will_be_here(staff):
    page = staff.get(MESSAGES).text
    assert "No message yet" in page
    assert "Mail is kept, not sent" in page


def test_the_list_filters_searches_and_says_when_nothing_matches(staff, session):
    campaign = hear_campaign(session, new_id())
    make_message(session, campaign_id=campaign.id)
    session.commit()
    page = staff.get(f"{MESSAGES}?campaign={campaign.id}").text
    assert "Target reached: Waste removed" in page
    assert f'/campaigns/{campaign.id}"' in page
    assert "Lindiwe Dube" in staff.get(f"{MESSAGES}?q=lindiwe").text
    assert "Nothing matches" in staff.get(f"{MESSAGES}?state=sent").text
    assert "Nothing matches" in staff.get(f"{MESSAGES}?q=zebra").text
    assert staff.get(f"{MESSAGES}?state=nonsense&campaign=7").status_code == 200


def test_a_message_shows_the_mail_its_log_and_what_went_wrong(staff, session, now):
    message = make_message(session)
    service.note_refused(session, message, "550 no <such> mailbox", now)
    session.commit()
    answer = staff.get(f"{MESSAGES}/{message.id}")
    assert "550 no &lt;such&gt; mailbox" in answer.text
    assert "Given up" in answer.text
    assert f"{MESSAGES}/{message.id}/mail.html" in answer.text
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_mail_stands_at_its_own_address_where_nothing_can_run(staff, session):
    message = make_message(session)
    session.commit()
    answer = staff.get(f"{MESSAGES}/{message.id}/mail.html")
    policy = answer.headers["Content-Security-Policy"]
    assert "1,003.61" in answer.text
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy


def test_a_kept_sign_in_mail_is_whole_for_an_administrator_and_masked_for_others(sign_in, session, now):
    message = make_sign_in_message(session, now=now)
    service.capture_due(session, BRAND, "UTC", now)
    session.commit()
    for address in (f"{MESSAGES}/{message.id}", f"{MESSAGES}/{message.id}/mail.html"):
        assert LINK in sign_in(ADMIN).get(address).text
        assert "s3cr3t" not in sign_in(VIEWER).get(address).text
        assert "s3cr3t" not in sign_in().get(address).text
    assert "saypro:secret-link" not in sign_in().get(f"{MESSAGES}/{message.id}/mail.html").text


def test_a_queued_sign_in_mail_is_masked_for_everyone(sign_in, session):
    message = make_sign_in_message(session)
    session.commit()
    assert "s3cr3t" not in sign_in(ADMIN).get(f"{MESSAGES}/{message.id}").text


def test_an_uncertain_message_is_explained_and_sent_again_after_asking(staff, session, now):
    message = make_message(session)
    service.note_uncertain(session, message, None, "cut off", now)
    session.commit()
    assert "It may have arrived" in staff.get(f"{MESSAGES}/{message.id}").text
    assert "may have arrived after all" in staff.get(f"{MESSAGES}/{message.id}/resend").text
    answer = staff.post(f"{MESSAGES}/{message.id}/resend", follow_redirects=True)
    assert "will be sent again" in answer.text
    assert "sent the message again" in answer.text


def test_what_is_settled_is_not_asked_about_again(staff, session):
    message = make_message(session)
    session.commit()
    for question in ("resend", "dismiss"):
        answer = staff.get(f"{MESSAGES}/{message.id}/{question}")
        assert (answer.status_code, answer.location) == (302, f"{MESSAGES}/{message.id}")


def test_a_failed_message_is_dismissed_after_asking(staff, session, now):
    message = make_message(session)
    service.note_refused(session, message, "550 no", now)
    session.commit()
    assert "Leave this message be?" in staff.get(f"{MESSAGES}/{message.id}/dismiss").text
    assert "Dismissed" in staff.post(f"{MESSAGES}/{message.id}/dismiss", follow_redirects=True).text


def test_a_liaison_reads_their_own_mail_and_no_other(sign_in, session):
    message = make_message(session)
    session.commit()
    own = sign_in(identity=make_identity(LIAISON, new_id(), person_id=message.recipient_id))
    other = sign_in(LIAISON, new_id())
    assert "The mails that went to you." in own.get(MESSAGES).text
    for address in (f"{MESSAGES}/{message.id}", f"{MESSAGES}/{message.id}/mail.html"):
        assert own.get(address).status_code == 200
        assert other.get(address).status_code == 404
    assert own.get(f"{MESSAGES}/{message.id}/resend").status_code == 404
