import re
from datetime import UTC, datetime

import pytest

from services.notifications.messages.layout import Brand, draw_letter, fill_secret, hide_secret
from services.notifications.messages.letters import SECRET_LINK, write_letter
from services.notifications.messages.reader import Reader
from services.notifications.messages.tests.factories import LINK, PARTNER_MAIL, REACHED

BRAND = Brand("Blue & Co", "#0b5cad", "https://saypro.example.org")
SIGN_IN = {"name": "Lindiwe", "expires_at": "2027-03-12T12:30:00+00:00"}


def draw(template, data, reader):
    return draw_letter(write_letter(template, data, reader), reader, BRAND)


@pytest.mark.parametrize(
    ("locale", "zone", "until"),
    [
        ("en_ZA", "Africa/Johannesburg", "12 March 2027, 14:30 (South Africa Standard Time)"),
        ("en_GB", "Europe/London", "12 March 2027, 12:30 (Greenwich Mean Time)"),
        ("tlh", "Mars/Olympus", "12 March 2027, 12:30 (Coordinated Universal Time)"),
    ],
)
def test_times_are_the_readers_own(locale, zone, until):
    assert until in " ".join(draw("sign_in_link", SIGN_IN, Reader(locale, zone)).text.split())


def test_a_sign_in_mail_has_one_button_the_bare_address_and_when_it_expires():
    whole = fill_secret(draw("sign_in_link", SIGN_IN, Reader("en", "UTC")), LINK + "?a=1&b=2")
    assert whole.html.count(f'href="{LINK}?a=1&amp;b=2"') == 2
    assert f"Sign in:\n{LINK}?a=1&b=2\n" in whole.text
    assert "12 March 2027" in whole.text


def test_a_hidden_link_is_nowhere_and_leads_nowhere():
    hidden = hide_secret(draw("sign_in_link", SIGN_IN, Reader()), "(hidden)")
    assert SECRET_LINK not in hidden.html + hidden.text
    assert "(hidden)" in hidden.text
    assert "(hidden)" in hidden.html


def test_figures_are_exact_to_the_last_digit():
    data = {**REACHED, "value": "123456789012345678.123456789012", "target": "1E+3"}
    letter = write_letter("target_reached", data, Reader("en_US", "UTC"))
    assert letter.preview == (
        "123,456,789,012,345,678.123456789012\N{NO-BREAK SPACE}t, and the target was 1,000\N{NO-BREAK SPACE}t."
    )


def test_money_is_written_as_money():
    letter = write_letter("target_reached", {**REACHED, "unit": "ZAR", "value": "1003.60"}, Reader("en_US", "UTC"))
    assert "ZAR\N{NO-BREAK SPACE}1,003.60" in letter.preview


def test_names_that_look_like_markup_are_only_names():
    data = {**REACHED, "campaign": "<b>Bold & Co</b>", "recipient": "</mj-text><script>"}
    drawn = draw("target_reached", data, Reader())
    assert "<b>Bold" not in drawn.html
    assert "<script>" not in drawn.html
    assert "&lt;b&gt;Bold &amp; Co&lt;/b&gt;" in drawn.html
    assert "<b>Bold & Co</b>" in drawn.text


def test_an_announcement_carries_what_was_written_and_the_brand():
    data = {"title": "We did it", "body": "Line  \nbreak\n\n***\n\n* item", "campaign": "Harbour", "campaign_id": "1"}
    drawn = draw("announcement", data, Reader())
    assert drawn.subject == "We did it"
    assert "<li>item</li>" in drawn.html
    assert "Blue &amp; Co" in drawn.html
    assert "#0b5cad" in drawn.html
    assert "Sent by Blue & Co" in drawn.text


def test_a_mail_that_partners_asked_for_says_what_it_was_given():
    whole = fill_secret(draw("partner_mail", PARTNER_MAIL, Reader()), LINK)
    assert whole.subject == "A proposal for Harbour Trust"
    assert "Hello Lindiwe Dube,\n\nWe would like" in whole.text
    assert f"Read and answer:\n{LINK}\n" in whole.text
    assert "&lt;30 June&gt;" in whole.html
    assert whole.text.index(LINK) < whole.text.index("You are the liaison")


def test_a_button_may_lead_to_a_page_of_ours_or_be_left_out():
    to_page = draw("partner_mail", {**PARTNER_MAIL, "path": "/partners/organisations"}, Reader())
    assert "https://saypro.example.org/partners/organisations" in to_page.text
    assert SECRET_LINK not in to_page.text
    assert "Read and answer" not in draw("partner_mail", {**PARTNER_MAIL, "button": None}, Reader()).text


def test_the_day_is_that_of_the_readers_zone():
    late = datetime(2027, 3, 12, 23, 30, tzinfo=UTC)
    assert Reader("en", "Africa/Johannesburg").day(late) == "13 March 2027"


def test_names_are_listed_as_one_would_say_them():
    assert [Reader().list(list("ABC")[:number]) for number in range(4)] == ["", "A", "A and B", "A, B and C"]


@pytest.mark.parametrize(("template", "data"), [("sign_in_link", SIGN_IN), ("target_reached", REACHED)])
def test_a_mail_fetches_nothing_when_it_is_opened(template, data):
    html = draw(template, data, Reader()).html
    assert "googleapis" not in html
    assert not re.search(r"<link|<img|@import|url\(|\bsrc=", html)
