"""Seed story: a liaison with nothing but a phone and scoped links does every step asked of them.

Staff ask, a mail goes out, and the liaison opens its link on a phone that has never signed in. Every page they meet is
held to what any page of ours must be, and to asking for no account.

Each test says which kinds of links it walks through, and is held to that. tests/conventions/test_scoped_links.py fails
when there is a kind that none of them does.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ical.calendar_stream import IcsCalendarStream
from playwright.sync_api import Error, Page, expect

from shared.tables.reading import open_table
from shared.tables.writing import write_xlsx
from shared.testing.browser import PHONE
from shared.web.sign_in import COOKIE
from tests.browser.conftest import Visits
from tests.browser.phone import (
    EMAIL,
    TERMS,
    TODAY,
    Partner,
    confirm,
    expect_dead,
    find_organiser,
    look,
    make_purpose_reader,
    open_on,
    read_link,
    walks,
)
from tests.browser.programs import Script
from tests.installation import Installation

pytestmark = pytest.mark.browser

SOON = f"{TODAY + timedelta(days=14)}"


@pytest.fixture(scope="module")
def script(installation: Installation) -> Script:
    return Script(installation)


@pytest.fixture(scope="module")
def partner(script: Script) -> Iterator[Partner]:
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
    yield Partner(made["id"], liaison["id"], campaign["id"])


@pytest.fixture
def staff(sign_in: Callable[..., Page]) -> Page:
    """The administrator, who may also read captured mails."""
    return sign_in("admin")


@pytest.fixture(scope="module")
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


@walks("proposal.answer")
def test_a_proposal_is_sent_back_with_changes(script: Script, partner: Partner, staff: Page, phone: Page) -> None:
    budget = {"name": "budget", "label": "Budget", "kind": "amount", "unit": "ZAR"}
    wording = {"title": "Grass for the dunes", "text": "We bring {{budget}}.", "fields": [budget]}
    template = script.post("/partners/api/v1/proposal-templates", wording)["id"]
    given = {"template_id": template, "values": {"budget": "9000"}, "organisations": [partner.id]}
    [made] = script.post("/partners/api/v1/proposals", given)["items"]
    script.post(f"/partners/api/v1/proposals/{made['id']}/send", {"answer_by": SOON}, seen=made["version"])
    link = read_link(staff, re.compile("Grass for the dunes"))

    open_on(phone, link, "Grass for the dunes")
    phone.get_by_role("link", name="Send it back with changes").click()
    expect(phone.get_by_label("Budget (ZAR)")).to_have_value("9000")
    look(phone)
    phone.get_by_label("Budget (ZAR)").fill("11000")
    phone.get_by_role("button", name="Send our version").click()
    expect(phone.locator("main")).to_contain_text("You sent this back with your changes.")
    look(phone)
    open_on(phone, link, "Grass for the dunes")
    expect(phone.locator("main")).to_contain_text("11,000")
    expect(phone.get_by_role("button", name="Send the answer")).to_have_count(0)


@walks("agreement.answer")
def test_terms_are_answered_on_the_phone_and_read_there_afterwards(
    script: Script, partner: Partner, staff: Page, phone: Page
) -> None:
    made = script.post(
        f"/partners/api/v1/organisations/{partner.id}/agreements", {"title": "Dunes held together", "terms": TERMS}
    )
    offer = {"answer_by": SOON, "words": "We look forward to it."}
    script.post(f"/partners/api/v1/agreements/{made['id']}/offer", offer, seen=made["version"])
    link = read_link(staff, "Dunes held together")

    open_on(phone, link, "Dunes held together")
    expect(phone.locator("main")).to_contain_text("Keep the dunes between the river and the harbour planted.")
    phone.get_by_label("We would accept them with changes").check()
    phone.get_by_role("button", name="Send the answer").click()
    expect(phone.get_by_role("alert").first).to_contain_text("Your role")
    look(phone)
    phone.get_by_label("Your role").fill("Director")
    phone.get_by_label("We accept these terms").check()
    phone.get_by_role("button", name="Send the answer").click()
    expect(phone.locator("main")).to_contain_text("Thank you: your answer is on record.")
    look(phone)

    open_on(phone, link, "Dunes held together")
    expect(phone.locator("main")).to_contain_text("You have accepted this version")
    expect(phone.locator("#record")).to_contain_text("Zanele Khumalo")
    expect(phone.get_by_role("button", name="Send the answer")).to_have_count(0)
    pdf = phone.request.get(phone.get_by_role("link", name="PDF").get_attribute("href") or "")
    assert pdf.body().startswith(b"%PDF-")


@walks("vetting.evidence")
def test_papers_are_photographed_and_a_later_request_ends_the_earlier_link(
    script: Script, partner: Partner, staff: Page, phone: Page, tmp_path: Path
) -> None:
    vetting = script.post(f"/partners/api/v1/organisations/{partner.id}/vettings")["id"]
    staff.goto(f"/partners/vettings/{vetting}/declaration")
    staff.get_by_label("No", exact=True).check()
    staff.get_by_role("button", name="Declare").click()

    def ask() -> str:
        staff.goto(f"/partners/vettings/{vetting}/papers")
        for box in staff.get_by_role("checkbox").all()[:2]:
            box.check()
        staff.get_by_role("button", name="See the mail first").click()
        staff.get_by_role("button", name="Send the mail").click()
        expect(staff.get_by_text("The mail is on its way")).to_be_visible()
        return read_link(staff, "Papers of Dune Keepers")

    link = ask()
    photo = tmp_path / "IMG_2041.jpg"
    open_on(phone, link, "Papers of Dune Keepers")
    phone.screenshot(path=photo, type="jpeg")
    expect(phone.get_by_text("Missing")).to_have_count(2)
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.get_by_role("alert").first).to_contain_text("File")
    look(phone)
    phone.get_by_label("File").set_input_files(photo)
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.locator("main")).to_contain_text("Thank you, the paper has arrived.")
    look(phone)

    open_on(phone, link, "Papers of Dune Keepers")
    expect(phone.locator("#wanted")).to_contain_text("IMG_2041")
    expect(phone.get_by_text("Missing")).to_have_count(1)
    phone.get_by_label("File").set_input_files(photo)
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.locator("main")).to_contain_text("Thank you, everything has arrived.")
    later = ask()
    assert later != link
    expect_dead(phone, link)
    open_on(phone, later, "Papers of Dune Keepers")


@walks("promise.done")
def test_a_promise_is_ticked_off_once(script: Script, partner: Partner, staff: Page, phone: Page) -> None:
    promise = script.post(
        f"/partners/api/v1/organisations/{partner.id}/promises",
        {"text": "Send the map of the dunes", "owed_by": "them", "due_on": SOON, "owner_id": partner.contact},
    )["id"]
    confirm(staff, f"/partners/promises/{promise}/remind", "Send the reminder")
    link = read_link(staff, "Reminder: Send the map of the dunes")

    open_on(phone, link, "Is it done?")
    phone.get_by_label("A remark").fill("It lies on your desk.")
    phone.get_by_role("button", name="It is done").click()
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    look(phone)
    expect_dead(phone, link)
    staff.goto(f"/partners/promises/{promise}")
    expect(staff.locator("main")).to_contain_text("It lies on your desk.")


@walks("meeting.answer")
def test_an_invitation_is_answered_and_the_answer_changed(
    script: Script, partner: Partner, staff: Page, phone: Page
) -> None:
    meeting = script.post(
        "/partners/api/v1/meetings",
        {"title": "A walk over the dunes", "starts_on": SOON, "starts_at": "10:00", "time_zone": "Africa/Johannesburg",
         "place": "The harbour wall", "organiser_id": find_organiser(staff), "organisation_ids": [partner.id],
         "contact_ids": [partner.contact]},
    )  # fmt: skip
    script.post(f"/partners/api/v1/meetings/{meeting['id']}/invitations", seen=meeting["version"])
    link = read_link(staff, "A walk over the dunes")

    open_on(phone, link, "A walk over the dunes")
    phone.get_by_label("Maybe").check()
    phone.get_by_label("A remark").fill("If the tide lets us.")
    phone.get_by_role("button", name="Send the answer").click()
    expect(phone.get_by_text("Thank you", exact=True)).to_be_visible()
    look(phone)

    open_on(phone, link, "A walk over the dunes")
    expect(phone.get_by_label("Maybe")).to_be_checked()
    expect(phone.get_by_label("A remark")).to_have_value("If the tide lets us.")
    phone.get_by_label("Yes").check()
    phone.get_by_role("button", name="Send the answer").click()
    expect(phone.get_by_text("Thank you", exact=True)).to_be_visible()
    staff.goto(f"/partners/meetings/{meeting['id']}")
    expect(staff.locator("main")).to_contain_text("Yes")


@walks("figures.report")
def test_figures_begun_on_the_phone_are_finished_on_another_and_reach_the_dashboard(
    script: Script, partner: Partner, staff: Page, phone: Page, visits: Visits, installation: Installation
) -> None:
    confirm(staff, f"/partners/organisations/{partner.id}/report/{partner.campaign}/ask", "Send the mail")
    link = read_link(staff, "Please report the figures of Standing Dunes")

    open_on(phone, link, "Your figures for Standing Dunes")
    phone.get_by_label("First day").fill(f"{TODAY - timedelta(days=7)}")
    phone.get_by_label("Grass planted (m)").fill("12,5 metres")
    expect(phone.get_by_role("status")).to_contain_text("Saved.")

    other = visits.open(installation, width=PHONE)
    open_on(other, link, "Your figures for Standing Dunes")
    expect(other.get_by_label("Grass planted (m)")).to_have_value("12,5 metres")
    other.get_by_label("Last day").fill(f"{TODAY}")
    other.get_by_role("button", name="Send the figures").click()
    expect(other.get_by_role("alert").first).to_contain_text("Grass planted")
    look(other)
    other.get_by_label("Grass planted (m)").fill("12.5")
    other.get_by_role("button", name="Send the figures").click()
    expect(other.get_by_role("heading", name="Thank you")).to_be_visible()
    look(other)
    open_on(phone, link, "Your figures for Standing Dunes")
    expect(phone.get_by_label("Grass planted (m)")).to_have_value("")
    staff.goto(f"/metrics/campaigns/{partner.campaign}")
    expect(staff.locator(".kpi-figures")).to_contain_text("12.5\N{NO-BREAK SPACE}m provisional")


@walks("figures.report")
def test_a_spreadsheet_goes_in_whole_or_not_at_all(
    script: Script, partner: Partner, staff: Page, phone: Page, tmp_path: Path
) -> None:
    confirm(staff, f"/partners/organisations/{partner.id}/report/{partner.campaign}/ask", "Send the mail")
    link = read_link(staff, "Please report the figures of Standing Dunes")
    open_on(phone, link, "Your figures for Standing Dunes")
    with phone.expect_download() as taken:
        phone.get_by_role("link", name="Download the template").click()
    with taken.value.path().open("rb") as file, open_table(file) as table:
        titles = table.titles
    filled = tmp_path / "figures.xlsx"
    day = TODAY - timedelta(days=1)
    good = {"First day": day, "Last day": day, "KPI": "Grass planted", "Value": Decimal(7), "Reference": "row-1"}

    def upload(*rows: dict[str, Any]) -> None:
        with filled.open("wb") as target:
            write_xlsx(target, titles, [[row.get(title) for title in titles] for row in rows])
        phone.get_by_label("Filled-in template").set_input_files(filled)
        phone.get_by_role("button", name="Upload and send").click()

    upload(good, {**good, "Value": "a few", "Reference": "row-2"})
    wrong = phone.get_by_text("row 3, column")
    expect(wrong).to_contain_text("(Value)")
    expect(phone.locator("main")).to_contain_text("Nothing of it was sent.")
    look(phone)
    with phone.expect_download() as taken:
        phone.get_by_role("link", name="Download the rows to mend").click()
    with taken.value.path().open("rb") as file, open_table(file) as table:
        [row] = table.rows
        assert "a few" in row.cells
    upload(good, {**good, "Value": Decimal(8), "Reference": "row-2"})
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    look(phone)
    listed = script.get(f"/partners/api/v1/organisations/{partner.id}/submissions")["items"]
    assert [each["items"] for each in listed if each["channel"] == "spreadsheet"] == [2]


@walks("figures.report", "outcomes.read")
def test_a_story_takes_a_photo_along_and_is_answered(
    script: Script, partner: Partner, staff: Page, phone: Page, tmp_path: Path
) -> None:
    confirm(staff, f"/partners/organisations/{partner.id}/report/{partner.campaign}/ask", "Send the mail")
    open_on(phone, read_link(staff, "Please report the figures of Standing Dunes"), "Your figures for Standing Dunes")
    photo = tmp_path / "IMG_2042.jpg"
    phone.screenshot(path=photo, type="jpeg")
    phone.get_by_role("link", name="Stories").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Stories of Standing Dunes")
    look(phone)
    phone.get_by_label("Title").fill("The first row stands")
    phone.get_by_label("What happened").fill("Forty people, one wind.")
    phone.get_by_label("Picture", exact=True).set_input_files(photo)
    phone.get_by_role("button", name="Add the picture").click()
    expect(phone.get_by_role("alert").first).to_contain_text("What does it show?")
    look(phone)
    expect(phone.get_by_label("What happened")).to_have_value("Forty people, one wind.")
    phone.get_by_label("Picture", exact=True).set_input_files(photo)
    phone.get_by_label("What does it show?").fill("Rows of grass on a dune")
    phone.get_by_role("button", name="Add the picture").click()
    expect(phone.get_by_role("img", name="Rows of grass on a dune")).to_be_visible()
    expect(phone.get_by_label("What happened")).to_have_value("Forty people, one wind.")
    look(phone)
    phone.get_by_label("Everyone named or shown has agreed to it").check()
    phone.get_by_role("button", name="Send the report").click()
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    look(phone)
    [story] = script.get(f"/partners/api/v1/organisations/{partner.id}/submissions", kind="stories.shared")["items"]
    staff.goto(f"/partners/submissions/{story['id']}")
    shown = staff.get_by_role("img", name="Rows of grass on a dune")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") > 0
    answer = {"text": "We read it aloud.", "mail": True}
    script.post(f"/partners/api/v1/submissions/{story['id']}/replies", answer)
    open_on(phone, read_link(staff, "A reply to your report"), "What came of your reports")
    expect(phone.locator("main")).to_contain_text("We read it aloud.")


@walks("profile.complete")
def test_the_profile_is_completed_section_by_section_and_sent_once(
    partner: Partner, staff: Page, phone: Page, tmp_path: Path
) -> None:
    confirm(staff, f"/partners/organisations/{partner.id}/profile-updates/ask", "Send the mail")
    link = read_link(staff, re.compile("The profile of Dune Keepers"))
    open_on(phone, link, "The profile of Dune Keepers")
    phone.locator("#about").get_by_role("link", name="Change it").click()
    look(phone)
    phone.get_by_label("Website").fill("not an address")
    phone.get_by_role("button", name="Keep it").click()
    expect(phone.get_by_role("alert").first).to_contain_text("Website")
    look(phone)
    phone.get_by_label("Website").fill("https://dunes.example.org")
    phone.get_by_label("Mission").fill("Dunes that stand.")
    phone.get_by_role("button", name="Keep it").click()
    expect(phone.locator("#about")).to_contain_text("Dunes that stand.")
    logo = tmp_path / "logo.png"
    phone.screenshot(path=logo, type="png")
    phone.locator("#logo").get_by_role("link", name="Add it").click()
    look(phone)
    phone.get_by_label("Picture").set_input_files(logo)
    phone.get_by_role("button", name="Keep the logo").click()
    expect(phone.get_by_role("img", name="The logo as you propose it")).to_be_visible()
    look(phone)
    phone.get_by_role("button", name="Send the changes").click()
    expect(phone.locator("main")).to_contain_text("Your changes are on their way")
    look(phone)
    open_on(phone, link, "The profile of Dune Keepers")
    expect(phone.get_by_role("button", name="Send the changes")).to_have_count(0)
    staff.goto(f"/partners/organisations/{partner.id}/profile-updates")
    expect(staff.locator("main")).to_contain_text("Zanele Khumalo")


@walks("meetings.calendar")
def test_a_calendar_on_the_phone_follows_what_a_liaison_subscribed_to(
    sign_in: Callable[..., Page], phone: Page
) -> None:
    """The address is made where one is signed in; the phone's calendar, which never is, reads it by itself."""
    liaison = sign_in("liaison")
    confirm(liaison, "/partners/meetings/calendar", re.compile("^Make a"))
    address = liaison.get_by_label("The address of your calendar").input_value()
    with phone.expect_download() as taken, suppress(Error):
        phone.goto(address)
    calendar = IcsCalendarStream.calendar_from_ics(Path(taken.value.path()).read_text())
    assert calendar.events, "the demo's liaison is invited to something"
    assert COOKIE not in {each["name"] for each in phone.context.cookies()}
    liaison.goto("/partners/meetings/calendar")
    liaison.get_by_role("button", name="End the address").click()
    expect_dead(phone, address)


