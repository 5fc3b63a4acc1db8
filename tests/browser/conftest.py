"""People in front of a running installation: its demo, a browser, and a sign-in link for each of them."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from shared.testing.browser import DESK, PHONE, Scheme, Watch
from tests.browser.phone import EMAIL, TODAY, Partner, make_purpose_reader
from tests.browser.programs import Script
from tests.installation import Installation, start_installation

#: The demo's people.
PEOPLE = {
    "admin": "naledi@example.org",
    "coordinator": "themba@example.org",
    "viewer": "grace@example.org",
    "liaison": "lerato@tablebay.example.org",
}


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The demo, one for each test process."""
    with start_installation(tmp_path_factory.mktemp("saypro")) as running:
        yield running


@pytest.fixture(scope="session")
def fresh_installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """As it is before anybody has done anything."""
    with start_installation(tmp_path_factory.mktemp("fresh"), "--no-demo") as running:
        yield running


class Visits:
    """Opens browsers, signed in or not, and fails the test if one of their consoles complained."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._open: list[tuple[BrowserContext, Watch]] = []

    def open(
        self, installation: Installation, *, width: int = DESK, scheme: Scheme = "light", script: bool = True
    ) -> Page:
        context = self._chromium.new_context(
            base_url=installation.address,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        self._open.append((context, Watch(context)))
        return context.new_page()

    def sign_in(self, installation: Installation, role: str, **options: object) -> Page:
        """A page of someone of the demo who has just followed a sign-in link."""
        page = self.open(installation, **options)  # type: ignore[arg-type]
        follow_link(page, installation.run("link", "--email", PEOPLE[role]))
        return page

    def close(self) -> None:
        complaints = []
        for context, watch in self._open:
            context.close()
            complaints += watch.complaints
        assert complaints == []


@pytest.fixture
def visits(chromium: Browser) -> Iterator[Visits]:
    visits = Visits(chromium)
    yield visits
    visits.close()


@pytest.fixture
def sign_in(visits: Visits, installation: Installation) -> Callable[..., Page]:
    """sign_in("coordinator", width=390) -> a page of that person's browser."""
    return lambda role, **options: visits.sign_in(installation, role, **options)


@pytest.fixture(scope="session")
def script(installation: Installation) -> Script:
    return Script(installation)


@pytest.fixture(scope="session")
def partner(script: Script) -> Partner:
    """A partner whose liaison has no account, in a campaign with one KPI."""
    made = script.post("/partners/api/v1/organisations", {"name": "Dune Keepers", "kind": "charity", "country": "ZA"})
    contact = {"name": "Zanele Khumalo", "email": EMAIL, "is_liaison": True}
    liaison = script.post(f"/partners/api/v1/organisations/{made['id']}/contacts", contact)
    campaign = script.post(
        "/campaigns/api/v1/campaigns",
        {"title": "Standing Dunes", "cause": "environment", "starts_on": f"{TODAY - timedelta(days=10)}",
         "ends_on": f"{TODAY + timedelta(days=90)}", "partners": [made["id"]]},
    )  # fmt: skip
    kpi = {"key": "grass", "name": "Grass planted", "unit": "m", "target": "100", "verification": "manual"}
    script.post_once_known(f"/metrics/api/v1/campaigns/{campaign['id']}/kpis", kpi)
    return Partner(made["id"], liaison["id"], campaign["id"])


@pytest.fixture
def staff(sign_in: Callable[..., Page]) -> Page:
    """The administrator, who may also read captured mails."""
    return sign_in("admin")


@pytest.fixture(scope="session")
def read_purpose(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str | None]:
    return make_purpose_reader(tmp_path_factory.mktemp("routes"))


@pytest.fixture
def phone(
    visits: Visits,
    installation: Installation,
    request: pytest.FixtureRequest,
    read_purpose: Callable[[str], str | None],
) -> Iterator[Page]:
    """A phone without a session, and without one to the end; what it opened is what the test said that it would."""
    page = visits.open(installation, width=PHONE)
    opened: set[str | None] = set()
    page.context.on("request", lambda sent: opened.add(read_purpose(sent.url)))
    yield page
    assert opened - {None} == request.function.__walks__


def follow_link(page: Page, link: str) -> None:
    """Open a sign-in link and confirm it, as a person does."""
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/notifications/")
