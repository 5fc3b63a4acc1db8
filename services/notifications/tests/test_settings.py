import pytest

from services.notifications.settings import MailServer, NotificationsSettings
from shared.settings import SettingsError

NEEDED = {"database_url": "sqlite:///unused.db", "secret_key": "only a test's key, never used anywhere"}


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail:1025", MailServer("smtp", "mail", 1025)),
        ("smtps://mail.example.org", MailServer("smtps", "mail.example.org", 465)),
        (
            "smtp+starttls://us%40er:p%3Aw@mail.example.org",
            MailServer("smtp+starttls", "mail.example.org", 587, "us@er", "p:w"),
        ),
        ("smtp://[::1]:25", MailServer("smtp", "::1", 25)),
    ],
)
def test_a_mail_servers_address_says_how_to_speak_to_it(url, server):
    assert NotificationsSettings(**NEEDED, smtp_url=url).find_mail_server() == server


@pytest.mark.parametrize(
    "url", ["http://example.org", "smtp://", "mail.example.org:25", "smtp://u:secret@mail:99999", "smtp://mail:x"]
)
def test_an_address_that_makes_no_sense_is_said_at_once_without_the_password(url):
    with pytest.raises(SettingsError, match="SMTP_URL") as said:
        NotificationsSettings(**NEEDED, smtp_url=url)
    assert "secret" not in str(said.value)


def test_a_sender_needs_an_address():
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        NotificationsSettings(**NEEDED, mail_from="SayPro")


def test_no_mail_server_means_that_mails_are_kept():
    assert NotificationsSettings(**NEEDED).find_mail_server() is None
