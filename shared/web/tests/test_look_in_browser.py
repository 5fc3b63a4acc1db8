"""The look in a real browser: on a phone and a desk, in light and dark, by keyboard, and when the line drops."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import Flask, Response, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect
from marshmallow import Schema, fields, validate
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from shared.identity import Identity
from shared.testing.browser import list_violations, overhang
from shared.web.forms import BoundForm, parse_form
from shared.web.look import add_look
from shared.web.navigation import read_navigation
from shared.web.security import CONTENT_SECURITY_POLICY

ROOT = Path(__file__).parents[3]
NOW = datetime(2027, 3, 12, 12, 5, tzinfo=UTC)
pytestmark = pytest.mark.browser

FRAGMENT = (
    '<p>Version {}</p><details id="more"><summary>More</summary>Text</details><button>One</button><button>Two</button>'
)


class CampaignSchema(Schema):
    title = fields.String(required=True, metadata={"label": "Title", "help": "As the public will read it."})
    cause = fields.String(
        required=True,
        validate=validate.OneOf(["health", "education"]),
        metadata={"label": "Cause", "widget": "radio"},
    )
    public = fields.Boolean(metadata={"label": "Show it to everyone"})


class Gallery:
    """A small site of every part, served on a free port; a test says what its live section holds."""

    def __init__(self) -> None:
        self.version = 1
        self.broken = False
        self.changed = threading.Condition()
        self.ended = 0
        app = Flask(__name__, template_folder="pages")
        app.config.update(SECRET_KEY="only for this test, and never elsewhere")
        Babel(app, default_timezone="Africa/Johannesburg")
        CSRFProtect(app)
        navigation = read_navigation(ROOT / "deploy" / "navigation.toml")
        add_look(app, service="gallery", navigation=navigation, brand_colour="#0b5cad")
        who = Identity(
            UUID(int=7), "Thandiwe Mokoena", "thandiwe@example.org", "coordinator", None, UUID(int=8), NOW, NOW
        )
        app.context_processor(
            lambda: {
                "identity": who,
                "brand": {"name": "SayPro"},
                "areas": navigation.areas_for(who, request.path),
                "now": NOW,
                "entry": SimpleNamespace(
                    at=NOW, person_name="Green Hands", action="reported 4.31 kg", detail={"reference": "GHT-31"}
                ),
            }
        )
        app.after_request(self.protect)
        app.add_url_rule("/campaigns/1", "gallery", lambda: render_template("gallery.html"))
        app.add_url_rule("/live", "live", lambda: render_template("live.html", stream="/stream"))
        app.add_url_rule("/form", "form", self.form, methods=["GET", "POST"])
        app.add_url_rule("/end", "end", self.end, methods=["POST"])
        app.add_url_rule("/stream", "stream", self.stream)
        app.add_url_rule("/fragment", "fragment", self.fragment)
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.address = f"http://127.0.0.1:{self.server.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    def form(self) -> Response | str | tuple[str, int]:
        if request.method == "GET":
            return render_template("form.html", form=BoundForm(CampaignSchema()))
        data, form = parse_form(CampaignSchema(), request.form)
        return render_template("done.html") if data else (render_template("form.html", form=form), 422)

    def end(self) -> str:
        self.ended += 1
        return render_template("done.html")

    def stream(self) -> Response:
        if self.broken:
            return Response("down", 503)

        def follow() -> Iterator[str]:
            sent = 0
            while not self.broken:
                if sent != self.version:
                    sent = self.version
                    yield f"retry: 100\nevent: html\ndata: {FRAGMENT.format(sent)}\n\n"
                with self.changed:
                    self.changed.wait(0.2)
                yield ": here\n\n"

        return Response(follow(), mimetype="text/event-stream")

    def fragment(self) -> str:
        return FRAGMENT.format(self.version)

    def change(self, *, broken: bool = False) -> None:
        with self.changed:
            self.version += 1
            self.broken = broken
            self.changed.notify_all()


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    site = Gallery()
    yield site
    site.broken = True
    site.server.shutdown()


@pytest.fixture
def page(chromium: Browser, gallery: Gallery) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, base_url=gallery.address)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("path", ["/campaigns/1", "/form", "/form?wrong"])
def test_pages_are_accessible_and_never_scroll_sideways(
    chromium: Browser, gallery: Gallery, scheme: str, width: int, path: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=gallery.address)
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security" in said.text else None)
    page.goto(path)
    if "wrong" in path:
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("alert")).to_be_visible()
    assert overhang(page) <= 0
    assert refused == []
    assert list_violations(page) == []
    context.close()


def test_the_bar_folds_on_a_phone_and_opens_by_keyboard(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/campaigns/1")
    expect(page.get_by_role("link", name="Dashboard")).to_be_hidden()
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Dashboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Dashboard")).to_be_hidden()


def test_the_error_summary_has_the_focus_and_leads_to_the_control(page: Page) -> None:
    page.goto("/form")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="Cause: Choose one.").click()
    expect(page.get_by_label("Health")).to_be_focused()


def wait_for_draft(page: Page, text: str, *, kept: bool = True) -> None:
    """Until what was typed is kept or, without `kept`, is no more; Playwright's own waiting would need eval, which the
    pages forbid.
    """
    deadline = time.monotonic() + 10
    while (text in page.evaluate("JSON.stringify(localStorage)")) != kept:
        assert time.monotonic() < deadline, f"{text} was {'not ' if kept else ''}kept"
        page.wait_for_timeout(20)


def test_a_draft_comes_back_until_it_was_taken_or_dropped(page: Page) -> None:
    page.goto("/form")
    page.get_by_label("Title").fill("Clean rivers")
    page.get_by_label("Health").check()
    wait_for_draft(page, "health")
    page.goto("/form")
    expect(page.get_by_label("Title")).to_have_value("Clean rivers")
    expect(page.get_by_label("Health")).to_be_checked()
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_label("Title")).to_have_value("")

    page.get_by_label("Title").fill("Clean beaches")
    page.get_by_label("Education").check()
    wait_for_draft(page, "education")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    # The heading is there before the page's script has run, which drops the draft.
    wait_for_draft(page, "beaches", kept=False)
    page.goto("/form")
    expect(page.get_by_label("Title")).to_have_value("")


def test_what_was_typed_last_is_kept_by_who_leaves_at_once(page: Page) -> None:
    page.goto("/form")
    page.get_by_label("Title").fill("Clean rivers")
    page.goto("/campaigns/1")
    page.goto("/form")
    expect(page.get_by_label("Title")).to_have_value("Clean rivers")


def test_a_draft_outlives_a_refused_form(page: Page) -> None:
    page.goto("/form")
    page.get_by_label("Title").fill("Clean rivers")
    wait_for_draft(page, "Clean")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto("/form")
    expect(page.get_by_label("Title")).to_have_value("Clean rivers")


def test_confirming_says_what_will_happen_first(page: Page, gallery: Gallery) -> None:
    page.goto("/campaigns/1")
    page.get_by_role("link", name="End the campaign").click()
    dialog = page.get_by_role("dialog", name="End this campaign?")
    expect(dialog).to_contain_text("Four partners get a mail.")
    dialog.get_by_role("button", name="Go back").click()
    expect(dialog).to_be_hidden()
    assert gallery.ended == 0
    page.get_by_role("link", name="End the campaign").click()
    dialog.get_by_role("button", name="End the campaign").dblclick()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    assert gallery.ended == 1


def test_a_secret_is_copied(page: Page, gallery: Gallery) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=gallery.address)
    page.goto("/campaigns/1")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "whsec_C2FVsBQIhrscChlQIMV"


def test_a_mark_of_a_chart_is_named_under_the_pointer(page: Page) -> None:
    page.goto("/campaigns/1")
    page.locator("rect[aria-label]").hover()
    expect(page.locator(".chart-label")).to_have_text("January: 100 kg")
    page.get_by_role("heading", name="Gallery").hover()
    expect(page.locator(".chart-label")).to_be_hidden()


def test_a_live_section_changes_under_the_reader_without_moving_them(page: Page, gallery: Gallery) -> None:
    page.goto("/live")
    expect(page.get_by_text("Version 1")).to_be_visible()
    expect(page.get_by_text("Live", exact=True).last).to_be_visible()
    page.get_by_text("More").click()
    page.get_by_role("button", name="Two").focus()
    gallery.change()
    expect(page.get_by_text("Version 2")).to_be_visible()
    expect(page.get_by_role("button", name="Two")).to_be_focused()
    expect(page.locator("#more")).to_have_attribute("open", "")


def test_a_lost_stream_becomes_polling_and_says_so(page: Page, gallery: Gallery) -> None:
    page.goto("/live")
    expect(page.get_by_text("Version 1")).to_be_visible()
    gallery.change(broken=True)
    expect(page.get_by_text("Updating every 5 seconds")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Version 2")).to_be_visible()
    gallery.change(broken=True)
    expect(page.get_by_text("Version 3")).to_be_visible(timeout=15_000)
    page.context.set_offline(True)
    expect(page.get_by_text("Offline: these are the last figures received")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Version 3")).to_be_visible()
