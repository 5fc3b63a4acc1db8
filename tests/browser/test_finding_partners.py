"""From forty rows of a spreadsheet to one partner: imported, vetted, scored, approached, agreed with."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from shared.clock import utc_now
from shared.testing.browser import PHONE
from tests.browser.candidates import COMPARED, KNOWN, TWICE, WRONG, mend_candidates, write_candidates
from tests.browser.conftest import Visits
from tests.browser.mails import read_link
from tests.browser.programs import Script
from tests.installation import Installation

pytestmark = pytest.mark.browser

ACCEPTS, DECLINES, COUNTERS, FOURTH, FIFTH = COMPARED
LIAISONS = {ACCEPTS: "Ayanda Mbeki", DECLINES: "Pieter Smit", COUNTERS: "Noor Davids"}
#: What each of three evaluators gives each organisation, for every criterion; the ranking follows.
SCORES = {
    "coordinator": {ACCEPTS: 5, DECLINES: 4, COUNTERS: 4, FOURTH: 2, FIFTH: 1},
    "admin": {ACCEPTS: 5, DECLINES: 5, COUNTERS: 3, FOURTH: 2, FIFTH: 2},
    "viewer": {ACCEPTS: 4, DECLINES: 4, COUNTERS: 4, FOURTH: 3, FIFTH: 1},
}
ROUND = "Partners for the harbour"
OFFER = "Clean the harbour with us"
TODAY = f"{utc_now():%F}"


@dataclass
class Story:
    """Who takes part: a browser for each of three people of the staff, a script, and phones without an account."""

    visits: Visits
    installation: Installation
    script: Script
    staff: dict[str, Page]

    def open_mailed_link(self, name: str, subject: str, time: int = 1) -> Page:
        """The page behind the link in a liaison's mail, on a phone that has never been here; `time` counts mails."""
        link = read_link(self.staff["admin"], self.address(name), subject, "Read and answer", time)
        phone = self.visits.open(self.installation, width=PHONE)
        phone.goto(link)
        return phone

    @staticmethod
    def address(organisation: str) -> str:
        return LIAISONS[organisation].split()[0].lower() + "@harbour.example.org"


@pytest.fixture
def story(visits: Visits, installation: Installation) -> Story:
    staff = {role: visits.sign_in(installation, role) for role in SCORES}
    return Story(visits, installation, Script(installation), staff)


def test_forty_candidates_become_one_partner(story: Story, tmp_path: Path) -> None:
    desk = story.staff["coordinator"]
    import_candidates(desk, tmp_path)
    import_what_was_mended(desk, tmp_path)
    vet_in_full(story, ACCEPTS)
    for name in (DECLINES, COUNTERS):
        vet_by_script(story, name)
    open_round(desk)
    for role in SCORES:
        score_blindly(story, role)
    rank_and_shortlist(desk)
    approach(story)
    answer_proposals(story)
    answer_the_counter(desk)
    agreement = draft_agreement(desk)
    offer_agreement(desk, agreement)
    ask_for_changes(story)
    change_terms(desk, agreement)
    offer_agreement(desk, agreement)
    accept_by_both(story, agreement)
    read_who_accepted_what(desk, agreement)


def upload(page: Page, path: Path) -> None:
    page.goto("/partners/organisations")
    page.get_by_role("link", name="Import").click()
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Upload and look at it").click()
    page.get_by_role("link", name="See what was found").or_(page.get_by_text("Can go in").first).first.wait_for()
    page.reload()


def expect_figures(page: Page, figures: dict[str, str]) -> None:
    for label, value in figures.items():
        expect(page.locator(".figure-card", has_text=label).locator(".figure-value")).to_have_text(value)


def start_import(page: Page, added: int) -> None:
    page.get_by_role("link", name="Start the import").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"{added} organisations are added")
    dialog.get_by_role("button", name="Start the import").click()
    page.get_by_role("link", name="See what went in").or_(page.get_by_text("Left as they were")).first.wait_for()
    page.reload()


def import_candidates(page: Page, folder: Path) -> None:
    write_candidates(folder / "candidates.xlsx")
    upload(page, folder / "candidates.xlsx")
    expect_figures(page, {"Can go in": "33", "May be there already": "3", "Need mending": "4"})
    rows = page.get_by_role("table", name="Rows")
    for name, (title, cell, _mended) in WRONG.items():
        row = rows.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text("Needs mending")
        expect(row.locator("mark").last).to_have_text(cell or "(empty)")
        expect(row).to_contain_text(f"({title})")
    for name in KNOWN:
        expect(rows.get_by_role("row").filter(has_text=name)).to_contain_text("similar name")
    expect(rows.get_by_role("row").filter(has_text=TWICE).last).to_contain_text("Likely the same as row")
    start_import(page, 33)
    expect_figures(page, {"Added": "33", "Left as they were": "3", "To mend": "4"})


