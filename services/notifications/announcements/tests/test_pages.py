import re

from services.notifications.announcements.models import Announcement
from services.notifications.announcements.tests.factories import make_draft
from services.notifications.known.tests.factories import hear_liaison
from services.notifications.messages.queries import find_messages
from shared.clock import new_id
from shared.identity import LIAISON, VIEWER
from shared.testing.people import make_identity

ANNOUNCEMENTS = "/notifications/announcements"
FORM = {"title": "We did it", "body": "Thank you, **all**.", "version": 1}


def hidden_fields(page):
    return dict(re.findall(r'<input type="hidden" name="(version|recipients)" value="([^"]*)">', page))


def count_sent(database, announcement_id):
    with database.transaction(write=False) as session:
        return len(find_messages(session, make_identity(), announcement=announcement_id, limit=100).items)


def test_an_empty_list_says_what_will_be_here(staff):
    assert "No announcement yet" in staff.get(ANNOUNCEMENTS).text


def test_a_draft_shows_the_mail_and_who_would_get_it(staff, session):
    draft = make_draft(session)
    session.commit()
    page = staff.get(f"{ANNOUNCEMENTS}/{draft.id}").text
    assert "Nobody has got it yet" in page
    assert "Owner of the campaign" in page
    assert "Liaison of Harbour Trust" in page
    mail = staff.get(f"{ANNOUNCEMENTS}/{draft.id}/mail.html")
    assert "1,003.61" in mail.text
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    assert draft.title in staff.get(f"{ANNOUNCEMENTS}?q=waste&state=draft").text


def test_the_preview_saves_nothing_and_keeps_what_was_typed(staff, session):
    draft = make_draft(session)
    session.commit()
    typed = {**FORM, "body": "Thank **you** <script>", "preview": "1"}
    page = staff.post(f"{ANNOUNCEMENTS}/{draft.id}/edit", data=typed).text
    assert "Thank <strong>you</strong> &lt;script&gt;" in page
    assert "Thank **you** &lt;script&gt;</textarea>" in page
    session.refresh(draft)
    assert draft.version == 1


def test_a_form_with_mistakes_keeps_what_was_typed(staff, session):
    draft = make_draft(session)
    session.commit()
    answer = staff.post(f"{ANNOUNCEMENTS}/{draft.id}/edit", data={**FORM, "body": ""})
    assert answer.status_code == 422
    assert 'value="We did it"' in answer.text
    assert 'href="#field-body"' in answer.text


def test_a_stale_edit_says_who_was_faster_and_can_be_saved_knowingly(staff, session):
    draft = make_draft(session)
    session.commit()
    address = f"{ANNOUNCEMENTS}/{draft.id}/edit"
    assert staff.post(address, data=FORM).status_code == 302
    answer = staff.post(address, data={**FORM, "title": "Mine"})
    assert answer.status_code == 412
    assert "Someone was faster" in answer.text
    assert 'value="Mine"' in answer.text
    assert hidden_fields(answer.text)["version"] == "2"
    assert staff.post(address, data={**FORM, "title": "Mine", "version": 2}).status_code == 302


def test_a_preview_keeps_the_version_that_was_seen_first(staff, session):
    draft = make_draft(session)
    session.commit()
    address = f"{ANNOUNCEMENTS}/{draft.id}/edit"
    staff.post(address, data={**FORM, "title": "Faster"})
    page = staff.post(address, data={**FORM, "preview": "1"}).text
    assert hidden_fields(page)["version"] == "1"


def test_sending_shows_who_gets_what_and_a_double_click_sends_once(staff, session, database):
    draft = make_draft(session)
    session.commit()
    address = f"{ANNOUNCEMENTS}/{draft.id}/send"
    page = staff.get(address).text
    assert "Send to 2 people" in page
    assert "thandi@example.org" in page
    assert count_sent(database, draft.id) == 0
    for _ in range(2):
        answer = staff.post(address, data=hidden_fields(page), follow_redirects=True)
        assert "on its way to 2 people" in answer.text
    assert count_sent(database, draft.id) == 2
    assert staff.get(address).status_code == 302


def test_sending_shows_the_list_again_when_it_changed_meanwhile(staff, session, database):
    draft = make_draft(session)
    session.commit()
    address = f"{ANNOUNCEMENTS}/{draft.id}/send"
    shown = hidden_fields(staff.get(address).text)
    partner = session.get_one(Announcement, draft.id).campaign_id
    from services.notifications.known.queries import list_liaisons

    hear_liaison(session, list_liaisons(session, partner)[0].organisation_id, "New Liaison")
    session.commit()
    answer = staff.post(address, data=shown)
    assert answer.status_code == 412
    assert "Send to 3 people" in answer.text
    assert count_sent(database, draft.id) == 0


def test_discarding_asks_first(staff, session, database):
    draft = make_draft(session)
    session.commit()
    address = f"{ANNOUNCEMENTS}/{draft.id}/discard"
    assert "Discard this draft?" in staff.get(address).text
    assert "Discarded" in staff.post(address, follow_redirects=True).text
    assert count_sent(database, draft.id) == 0


def test_a_viewer_reads_and_a_liaison_finds_nothing(sign_in, session):
    draft = make_draft(session)
    session.commit()
    viewer, liaison = sign_in(VIEWER), sign_in(LIAISON, new_id())
    page = viewer.get(f"{ANNOUNCEMENTS}/{draft.id}").text
    assert f"{ANNOUNCEMENTS}/{draft.id}/send" not in page
    assert viewer.post(f"{ANNOUNCEMENTS}/{draft.id}/send").status_code == 403
    for address in (ANNOUNCEMENTS, f"{ANNOUNCEMENTS}/{draft.id}", f"{ANNOUNCEMENTS}/{draft.id}/mail.html"):
        assert liaison.get(address).status_code == 404
