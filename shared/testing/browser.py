"""The system's Chromium, driven by Playwright, and what every page must be: accessible, contained and quiet.

Add `shared.testing.browser` to the root conftest's plugins. Without Chromium the tests skip and say why; with
`CONTAINERS=require` (as in CI) they fail instead.
"""

import os
import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

#: Chromium as a guest: nothing is fetched that a page did not ask for.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
#: The rules of WCAG 2.2 AA, as axe names them.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK, PHONE, NARROW = 1280, 390, 320
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module's tests, which open contexts of their own.

    Playwright keeps an event loop running in this thread meanwhile, so it ends with the module.
    """
    path = find_chromium()
    if path is None:
        if os.environ.get("CONTAINERS") == "require":
            pytest.fail("Chromium is not installed, and CONTAINERS=require lets no test be skipped")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def find_chromium() -> str | None:
    """Where the system's Chromium is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Watch:
    """Listens to a context's pages: what the console complained about and which of our addresses failed."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("response", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        # A failed document is told of by its status; Chromium repeats that here.
        if message.type in {"error", "warning"} and "the server responded with a status of" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _see(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.complaints.append(f"{response.status}: {response.url}")


def list_violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands: the rule, and the first element that breaks it."""
    options = {"preload": False, "runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    # A page that is looked at in several ways loads axe once: that takes longer than a look.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(document, options).then(result => result.violations)", options)
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]} ({len(each['nodes'])}×)" for each in found]


def overhang(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