def import_what_was_mended(page: Page, folder: Path) -> None:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file to mend").click()
    assert download.value.suggested_filename == "candidates to mend.xlsx"
    download.value.save_as(folder / "to mend.xlsx")
    reasons = mend_candidates(folder / "to mend.xlsx", folder / "mended.xlsx")
    assert len(reasons) == len(WRONG)
    assert all(reasons)
    upload(page, folder / "mended.xlsx")
    expect_figures(page, {"Can go in": "4", "Need mending": "0"})
    start_import(page, 4)
    expect_figures(page, {"Added": "4", "To mend": "0"})


def open_organisation(page: Page, name: str, tab: str = "") -> None:
    page.goto("/partners/organisations")
    page.get_by_role("searchbox", name="Search by name").fill(name)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=name, exact=True).click()
    if tab:
        page.get_by_role("navigation", name="Parts of this page").get_by_role("link", name=tab).click()


def declare_no_interest(page: Page) -> None:
    page.get_by_role("link", name="Declare your interests").click()
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Declare").click()


def vet_in_full(story: Story, name: str) -> None:
    """The coordinator answers the checklist; the administrator approves."""
    page = story.staff["coordinator"]
    open_organisation(page, name, "Vetting")
    page.get_by_role("button", name="Start a vetting").click()
    declare_no_interest(page)
    while (following := page.get_by_role("link", name="Answer the next item")).count():
        following.click()
        page.get_by_label("Met", exact=True).check()
        page.get_by_label("Notes").fill("Seen in the public register and asked about by telephone.")
        page.get_by_role("button", name="Save the answer").click()
        expect(page.get_by_text("Your answer is saved")).to_be_visible()
    approve(story.staff["admin"], name)


def vet_by_script(story: Story, name: str) -> None:
    """What is not told again: a script answers, a person approves."""
    script = story.script
    organisation = script.find("/partners/api/v1/organisations", name)["id"]
    vetting = script.post(f"/partners/api/v1/organisations/{organisation}/vettings")
    script.post(f"/partners/api/v1/vettings/{vetting['id']}/declarations", {"conflict": False})
    for item in vetting["answers"]:
        if item["required"]:
            address = f"/partners/api/v1/vetting-answers/{item['id']}"
            script.put(address, item["version"], {"verdict": "met", "note": "In order."})
    approve(story.staff["admin"], name)


def approve(page: Page, name: str) -> None:
    open_organisation(page, name, "Vetting")
    page.get_by_role("link", name="Go on with the vetting").click()
    declare_no_interest(page)
    page.get_by_role("link", name="Decide").click()
    page.get_by_label("Approved", exact=True).check()
    page.get_by_role("button", name="Decide").click()
    expect(page.locator("#decision")).to_contain_text("Naledi")


def open_round(page: Page) -> None:
    page.goto("/partners/evaluations")
    page.get_by_role("link", name="Open a round").first.click()
    page.get_by_label("Title").fill(ROUND)
    page.get_by_label("Criteria").select_option(index=1)
    page.get_by_label("Due on").fill(f"{utc_now().year + 1}-06-30")
    for person in ("Grace Botha", "Naledi", "Themba"):
        page.get_by_role("checkbox", name=person).check()
    page.get_by_role("button", name="Open the round").click()
    page.get_by_role("searchbox", name="Search organisations").fill("Harbour")
    page.keyboard.press("Enter")
    for name in COMPARED:
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Add the chosen ones").click()
    expect(page.locator("#present").get_by_role("listitem")).to_have_count(len(COMPARED))


def score_blindly(story: Story, role: str) -> None:
    """Score everything; what the others gave stays hidden until one's own is submitted."""
    page = story.staff[role]
    page.goto("/partners/evaluations")
    page.get_by_role("link", name=ROUND).click()
    page.get_by_role("link", name="Begin: conflicts of interest").click()
    page.get_by_role("button", name="Declare and go on").click()
    page.wait_for_url("**/organisations/**")
    round_address = page.url.partition("/organisations/")[0]
    page.goto(round_address + "/results")
    expect(page.get_by_text("No results that you can see yet")).to_be_visible()
    page.goto(round_address)
    page.get_by_role("link", name="Go on scoring").click()
    left = list(COMPARED)
    while left:
        # A click returns before the page that it leads to is there.
        expect(page).to_have_title(re.compile("|".join(map(re.escape, left))))
        name = next(each for each in left if each in page.title())
        left.remove(name)
        for criterion in page.locator("form .scale").all():
            criterion.locator("label").nth(SCORES[role][name] - 1).click()
        page.get_by_role("button", name="Save and go on").click()
        expect(page.get_by_text("Saved as a draft that only you see")).to_be_visible()
    page.get_by_role("link", name="Submit my evaluations").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("5 evaluations are submitted")).to_be_visible()


