"""Figures that both sides trust: a target signed by both, a figure returned, corrected and verified, a report on it.

A coordinator at a desk, a liaison on a phone and another partner's liaison have the same dashboard open throughout, and
none of them ever loads it anew.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.testing.browser import DESK, PHONE, list_violations, overhang
from tests.browser.conftest import Visits, follow_link
from tests.browser.mails import read_link
from tests.browser.phone import TERMS, TODAY
from tests.browser.programs import PartnerSystem, Script
from tests.installation import Installation

pytestmark = pytest.mark.browser

BAY, BOOKS = "Table Bay Ocean Trust", "Bookbridge Foundation"
LERATO, PIETER = "lerato@tablebay.example.org", "pieter@bookbridge.example.org"
CAMPAIGN, KPI, KEY = "Bottles Back", "Bottles returned", "bottles"
NOTE = "The slip of the second van is counted twice."
REASON = "The harbour joins in."
DECISION = "Collect at the harbour too"


@dataclass
class Story:
    """Who takes part: each has one window in which things are done, and a dashboard that stays open."""

    visits: Visits
    installation: Installation
    script: Script
    campaign: str
    desk: Page
    admin: Page
    phone: Page
    boards: dict[str, Page]

    @property
    def dashboard(self) -> str:
        return f"/metrics/campaigns/{self.campaign}"

    def expect_shown(self, text: str, *who: str) -> None:
        """What the open dashboards of these people, or of everyone, come to say by themselves."""
        for name in who or self.boards:
            expect(find_kpi(self.boards[name])).to_contain_text(text)

    def expect_state(self, state: str) -> None:
        for board in self.boards.values():
            expect(find_kpi(board).get_by_role("heading", level=2)).to_contain_text(state)


def find_kpi(board: Page) -> Locator:
    return board.get_by_role("region", name=KPI)


@pytest.fixture
def story(visits: Visits, installation: Installation) -> Story:
    script = Script(installation)
    partners = [script.find("/partners/api/v1/organisations", name)["id"] for name in (BAY, BOOKS)]
    campaign = script.post(
        "/campaigns/api/v1/campaigns",
        {"title": CAMPAIGN, "cause": "environment", "starts_on": f"{TODAY - timedelta(days=50)}",
         "ends_on": f"{TODAY + timedelta(days=50)}", "partners": partners},
    )["id"]  # fmt: skip
    # Metrics hears of the campaign in its own time.
    script.post_once_known(
        f"/metrics/api/v1/campaigns/{campaign}/kpis",
        {"key": KEY, "name": KPI, "unit": "bottles", "target": "100", "verification": "manual"},
    )
    desk, admin = visits.sign_in(installation, "coordinator"), visits.sign_in(installation, "admin")
    phone = visits.sign_in(installation, "liaison", width=PHONE)
    other = visits.open(installation, width=DESK)
    follow_link(other, installation.run("link", "--email", PIETER))
    boards = {"staff": desk.context.new_page(), "partner": phone.context.new_page(), "other": other}
    return Story(visits, installation, script, campaign, desk, admin, phone, boards)


def test_both_sides_come_to_trust_a_figure(story: Story) -> None:
    sign_target(story)
    open_dashboards(story)
    with connect(story, BAY) as bay, connect(story, BOOKS) as books:
        report_provisionally(story, bay)
        return_figure(story)
        correct_figure(story, bay)
        share_by_agreement(story)
        verify_figure(story)
        raise_target(story)
        record_decision(story)
        reach_target(story, books)
    for board in story.boards.values():
        assert board.evaluate("window.neverReloaded"), "a dashboard was loaded anew"
        assert list_violations(board) == []
        assert overhang(board) <= 0
    report_on_it(story)


def connect(story: Story, name: str) -> AbstractContextManager[PartnerSystem]:
    return PartnerSystem.of(story.script, story.script.find("/partners/api/v1/organisations", name)["id"])


def sign_target(story: Story) -> None:
    """Staff sign and ask; the liaison finds the mail, reads the same terms, and signs on the phone."""
    desk, phone = story.desk, story.phone
    desk.goto(story.dashboard)
    desk.get_by_role("link", name=KPI, exact=True).click()
    desk.get_by_role("link", name="Sign and ask the partners").click()
    for name in (BAY, BOOKS):
        expect(desk.get_by_role("listitem").filter(has_text=name)).to_be_visible()
    digest = desk.locator(".digest").inner_text()
    desk.get_by_role("button", name="Sign and ask the partners").click()
    expect(desk.get_by_text("The partners are asked by mail")).to_be_visible()

    phone.goto(read_link(story.admin, LERATO, KPI, "Read and sign"))
    expect(phone.locator(".digest")).to_have_text(digest)
    phone.get_by_role("button", name="Sign it").click()
    expect(phone.get_by_text("your signature is on record")).to_be_visible()
    assert overhang(phone) <= 0
    desk.reload()
    signatures = desk.get_by_role("table", name="Signatures")
    expect(signatures.get_by_role("row").filter(has_text=BAY)).to_contain_text("Lerato Khumalo")
    expect(signatures.get_by_role("row").filter(has_text=BOOKS)).to_contain_text("Waited for")


def open_dashboards(story: Story) -> None:
    for board in story.boards.values():
        board.goto(story.dashboard)
        expect(board.get_by_text("Live", exact=True)).to_be_visible()
        board.evaluate("window.neverReloaded = true")
    story.expect_state("No figures")


def report_provisionally(story: Story, bay: PartnerSystem) -> None:
    """The figure shows to its partner and to staff, and not to the other partner."""
    bay.deliver(story.campaign, KEY, "60", reference="week-1")
    story.expect_shown("60\N{NO-BREAK SPACE}bottles provisional", "staff", "partner")
    expect_hidden(story, "60", "other")


def expect_hidden(story: Story, figure: str, who: str) -> None:
    """Neither the open dashboard of `who` nor one that is opened now, after others saw the figure, tells it."""
    page = story.boards[who].context.new_page()
    page.goto(story.dashboard)
    for each in (page, story.boards[who]):
        expect(find_kpi(each)).to_contain_text("Verified")
        expect(find_kpi(each)).not_to_contain_text(f"{figure}\N{NO-BREAK SPACE}bottles")
    page.close()


def decide(story: Story, button: str, reason: str = "") -> None:
    """What staff do with the one figure that waits."""
    desk = story.desk
    desk.goto(story.dashboard)
    desk.get_by_role("link", name="1 figure to look at").click()
    desk.get_by_role("table", name="Reported figures").get_by_role("checkbox").check()
    if reason:
        desk.get_by_label("Reason, if you return or reject them").fill(reason)
    desk.get_by_role("button", name=button).click()


def return_figure(story: Story) -> None:
    decide(story, "Return them", NOTE)
    expect(story.desk.get_by_text("One figure is returned")).to_be_visible()
    for name in ("staff", "partner"):
        expect(find_kpi(story.boards[name])).not_to_contain_text("60\N{NO-BREAK SPACE}bottles provisional")
    phone = story.phone
    phone.goto(story.dashboard)
    phone.get_by_role("link", name="Reported figures").click()
    figures = phone.get_by_role("table", name="Reported figures")
    expect(figures).to_contain_text("Returned")
    expect(figures).to_contain_text(NOTE)
    assert overhang(phone) <= 0


def correct_figure(story: Story, bay: PartnerSystem) -> None:
    """The same reference, another value: it takes the former one's place."""
    bay.deliver(story.campaign, KEY, "50", reference="week-1")
    story.expect_shown("50\N{NO-BREAK SPACE}bottles provisional", "staff", "partner")
    expect_hidden(story, "50", "other")


