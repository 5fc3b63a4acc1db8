"""`make picture`: the README's picture of a dashboard, taken anew from the demo."""

import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from shared.testing.browser import ARGUMENTS, DESK, find_chromium
from tests.installation import ROOT, start_installation

PICTURE = ROOT / "docs" / "dashboard.png"


def take_picture(path: Path = PICTURE) -> None:
    """Photograph Clean Coast's figures as a coordinator sees them on a desk."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_installation(Path(folder)) as running,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        page = browser.new_page(
            base_url=running.address, viewport={"width": DESK, "height": 1150}, reduced_motion="reduce"
        )
        page.goto(running.run("link", "--email", "themba@example.org"))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Dashboard", exact=True).click()
        page.get_by_role("link", name="Clean Coast").click()
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        page.screenshot(path=path)
        browser.close()


if __name__ == "__main__":
    take_picture()
