"""A phone without a session: which links it walks through, where they are found, and what every page must be."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from playwright.sync_api import Page, expect
from werkzeug.exceptions import HTTPException

from services.metrics import app as metrics
from services.partners import app as partners
from shared.clock import utc_now
from shared.service import Runtime
from shared.testing.browser import list_violations, overhang
from shared.web.policy import needs_of
from shared.web.sign_in import COOKIE
from tests.conventions.routes import make_apps

EMAIL = "zanele@dunes.example.org"
TODAY = utc_now().date()
TERMS = {
    "purpose": {"text": "Keep the dunes between the river and the harbour planted."},
    "dates": {"starts_on": f"{TODAY}", "ends_on": f"{TODAY + timedelta(days=200)}"},
    "responsibilities": [{"area": "Planting", "responsible": "Dune Keepers", "accountable": "SayPro"}],
    "contributions": [{"party": "us", "kind": "money", "what": "Grass", "quantity": "12000", "unit": "ZAR"}],
    "reporting": [{"what": "Grass planted", "party": "partner", "rhythm": "monthly", "form": "form", "days": 10}],
}


@dataclass(frozen=True)
class Partner:
    """An organisation whose liaison has no account, and the campaign that it reports for."""

    id: str
    contact: str
    campaign: str


def walks(*purposes: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The test opens links of these purposes on the phone, and no others."""

    def declare(test: Callable[..., None]) -> Callable[..., None]:
        test.__walks__ = frozenset(purposes)  # type: ignore[attr-defined]
        return test

    return declare


def make_purpose_reader(folder: Path) -> Callable[[str], str | None]:
    """Makes what says of an address what the link in it is for, by the table of routes; None where there is none."""
    given = {
        "database_url": f"sqlite:///{folder}/none.db",
        "files": str(folder),
        "secret_key": "not a secret, only a test's key 0123456789",
    }
    sealed = {"encryption_key": Fernet.generate_key().decode()}
    apps = [
        make_apps(Runtime.start(service, service.settings.from_environment(**given, **more)))[0]
        for service, more in ((partners.SERVICE, sealed), (metrics.SERVICE, {}))
    ]

    def read(address: str) -> str | None:
        for app in apps:
            with suppress(HTTPException):
                endpoint, _given = app.url_map.bind("localhost").match(urlsplit(address).path, method="GET")
                needs = needs_of(app.view_functions[endpoint])
                if needs and needs.purpose:
                    return needs.purpose
        return None

    return read


def read_link(staff: Page, subject: str | re.Pattern[str], email: str = EMAIL) -> str:
    """The address behind the button of the newest mail of this subject to the liaison, once it went out."""
    for _ in range(100):
        staff.goto(f"/notifications/messages?q={email}")
        mail = staff.get_by_role("link", name=subject)
        if mail.count():
            mail.first.click()
            expect(staff.frame_locator("iframe").locator("body")).not_to_be_empty()
            button = staff.frame_locator("iframe").locator("a[href*='/s/']")
            if button.count():
                return button.first.get_attribute("href") or ""
        staff.wait_for_timeout(100)
    raise AssertionError(f"no mail says {subject}")


def look(phone: Page) -> None:
    """Whatever the page shows now is whole, fits, and asks for no account."""
    assert list_violations(phone) == []
    assert overhang(phone) <= 0
    expect(phone.get_by_role("heading", level=1)).to_have_count(1)
    expect(phone.get_by_label("Your e-mail address")).to_have_count(0)
    assert COOKIE not in {each["name"] for each in phone.context.cookies()}


def open_on(phone: Page, link: str, heading: str | re.Pattern[str]) -> None:
    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_contain_text(heading)
    look(phone)


def expect_dead(phone: Page, link: str) -> None:
    """The link leads to a page that says in a friendly way what to do."""
    answer = phone.goto(link)
    assert answer is not None
    assert answer.status == 404
    expect(phone.locator("main")).to_contain_text("Ask the person who sent it for a new one")
    look(phone)


def confirm(staff: Page, path: str, button: str | re.Pattern[str]) -> None:
    staff.goto(path)
    staff.get_by_role("button", name=button).click()