def share_by_agreement(story: Story) -> None:
    """An agreement says that other partners may see it: from then on the other partner's open dashboard tells it."""
    bay = story.script.find("/partners/api/v1/organisations", BAY)["id"]
    title = "Bottles counted together"
    terms = {**TERMS, "data_sharing": {"shares_provisional": True}}
    made = story.script.post(f"/partners/api/v1/organisations/{bay}/agreements", {"title": title, "terms": terms})
    offer = {"answer_by": f"{TODAY + timedelta(days=14)}"}
    story.script.post(f"/partners/api/v1/agreements/{made['id']}/offer", offer, seen=made["version"])
    # Whoever has the mail may answer: on a phone that is not signed in.
    phone = story.visits.open(story.installation, width=PHONE)
    phone.goto(read_link(story.admin, LERATO, title, "Read and answer"))
    phone.get_by_label("We accept these terms").check()
    phone.get_by_label("Your role").fill("Director")
    phone.get_by_role("button", name="Send the answer").click()
    expect(phone.get_by_text("You have accepted this version")).to_be_visible()
    desk = story.desk
    desk.goto(f"/partners/agreements/{made['id']}")
    desk.get_by_role("link", name="Accept for us").click()
    desk.get_by_label("Your role").fill("Coordinator")
    desk.get_by_role("button", name="Accept version 1").click()
    expect(desk.get_by_text("In force", exact=True)).to_be_visible()
    story.expect_shown("50\N{NO-BREAK SPACE}bottles provisional", "other")


