"""Reading what was reported, and replying to it."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.partners.contacts.tests.factories import make_contact
from services.partners.submissions.models import Submission
from services.partners.submissions.service.answering import mark_all_read, mark_read, reply
from shared.clock import utc_now
from shared.errors import Conflict, NotFound
from shared.identity import LIAISON
from shared.testing.people import make_identity

NALEDI = make_identity(name="Naledi")
BASE = "https://saypro.example.org"


@pytest.fixture
def submission_id(partner):
    return UUID(partner.deliver(message_id="msg_first").json["submission_id"])


def test_a_report_is_marked_as_read_once_and_by_whom_first(session, submission_id):
    now = utc_now()
    mark_read(session, NALEDI, submission_id, now)
    mark_read(session, make_identity(), submission_id, now + timedelta(days=1))
    found = session.get(Submission, submission_id)
    assert (found.read_at, found.reader_id) == (now, NALEDI.person_id)


def test_opening_a_report_does_not_mark_it_the_button_does_and_the_partner_sees_it(
    staff, sign_in, partner, submission_id
):
    address = f"/partners/submissions/{submission_id}"
    liaison = sign_in(LIAISON, partner.organisation_id)
    for _ in range(2):
        assert "Not read yet" in staff.get(address).text
    assert "Not read yet" in liaison.get(address).text
    assert staff.post(f"{address}/read").status_code == 302
    page = liaison.get(address).text
    assert "Not read yet" not in page
    assert "read it" in page
    assert "Mark as read" not in page


def test_unread_reports_are_filtered_and_marked_all_at_once(staff, script, partner, submission_id, session):
    second = partner.deliver(message_id="msg_second").json["submission_id"]
    mark_read(session, NALEDI, submission_id, utc_now())
    session.commit()
    log = f"/partners/organisations/{partner.organisation_id}/submissions"
    unread = staff.get(f"{log}?read=false").text
    assert second in unread
    assert str(submission_id) not in unread
    assert "One submission is marked as read by you" in staff.get(f"{log}/read").text
    after = staff.post(f"{log}/read", follow_redirects=True).text
    assert "One submission is marked as read." in after
    api = f"/partners/api/v1/organisations/{partner.organisation_id}/submissions"
    assert [each["id"] for each in script.get(f"{api}?read=true").json["items"]] == [second, str(submission_id)]
    assert script.post(f"{api}/read").json == {"marked": 0}
    assert "read all that it reported" in staff.get(f"/partners/organisations/{partner.organisation_id}").text


def test_marking_all_leaves_other_organisations_reports_alone(session, submission_id, partner):
    with pytest.raises(NotFound):
        mark_all_read(session, NALEDI, UUID(int=1), utc_now())
    assert session.get(Submission, submission_id).read_at is None
    assert mark_all_read(session, NALEDI, partner.organisation_id, utc_now()) == 1


def test_a_reply_is_shown_before_it_goes_and_says_who_gets_it(staff, session, partner, submission_id, bus):
    make_contact(session, partner.organisation_id, name="Lerato Nkosi", email="lerato@example.org", is_liaison=True)
    session.commit()
    address = f"/partners/submissions/{submission_id}/reply"
    assert staff.post(address, data={"text": " "}).status_code == 422
    shown = staff.post(address, data={"text": "Thank you, **well** measured."})
    assert "<strong>well</strong>" in shown.text
    assert "Lerato Nkosi (lerato@example.org)" in shown.text
    assert bus.published("mail_requested") == []
    sent = staff.post(
        address, data={"text": "Thank you, **well** measured.", "confirmed": "mail"}, follow_redirects=True
    )
    assert "The reply is on its way" in sent.text
    assert "<strong>well</strong>" in sent.text
    [mail] = bus.published("mail_requested")
    assert mail.data["email"] == "lerato@example.org"
    assert mail.data["body"] == "Thank you, **well** measured."
    assert mail.data["link"].startswith("http")
    session.expire_all()
    assert session.get(Submission, submission_id).read_at is not None


def test_without_a_liaison_a_reply_is_kept_but_not_mailed(session, submission_id, bus, script):
    with pytest.raises(Conflict, match="no liaison"):
        reply(session, NALEDI, submission_id, utc_now(), BASE, text="Thank you.", mail=True)
    assert session.get(Submission, submission_id).read_at is None
    session.commit()
    api = f"/partners/api/v1/submissions/{submission_id}/replies"
    assert script.post(api, json={"text": "Thank you.", "mail": True}).status_code == 409
    assert script.post(api, json={"text": "Thank you."}).status_code == 201
    assert script.post(api, json={"text": "I meant: thank you *all*."}).status_code == 201
    assert [each["text"] for each in script.get(api).json] == ["Thank you.", "I meant: thank you *all*."]
    assert bus.published("mail_requested") == []


def test_a_reply_cannot_smuggle_markup_into_the_partners_page(sign_in, session, partner, submission_id):
    reply(
        session,
        NALEDI,
        submission_id,
        utc_now(),
        BASE,
        text="<script>alert(1)</script> [x](javascript:alert(1))",
        mail=False,
    )
    session.commit()
    page = sign_in(LIAISON, partner.organisation_id).get(f"/partners/submissions/{submission_id}").text
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


@pytest.mark.parametrize("role", ["viewer", "liaison"])
def test_only_those_who_edit_answer(sign_in, partner, submission_id, role):
    client = sign_in(role, partner.organisation_id if role == "liaison" else None)
    assert "Mark as read" not in client.get(f"/partners/submissions/{submission_id}").text
    for address in (
        f"/partners/submissions/{submission_id}/read",
        f"/partners/submissions/{submission_id}/reply",
        f"/partners/organisations/{partner.organisation_id}/submissions/read",
    ):
        assert client.post(address, data={"text": "Thank you."}).status_code in (403, 404)
