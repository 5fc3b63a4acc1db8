"""Every page that a person can reach by following links is whole: for each role, on a desk and on a phone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from shared.testing.browser import DESK, NARROW, PHONE, Scheme, list_violations, overhang
from tests.browser.conftest import Visits
from tests.browser.crawl import walk
from tests.installation import Installation

pytestmark = pytest.mark.browser

#: The width of a sheet of A4 between its margins, in pixels.
PAPER = 718
#: What each role finds at the least; a page that no link leads to is no page.
REACHED = {
    "admin": ["/partners/people", "/partners/operations/parked", "/metrics/operations/parked"],
    "coordinator": ["/campaigns/new", "/partners/organisations/new", "/metrics/campaigns/{id}"],
    "viewer": ["/campaigns/{id}", "/partners/organisations/{id}", "/metrics/campaigns/{id}"],
    "liaison": ["/partners/organisations/{id}/webhook-keys", "/metrics/campaigns/{id}"],
}


@pytest.mark.parametrize("role", REACHED)
def test_every_page_a_person_can_reach_is_whole(
    sign_in: Callable[..., Page], installation: Installation, role: str
) -> None:
    page = sign_in(role)
    found, kinds = [], set()
    for visit in walk(page, installation.address + "/notifications/", of_a_kind=2 if role == "admin" else 1):
        look = LOOKS.get(role, look_once)
        if visit.kind not in kinds:
            found += [f"{visit.address} {trouble}" for trouble in look(page)]
        if visit.status != 200:
            found.append(f"{visit.address} answered {visit.status}")
        kinds.add(visit.kind)
    assert found == []
    assert kinds.issuperset(REACHED[role])


def test_pages_of_a_fresh_installation_are_whole(visits: Visits, fresh_installation: Installation) -> None:
    page = visits.sign_in(fresh_installation, "admin")
    found = []
    for path in ("/notifications/", "/campaigns/", "/partners/organisations", "/metrics/", "/notifications/messages"):
        page.goto(path)
        found += [f"{path} {trouble}" for trouble in look_everywhere(page)]
    assert found == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/partners/sign-in", 200),
        ("/partners/sign-in/not-a-link", 404),
        ("/campaigns/nothing-here", 404),
        ("/partners/sign-out", 200),
    ],
)
def test_pages_for_people_who_are_not_signed_in_are_whole(
    visits: Visits, installation: Installation, path: str, status: int
) -> None:
    page = visits.open(installation)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status
    assert look_everywhere(page) == []


def test_a_public_page_is_whole_for_anybody_and_in_a_frame_on_another_site(
    sign_in: Callable[..., Page], visits: Visits, installation: Installation
) -> None:
    page = sign_in("coordinator")
    page.goto("/metrics/")
    page.get_by_role("link", name="Ready to Read").click()
    page.get_by_role("link", name="Share…").click()
    page.get_by_role("link", name="Make a public page").first.click()
    page.get_by_label("Say how much each partner contributed").check()
    page.get_by_label("Any site").check()
    page.get_by_role("button", name="Make it public").click()
    address = page.get_by_label("Address of the page").input_value()
    frame = page.get_by_label("To show it on another site").input_value()
    anyone = visits.open(installation)
    for rest in ("", "/embed"):
        anyone.goto(address + rest)
        expect(anyone.get_by_text("Only verified figures are shown")).to_be_visible()
        assert look_everywhere(anyone) == []
    with serve_elsewhere(f"<title>Elsewhere</title>{frame}") as elsewhere:
        anyone.goto(elsewhere)
        expect(anyone.frame_locator("iframe").get_by_role("heading", name="Books delivered")).to_be_visible()


def test_a_wall_turns_to_what_does_not_fit_and_is_whole(sign_in: Callable[..., Page]) -> None:
    page = sign_in("viewer")
    page.goto("/metrics/")
    page.get_by_role("link", name="Warm Winter Meals").click()
    page.get_by_role("link", name="Wall screen").click()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Meals served")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Meals served")).to_be_hidden()
    expect(page.get_by_text("2 / 2")).to_be_visible()
    assert look_everywhere(page) == []


def test_a_dashboard_prints_with_its_numbers_and_without_what_cannot_be_pressed(sign_in: Callable[..., Page]) -> None:
    page = sign_in("viewer", width=PAPER, scheme="dark")
    page.goto("/metrics/")
    page.get_by_role("link", name="Clean Coast").click()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_role("table", name="Waste removed by month")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.get_by_role("table", name="Waste removed by month")).to_be_visible()
    for gone in (page.get_by_role("navigation"), page.get_by_role("button"), page.get_by_text("The numbers")):
        assert not any(each.is_visible() for each in gone.all())
    assert overhang(page) <= 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@contextmanager
def serve_elsewhere(html: str) -> Iterator[str]:
    """The address of another site whose one page this is."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_arguments: object) -> None:
            """Not into the test's output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def look_once(page: Page) -> list[str]:
    """What is wrong with the page whatever it is looked at with."""
    troubles = []
    if page.locator("h1").count() != 1:
        troubles.append(f"has {page.locator('h1').count()} main headings")
    if page.title().startswith(("·", " ")):
        troubles.append("has no title")
    return troubles


def look_on_a_phone(page: Page) -> list[str]:
    return look_everywhere(page, ((PHONE, "dark"),))


def look_everywhere(page: Page, ways: Sequence[tuple[int, Scheme]] = ((DESK, "light"), (PHONE, "dark"))) -> list[str]:
    """What is wrong with the page, looked at in these `ways` and in the narrowest window."""
    troubles = look_once(page)
    for width, scheme in ways:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        troubles += [f"at {width} px, {scheme}: {each}" for each in list_violations(page)]
        if overhang(page) > 0:
            troubles.append(f"is {overhang(page)} px too wide at {width} px")
    page.set_viewport_size({"width": NARROW, "height": 900})
    if overhang(page) > 0:
        troubles.append(f"is {overhang(page)} px too wide at {NARROW} px")
    page.set_viewport_size({"width": DESK, "height": 900})
    page.emulate_media(color_scheme="light")
    return troubles


#: The other staff see what the administrator sees, or less of it.
LOOKS: dict[str, Callable[[Page], list[str]]] = {"admin": look_everywhere, "liaison": look_on_a_phone}