def verify_figure(story: Story) -> None:
    decide(story, "Verify them")
    expect(story.desk.get_by_text("One figure is verified")).to_be_visible()
    story.expect_state("On track")
    story.expect_shown("50% of the target")
    story.desk.goto(f"{story.dashboard}/figures")
    story.desk.get_by_role("link", name="50\N{NO-BREAK SPACE}bottles").click()
    chain = story.desk.get_by_role("table", name="How it came to this")
    for said in ("Corrected since", NOTE, "Verified: Themba Nkosi"):
        expect(chain).to_contain_text(said)


def raise_target(story: Story) -> None:
    """Half of a hundred is an eighth of four hundred: off track; the signatures end, and the reason stays."""
    desk = story.desk
    desk.goto(story.dashboard)
    desk.get_by_role("link", name=f"Change the target of {KPI}").click()
    desk.get_by_label("New target").fill("400")
    desk.get_by_label("Reason").fill(REASON)
    desk.get_by_role("button", name="Change the target").click()
    expect(desk.get_by_text("those signatures ended")).to_be_visible()
    expect(desk.get_by_role("table", name="Signatures")).not_to_contain_text("Lerato Khumalo")
    story.expect_state("Off track")
    story.expect_shown(REASON)
    story.expect_shown("The target was 100\N{NO-BREAK SPACE}bottles")


def record_decision(story: Story) -> None:
    desk = story.desk
    desk.get_by_role("navigation", name="Parts of this page").get_by_role("link", name="Decisions").click()
    desk.get_by_role("link", name="Record a decision").click()
    desk.get_by_label("What was decided").fill(DECISION)
    desk.get_by_label("Why, and what follows").fill("An eighth of the way at half of the time is not enough.")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("The decision is on record")).to_be_visible()
    for board in story.boards.values():
        marks = board.get_by_role("region", name="Decisions and milestones")
        expect(marks.get_by_role("link", name=DECISION)).to_be_visible()


def reach_target(story: Story, books: PartnerSystem) -> None:
    books.deliver(story.campaign, KEY, "350", reference="harbour")
    story.expect_shown("350\N{NO-BREAK SPACE}bottles provisional", "staff", "other")
    expect_hidden(story, "350", "partner")
    decide(story, "Verify them")
    story.expect_state("Reached")
    story.expect_shown(f"{BOOKS} reported the most")


def report_on_it(story: Story) -> None:
    """Drafted from the Reports tab, frozen, sent; the liaison reads it on the phone and says so."""
    desk, phone = story.desk, story.phone
    tabs = "Parts of this page"
    desk.goto(story.dashboard)
    desk.get_by_role("navigation", name=tabs).get_by_role("link", name="Reports").click()
    desk.get_by_role("link", name="Start a report").first.click()
    desk.get_by_role("button", name="Start the draft").click()
    desk.get_by_role("textbox").first.fill("More came back than anybody had hoped.")
    desk.get_by_role("button", name="Save the text").click()
    expect(desk.get_by_role("table", name="All KPIs").get_by_role("row").filter(has_text=KPI)).to_contain_text(
        "Reached"
    )
    desk.get_by_role("link", name="Freeze it").click()
    desk.get_by_role("button", name="Freeze it").click()
    expect(desk.get_by_text("Edition 1 is frozen")).to_be_visible()
    desk.get_by_role("link", name="Send it").click()
    expect(desk.get_by_role("listitem").filter(has_text=f"The liaisons of {BAY}")).to_be_visible()
    desk.get_by_role("button", name="Send it").click()
    expect(desk.get_by_text("The mails are on their way")).to_be_visible()

    phone.goto(story.dashboard)
    phone.get_by_role("navigation", name=tabs).get_by_role("link", name="Reports").click()
    phone.get_by_role("link", name="Progress report").click()
    expect(phone.get_by_text("More came back than anybody had hoped.")).to_be_visible()
    for said in (REASON, DECISION):
        expect(phone.get_by_role("main")).to_contain_text(said)
    phone.get_by_role("button", name="Thank you, I have read it").click()
    expect(phone.get_by_text("now see that you have read it")).to_be_visible()
    assert overhang(phone) <= 0
    desk.reload()
    expect(desk.get_by_role("main")).to_contain_text("Lerato Khumalo")
