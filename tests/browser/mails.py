"""The mails of an installation that captures them, as an administrator reads them."""

import time

from playwright.sync_api import Page

#: Seconds that a mail may take on a busy machine.
PATIENCE = 30


def read_link(admin: Page, to: str, subject: str, label: str, count: int = 1) -> str:
    """Where the button `label` leads in the newest mail to the address `to` whose subject holds `subject`.

    Waits until `count` of them are there.
    """
    found = admin.get_by_role("link", name=subject)
    deadline = time.monotonic() + PATIENCE
    admin.goto(f"/notifications/messages?q={to}")
    while found.count() < count:
        assert time.monotonic() < deadline, f"No mail “{subject}” came for {to}"
        admin.reload()
    found.first.click()
    # The mail by itself: its frame loads only once it is looked at.
    admin.goto(admin.get_by_title("The mail as its recipient sees it").get_attribute("src") or "")
    button = admin.get_by_role("link", name=label)
    # A link that only its recipient may have shows here once the mail is kept instead of sent.
    while not button.count():
        assert time.monotonic() < deadline, f"“{subject}” to {to} has no link “{label}”"
        admin.reload()
    return button.first.get_attribute("href") or ""
