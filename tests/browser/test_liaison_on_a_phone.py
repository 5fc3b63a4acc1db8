"""Seed story: a liaison with nothing but a phone and scoped links does every step asked of them.

Staff ask, a mail goes out, and the liaison opens its link on a phone that has never signed in. Every page they meet is
held to what any page of ours must be, and to asking for no account.

Each test says which kinds of links it walks through, and is held to that. tests/conventions/test_scoped_links.py fails
when there is a kind that none of them does.
"""

import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from ical.calendar_stream import IcsCalendarStream
from playwright.sync_api import Error, Page, expect

from shared.web.sign_in import COOKIE
from tests.browser.conftest import PEOPLE
from tests.browser.phone import (
    TERMS,
    TODAY,
    Partner,
    confirm,
    expect_dead,
    look,
    open_on,
    read_link,
    walks,
)
from tests.browser.programs import Script

pytestmark = pytest.mark.browser

SOON = f"{TODAY + timedelta(days=14)}"


def find_organiser(staff: Page) -> str:
    """The administrator, as one who may invite."""
    found = staff.request.get("/partners/api/v1/people", headers={"Accept": "application/json"}).json()
    return str(next(each["id"] for each in found["items"] if each["email"] == PEOPLE["admin"]))


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