@walks("erasure.ask")
def test_who_wants_to_be_forgotten_decides_it_on_the_phone(
    script: Script, partner: Partner, staff: Page, phone: Page
) -> None:
    leaving = {"name": "Sipho Ndlovu", "email": "sipho@dunes.example.org"}
    script.post(f"/partners/api/v1/organisations/{partner.id}/contacts", leaving)
    confirm(staff, f"/partners/erasures/new?email={leaving['email']}", "Mail them a link to decide themselves")
    link = read_link(staff, "Erase what we keep of you", leaving["email"])
    open_on(phone, link, "Be forgotten")
    phone.get_by_role("button", name="Erase me").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("You are being erased")
    look(phone)
    expect_dead(phone, link)


@walks("scorecard.answer", "exit.pack")
def test_the_partner_rates_us_once_and_takes_along_what_it_gave(
    script: Script, partner: Partner, staff: Page, phone: Page
) -> None:
    script.post(
        f"/partners/api/v1/organisations/{partner.id}/scorecards",
        {"occasion": "debrief", "contact_id": partner.contact, "due_on": SOON},
    )
    link = read_link(staff, re.compile("How was|rate|working with"))
    open_on(phone, link, re.compile("How was working with"))
    phone.get_by_role("button", name="Send the answers").click()
    expect(phone.get_by_role("alert").first).to_be_visible()
    look(phone)
    for question in phone.get_by_role("group").all():
        question.get_by_role("radio").nth(3).check()
    phone.get_by_role("button", name="Send the answers").click()
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    look(phone)
    open_on(phone, link, "Thank you")
    expect(phone.get_by_role("button", name="Send the answers")).to_have_count(0)

    confirm(staff, f"/partners/organisations/{partner.id}/exit/link", "Mail the link")
    link = read_link(staff, re.compile("contributed"))
    open_on(phone, link, "What Dune Keepers contributed")
    phone.get_by_role("button", name="Gather the pack").click()
    download = phone.get_by_role("button", name=re.compile("^Download"))
    for _ in range(100):
        if download.count():
            break
        phone.get_by_role("link", name="Look again").click()
        phone.wait_for_timeout(100)
    look(phone)
    with phone.expect_download() as taken:
        download.first.click()
    with zipfile.ZipFile(taken.value.path()) as pack:
        assert "README.txt" in {name.rsplit("/", 1)[-1] for name in pack.namelist()}
