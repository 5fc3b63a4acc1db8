"""The main job as people see it: a partner's signed figure moves the dashboard that somebody has open."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from shared.testing.browser import DESK, PHONE, list_violations, overhang
from tests.browser.conftest import Visits, follow_link
from tests.browser.programs import PartnerSystem, Script
from tests.installation import Installation

pytestmark = pytest.mark.browser

#: Notes when a text is first seen on the page; what Playwright polls for would come too late to measure.
WATCH = """text => {
  const look = () => { if (!window.seenAt && document.body.textContent.includes(text)) window.seenAt = Date.now() }
  window.seenAt = 0
  if (window.watching) window.watching.disconnect()
  window.watching = new MutationObserver(look)
  window.watching.observe(document.body, {subtree: true, childList: true, characterData: true})
}"""


@pytest.fixture(scope="module")
def script(installation: Installation) -> Script:
    return Script(installation)


@pytest.fixture(scope="module")
def bookbridge(script: Script) -> Iterator[PartnerSystem]:
    organisation = script.find("/partners/api/v1/organisations", "Bookbridge Foundation")["id"]
    with PartnerSystem.of(script, organisation) as system:
        yield system


def test_the_printed_link_signs_in_once(visits: Visits, installation: Installation) -> None:
    found = re.search(r"http\S+/sign-in/\S+", installation.greeting)
    assert found is not None
    page = visits.open(installation)
    follow_link(page, found[0])
    expect(page.get_by_role("heading", name="Hello Naledi Mokoena")).to_be_visible()
    page = visits.open(installation)
    page.goto(found[0])
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    page.get_by_role("link", name="Get a new link").click()
    expect(page.get_by_label("Your e-mail address")).to_be_visible()


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_an_open_dashboard_shows_a_delivered_figure_within_a_second(
    sign_in: Callable[..., Page], script: Script, bookbridge: PartnerSystem, width: int
) -> None:
    campaign = script.find("/campaigns/api/v1/campaigns", "Ready to Read")["id"]
    page = sign_in("coordinator", width=width)
    if width == PHONE:
        page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Dashboard", exact=True).click()
    page.get_by_role("link", name="Ready to Read").click()
    expect(page.get_by_role("heading", name="Books delivered")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    page.evaluate("window.neverReloaded = true")
    took = []
    for value in (Decimal(7), Decimal(11), Decimal(13)):
        figure = f"{Decimal(script.read_kpi(campaign, 'books_delivered')['verified']) + value:,}\N{NO-BREAK SPACE}books"
        page.evaluate(WATCH, figure)
        delivered = bookbridge.deliver(campaign, "books_delivered", value)
        expect(page.locator(".figure-value").filter(has_text=figure)).to_be_visible()
        took.append(page.evaluate("window.seenAt") / 1000 - delivered)
    assert page.evaluate("window.neverReloaded"), "the page was loaded anew"
    assert sorted(took)[1] < 1, took
    assert list_violations(page) == []
    assert overhang(page) <= 0
