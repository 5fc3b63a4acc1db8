"""People are offered the places that their role may see, and the one they are in is marked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask_babel import Babel

from shared.identity import Identity
from shared.web.navigation import NavigationError, extract_labels, read_navigation

FILE = Path(__file__).parents[3] / "deploy" / "navigation.toml"
CAMPAIGN = UUID("018f0000-0000-7000-8000-000000000001")


def person(role: str) -> Identity:
    start = datetime(2027, 3, 12, tzinfo=UTC)
    return Identity(CAMPAIGN, "Thandiwe", "thandiwe@example.org", role, None, CAMPAIGN, start, start)


@pytest.fixture(autouse=True)
def in_a_request() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/notifications/", "home"),
        ("/notifications/messages", "messages"),
        ("/notifications/messages/7", "messages"),
        ("/partners/organisations/7/webhook-keys", "partners"),
        ("/partners/people", "partners"),
        ("/campaigns/", "campaigns"),
        ("/campaigns/7", "campaigns"),
        ("/metrics/campaigns/7", "dashboard"),
        ("/campaignsarchive", None),
        ("/elsewhere", None),
    ],
)
def test_the_area_that_a_page_lies_in_is_current(path: str, area: str | None) -> None:
    areas = read_navigation(FILE).areas_for(person("viewer"), path)
    assert [each.key for each in areas] == ["home", "partners", "campaigns", "dashboard", "messages"]
    assert [each.key for each in areas if each.current] == ([area] if area else [])


def test_nobody_is_offered_nothing() -> None:
    navigation = read_navigation(FILE)
    assert navigation.areas_for(None, "/campaigns/") == ()
    assert navigation.tabs_for("campaign", CAMPAIGN, None) == ()
    assert navigation.search_for(None) is None


def test_tabs_lead_to_whichever_service_owns_them() -> None:
    tabs = read_navigation(FILE).tabs_for("campaign", CAMPAIGN, person("liaison"), f"/metrics/campaigns/{CAMPAIGN}")
    addresses = {tab.label: tab.address for tab in tabs}
    assert addresses["Overview"] == f"/campaigns/{CAMPAIGN}"
    assert addresses["Figures"] == f"/metrics/campaigns/{CAMPAIGN}"
    assert addresses["Messages"] == f"/notifications/messages?campaign={CAMPAIGN}"
    assert [tab.label for tab in tabs if tab.current] == ["Figures"]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        (f"/notifications/messages?campaign={CAMPAIGN}&q=sent", ["messages"]),
        ("/notifications/messages?campaign=another", []),
        (f"/campaigns/{CAMPAIGN}/edit?", ["overview"]),
        (f"/campaigns/{CAMPAIGN}0", []),
    ],
)
def test_a_tab_is_current_on_its_own_pages_and_below(path: str, current: list[str]) -> None:
    tabs = read_navigation(FILE).tabs_for("campaign", CAMPAIGN, person("admin"), path)
    assert [tab.key for tab in tabs if tab.current] == current


def test_a_role_sees_only_its_tabs() -> None:
    navigation = read_navigation(FILE)
    for role, sees_keys in (("viewer", False), ("coordinator", True), ("liaison", True)):
        keys = {tab.key for tab in navigation.tabs_for("organisation", 7, person(role))}
        assert {"overview", "submissions"} <= keys
        assert ("webhook-keys" in keys) is sees_keys


def test_an_id_cannot_break_out_of_its_address() -> None:
    tabs = read_navigation(FILE).tabs_for("campaign", "../x?y", person("admin"))
    assert tabs[0].address == "/campaigns/..%2Fx%3Fy"


@pytest.mark.parametrize(
    ("role", "path", "address"),
    [
        ("viewer", "/partners/organisations/7", "/partners/organisations"),
        ("viewer", "/metrics/", "/campaigns/"),
        ("liaison", "/partners/organisations/7", "/campaigns/"),
    ],
)
def test_the_search_is_that_of_the_area_where_there_is_one(role: str, path: str, address: str) -> None:
    search = read_navigation(FILE).search_for(person(role), path)
    assert search is not None
    assert search.address == address


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[[areas]]\nkey = "home"\naddress = "/"', r"\[areas\] home: `label` is missing"),
        ('[[areas]]\nkey = "home"\nlabel = "Home"\naddress = "x"', "must start with a slash"),
        ('[[areas]]\nkey = "h"\nlabel = "H"\naddress = "/"\nroles = ["boss"]', "no such role: boss"),
        (
            '[[tabs.campaign]]\nkey = "h"\nlabel = "H"\nadress = "/"',
            r"\[tabs.campaign\] h: nothing reads adress",
        ),
        ("[[areas]", "navigation.toml: "),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "navigation.toml"
    file.write_text(text)
    with pytest.raises(NavigationError, match=complaint):
        read_navigation(file)


def test_every_label_of_the_file_can_be_translated() -> None:
    with FILE.open("rb") as file:
        labels = {label for _, _, label, _ in extract_labels(file, (), (), {})}
    navigation = read_navigation(FILE)
    entries = [*navigation.areas, *navigation.account, *navigation.searches]
    entries += [tab for tabs in navigation.tabs.values() for tab in tabs]
    assert labels == {each.label for each in entries}