def rank_and_shortlist(page: Page) -> None:
    page.goto("/partners/evaluations")
    page.get_by_role("link", name=ROUND).click()
    page.get_by_role("link", name="Results").first.click()
    ranking = page.get_by_role("table", name="Ranking")
    expect(ranking.get_by_role("rowheader")).to_have_text(list(COMPARED))
    expect(page.locator("#comparison svg, svg").first).to_be_visible()
    for name in LIAISONS:
        page.get_by_role("checkbox", name=f"Choose {name}").check()
    page.get_by_role("button", name="Shortlist the chosen ones").click()
    page.get_by_label("Why").fill("The best three of five, and nobody disagrees much.")
    page.get_by_role("button", name="Shortlist").click()
    expect(page.get_by_text("3 organisations are shortlisted")).to_be_visible()
    expect_stage(page, "shortlisted", LIAISONS)


def expect_stage(page: Page, stage: str, names: Sequence[str] | dict[str, str]) -> None:
    page.goto("/partners/organisations/board")
    for name in names:
        expect(page.locator(f"#stage-{stage}").get_by_role("link", name=name, exact=True)).to_be_visible()


def approach(story: Story) -> None:
    """A template, a copy for each of the three, and one page that says who gets a mail."""
    page = story.staff["coordinator"]
    for name, person in LIAISONS.items():
        organisation = story.script.find("/partners/api/v1/organisations", name)["id"]
        contact = {"name": person, "email": story.address(name), "is_liaison": True}
        story.script.post(f"/partners/api/v1/organisations/{organisation}/contacts", contact)
    page.goto("/partners/proposals/templates/new")
    page.get_by_label("Title").fill(OFFER)
    page.get_by_role("textbox", name="Text", exact=True).fill(
        "Dear {{liaison}},\n\nwe would like to clean the harbour with {{organisation}}, with {{budget}} from us."
    )
    field = page.get_by_role("group", name="Field 1")
    field.get_by_label("Name in the text").fill("budget")
    field.get_by_label("What it is called").fill("Budget")
    field.get_by_label("Kind").select_option(label="Amount")
    field.get_by_label("Unit").fill("ZAR")
    field.get_by_label("Usual value").fill("50000")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Write proposals").click()
    for name, person in LIAISONS.items():
        page.get_by_role("checkbox", name=f"{name} ({person})").check()
    expect(page.get_by_label("Budget (ZAR)")).to_have_value("50000")
    page.get_by_role("button", name="Write the copies").click()
    page.get_by_role("link", name="Check and send").click()
    for name, person in LIAISONS.items():
        expect(page.locator("#who")).to_contain_text(f"{person} ({story.address(name)}) for {name}")
    page.get_by_role("button", name="Send 3 proposals").click()
    expect(page.get_by_role("table", name="Copies").get_by_text("Sent", exact=True)).to_have_count(3)
    expect_stage(page, "approached", LIAISONS)


def answer_proposals(story: Story) -> None:
    phones = {name: story.open_mailed_link(name, f"{OFFER}: a proposal to {name}") for name in LIAISONS}
    for name, phone in phones.items():
        expect(phone.get_by_text(f"we would like to clean the harbour with {name}")).to_be_visible()
    yes, no, other = phones[ACCEPTS], phones[DECLINES], phones[COUNTERS]
    yes.get_by_label("Yes, we accept").check()
    yes.get_by_role("button", name="Send the answer").click()
    expect(yes.get_by_text("Both sides want this")).to_be_visible()

    no.get_by_label("No, we decline").check()
    no.get_by_role("button", name="Send the answer").click()
    expect(no.get_by_role("alert")).to_contain_text("why not")
    no.get_by_label("What should change, or why not").fill("Our boats are in dry dock until spring.")
    no.get_by_role("button", name="Send the answer").click()
    expect(no.get_by_text("You have declined")).to_be_visible()

    other.get_by_role("link", name="Send it back with changes").click()
    other.get_by_label("Budget (ZAR)").fill("65000")
    other.get_by_label("A few words to go along").fill("Diesel has become dearer.")
    other.get_by_role("button", name="Send our version").click()
    expect(other.get_by_text("You sent this back with your changes")).to_be_visible()


