"""What partners asks to be mailed, as the one event that tells of it."""

from datetime import timedelta

import pytest

from services.partners.mails import Action, Addressee, request_mail
from shared.clock import new_id, utc_now

NALEDI = Addressee("Naledi Dlamini", "naledi@example.org")


@pytest.mark.parametrize(
    ("address", "path", "link"),
    [
        ("/partners/organisations", "/partners/organisations", None),
        ("https://saypro.example.org/partners/s/secret", None, "https://saypro.example.org/partners/s/secret"),
    ],
)
def test_a_button_leads_to_a_page_or_by_a_secret_link(session, bus, address, path, link):
    now, about = utc_now(), new_id()
    action = Action("Answer", address, now + timedelta(days=3))
    mail_id = request_mail(
        session, NALEDI, "A proposal", ["Hear us."], now, about=about, because="You are ours.", action=action
    )
    session.commit()
    (told,) = bus.published("mail_requested")
    assert (told.subject, told.data["mail_id"]) == (str(about), str(mail_id))
    assert (told.data["path"], told.data["link"]) == (path, link)
    assert told.data["paragraphs"] == ["Hear us."]


def test_a_mail_without_anything_to_do_has_no_button(session, bus):
    request_mail(session, NALEDI, "Thank you", ["All is well."], utc_now(), about=new_id(), because="You wrote.")
    session.commit()
    (told,) = bus.published("mail_requested")
    assert [told.data[name] for name in ("button", "path", "link", "expires_at")] == [None] * 4