def open_proposal(page: Page, name: str) -> None:
    open_organisation(page, name, "Proposals")
    page.get_by_role("link", name=OFFER).click()


def answer_the_counter(page: Page) -> None:
    expect_stage(page, "declined", [DECLINES])
    expect_stage(page, "in_discussion", [ACCEPTS, COUNTERS])
    open_proposal(page, COUNTERS)
    expect(page.locator("#changes")).to_contain_text("65")
    page.get_by_role("link", name="Accept their version").click()
    page.get_by_role("button", name="Accept version 2").click()
    expect(page.locator("h1 ~ .state, .page-header .state").first).to_have_text("Accepted")


def draft_agreement(page: Page) -> str:
    """From the accepted proposal; returns the agreement's address."""
    open_proposal(page, ACCEPTS)
    page.get_by_role("button", name="Draft the agreement").click()
    expect(page.locator("#purpose")).to_contain_text("clean the harbour")
    page.locator("#dates").get_by_role("link", name="Edit").click()
    page.get_by_label("First day").fill(TODAY)
    page.get_by_role("button", name="Save").click()
    page.locator("#responsibilities").get_by_role("link", name="Add an area").click()
    page.get_by_label("Area").fill("Divers and boats")
    page.get_by_label("Responsible").fill(ACCEPTS)
    page.get_by_label("Accountable").fill(LIAISONS[ACCEPTS])
    page.get_by_role("button", name="Save").click()
    page.locator("#targets").get_by_role("link", name="Add a target").click()
    page.get_by_label("What is counted").fill("Waste brought up")
    page.get_by_label("Target", exact=True).fill("12")
    page.get_by_label("Unit").fill("t")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("rowheader", name="Waste brought up")).to_be_visible()
    return page.url.partition("#")[0]


def offer_agreement(page: Page, agreement: str) -> None:
    page.goto(agreement)
    page.get_by_role("link", name="Offer it").click()
    expect(page.get_by_text(f"{LIAISONS[ACCEPTS]} ({Story.address(ACCEPTS)}), the liaison of")).to_be_visible()
    page.get_by_role("button", name="Send the offer").click()
    expect(page.get_by_text("The mail is on its way")).to_be_visible()


def ask_for_changes(story: Story) -> None:
    phone = story.open_mailed_link(ACCEPTS, "an agreement to read and answer")
    phone.get_by_label("We would accept them with changes").check()
    phone.get_by_label("What should change, or why not").fill("Twelve tonnes is too much for one winter: eight.")
    phone.get_by_label("Your role").fill("Chair")
    phone.get_by_role("button", name="Send the answer").click()
    expect(phone.get_by_text("You asked for changes")).to_be_visible()


def change_terms(page: Page, agreement: str) -> None:
    page.goto(agreement)
    expect(page.locator("#record")).to_contain_text("Twelve tonnes is too much")
    page.locator("#targets").get_by_role("link", name="Edit Waste brought up").click()
    page.get_by_label("Target", exact=True).fill("8")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#changes").locator("ins")).to_contain_text("8")


def accept_by_both(story: Story, agreement: str) -> None:
    phone = story.open_mailed_link(ACCEPTS, "an agreement to read and answer", time=2)
    expect(phone.locator("#changes")).to_contain_text("Waste brought up")
    phone.get_by_label("We accept these terms").check()
    phone.get_by_label("Your role").fill("Chair")
    phone.get_by_role("button", name="Send the answer").click()
    expect(phone.get_by_text("You have accepted this version")).to_be_visible()
    desk = story.staff["coordinator"]
    desk.goto(agreement)
    desk.get_by_role("link", name="Accept for us").click()
    desk.get_by_label("Your role").fill("Head of partnerships")
    desk.get_by_role("button", name="Accept version 2").click()
    expect(desk.get_by_text("In force", exact=True)).to_be_visible()
    expect_stage(desk, "partner", [ACCEPTS])
    phone.reload()
    expect(phone.get_by_text("Both sides have accepted this version")).to_be_visible()


def read_who_accepted_what(page: Page, agreement: str) -> None:
    page.goto(agreement)
    digest = page.locator(".digest").first.inner_text()
    address = page.get_by_role("link", name="PDF").get_attribute("href") or ""
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.body())).pages)
    words = re.sub(r"\s+", " ", text)
    for said in (LIAISONS[ACCEPTS], "Chair", "Themba", "Head of partnerships", "Waste brought up"):
        assert said in words
    # Long words may break anywhere: between their letters stand spaces of no width.
    assert digest in re.sub(r"[\s\u200b]+", "", text)
