"""What people come to do, done by clicking and typing as they would."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from shared.clock import utc_now
from shared.testing.browser import DESK, PHONE
from tests.browser.conftest import PEOPLE, Visits
from tests.browser.programs import PartnerSystem, Script
from tests.installation import Installation

pytestmark = pytest.mark.browser

#: A campaign that runs today.
BEGUN, ENDING = (f"{utc_now() + timedelta(days=days):%F}" for days in (-10, 90))


@pytest.fixture(scope="module")
def script(installation: Installation) -> Script:
    return Script(installation)


def register_organisation(page: Page, name: str) -> None:
    page.goto("/partners/organisations")
    page.get_by_role("link", name="Register an organisation").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Kind").select_option(label="Charity")
    page.get_by_label("Country").select_option(label="South Africa")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def set_up_campaign(page: Page, title: str, partner: str) -> None:
    page.goto("/campaigns/")
    page.get_by_role("link", name="Set up a campaign").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Cause").select_option(label="Environment")
    page.get_by_label("First day").fill(BEGUN)
    page.get_by_label("Last day").fill(ENDING)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    page.get_by_role("link", name="Add partners").first.click()
    page.get_by_label(partner).check()
    page.get_by_role("button", name="Add those chosen").click()
    expect(page.locator("#partners").get_by_role("link", name=partner, exact=True)).to_be_visible()


def test_a_partner_is_brought_in_and_its_campaign_given_a_first_kpi(sign_in: Callable[..., Page]) -> None:
    page = sign_in("admin")
    register_organisation(page, "River Guardians")
    tabs = page.get_by_role("navigation", name="Parts of this page")
    tabs.get_by_role("link", name="Contacts").click()
    expect(page.get_by_text("Nobody is known here yet")).to_be_visible()
    page.get_by_role("link", name="Add a contact").click()
    page.get_by_label("Name", exact=True).fill("Sipho Maseko")
    page.get_by_role("textbox", name="E-mail").fill("sipho@river.example.org")
    page.get_by_role("button", name="Add", exact=True).click()
    page.goto("/partners/organisations?q=River")
    page.get_by_role("link", name="River Guardians").click()
    tabs.get_by_role("link", name="Submissions").click()
    expect(page.get_by_text("Nothing was delivered yet")).to_be_visible()
    tabs.get_by_role("link", name="Webhook keys").click()
    expect(page.get_by_text("No key yet")).to_be_visible()
    page.get_by_label("What is it for?").fill("River sensors")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_label("Secret of “River sensors”")).to_have_value(re.compile(r"^whsec_\S{20,}$"))
    tabs.get_by_role("link", name="Webhook keys").click()
    expect(page.get_by_text("whsec_")).to_have_count(0)

    set_up_campaign(page, "Clear Water", "River Guardians")
    tabs.get_by_role("link", name="Figures").click()
    expect(page.get_by_text("No KPI yet")).to_be_visible()
    page.get_by_role("link", name="Add the first KPI").click()
    page.get_by_label("Name").fill("Litter caught")
    page.get_by_label("Key").fill("litter")
    page.get_by_label("Unit").fill("kg")
    page.get_by_label("Target", exact=True).fill("500")
    page.get_by_label("When one of us has looked at it").check()
    page.get_by_role("button", name="Add the KPI").click()
    expect(page.get_by_role("heading", name="Litter caught")).to_be_visible()
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Clear Water").click()
    expect(page.locator(".kpi-nothing")).to_contain_text("No figures yet")
    tabs.get_by_role("link", name="Messages").click()
    expect(page.get_by_text("No message yet")).to_be_visible()


@pytest.fixture(scope="module")
def campaign(script: Script) -> Iterator[tuple[str, PartnerSystem]]:
    """A campaign whose figures somebody verifies, and its partner's system."""
    organisation = script.post(
        "/partners/api/v1/organisations", {"name": "Dune Watch", "kind": "charity", "country": "ZA"}
    )["id"]
    made = script.post(
        "/campaigns/api/v1/campaigns",
        {"title": "Green Dunes", "cause": "environment", "starts_on": BEGUN,
         "ends_on": ENDING, "partners": [organisation]},
    )["id"]  # fmt: skip
    kpi = {"key": "grass", "name": "Grass planted", "unit": "m", "target": "100", "verification": "manual"}
    script.post_once_known(f"/metrics/api/v1/campaigns/{made}/kpis", kpi)
    with PartnerSystem.of(script, organisation) as system:
        yield made, system


def test_a_reported_figure_counts_once_somebody_verified_it(
    sign_in: Callable[..., Page], campaign: tuple[str, PartnerSystem]
) -> None:
    campaign_id, system = campaign
    page = sign_in("coordinator")
    page.goto(f"/metrics/campaigns/{campaign_id}")
    system.deliver(campaign_id, "grass", "40.5")
    card = page.locator(".kpi-figures")
    expect(card).to_contain_text("40.5\N{NO-BREAK SPACE}m provisional")
    page.reload()
    page.get_by_role("link", name="1 figure to look at").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Verify them").click()
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Green Dunes").click()
    expect(card.locator(".figure-value")).to_have_text("40.5\N{NO-BREAK SPACE}m")

    page.get_by_role("link", name="Change the target of Grass planted").click()
    page.get_by_label("New target").fill("80")
    page.get_by_role("button", name="Change the target").click()
    expect(page.get_by_role("alert")).to_contain_text("Reason")
    expect(page.get_by_label("New target")).to_have_value("80")
    page.get_by_label("Reason").fill("The northern dune is closed for nesting")
    page.get_by_role("button", name="Change the target").click()
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Green Dunes").click()
    expect(card).to_contain_text("The target was 100\N{NO-BREAK SPACE}m until")
    expect(card).to_contain_text("The northern dune is closed for nesting")


def test_a_celebration_is_edited_looked_at_and_sent_to_those_named(sign_in: Callable[..., Page]) -> None:
    page = sign_in("admin")
    page.locator("#waiting").get_by_role("link", name="We reached our target: Meals served").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Forty thousand warm meals")
    page.get_by_label("Text").fill("Thank you, **all of you**.\n\nIt was a cold winter.")
    page.get_by_role("button", name="Show how it reads").click()
    expect(page.locator("#preview strong")).to_have_text("all of you")
    expect(page.get_by_label("Title")).to_have_value("Forty thousand warm meals")
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("link", name="Send…").click()
    expect(page.get_by_text("3 people get the mail below")).to_be_visible()
    expect(page.get_by_role("row", name="Nomsa Dube")).to_be_visible()
    expect(page.frame_locator("iframe").get_by_text("It was a cold winter.")).to_be_visible()
    # By keyboard: right after scrolling, Chromium still takes a click here for one into the mail's own frame.
    page.get_by_role("button", name="Send to 3 people").press("Enter")
    expect(page.get_by_text("Sent", exact=True).first).to_be_visible()

    reader = sign_in("liaison")
    reader.goto("/notifications/messages")
    reader.get_by_role("link", name="Forty thousand warm meals").click()
    mail = reader.frame_locator("iframe")
    expect(mail.locator("strong", has_text="all of you")).to_be_visible()
    reader.get_by_text("As text").click()
    expect(reader.locator(".mail-text")).to_contain_text("It was a cold winter.")


def test_a_revoked_token_opens_nothing_any_more(sign_in: Callable[..., Page], installation: Installation) -> None:
    page = sign_in("viewer")
    page.get_by_role("button", name="Account of Grace Botha").click()
    page.get_by_role("link", name="Your account").click()
    page.get_by_label("What is it for?").fill("A report of mine")
    page.get_by_role("button", name="Make a token").click()
    token = page.get_by_label("Your new token").input_value()
    asking = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    address = f"{installation.address}/campaigns/api/v1/campaigns"
    assert page.request.get(address, headers=asking).status == 200
    page.goto("/partners/account")
    page.get_by_role("row", name="A report of mine").get_by_role("link", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The token is revoked")).to_be_visible()
    page.context.clear_cookies()
    answers = {page.request.get(address, headers=asking).status for _ in range(3)}
    assert 401 in answers


def test_signing_out_closes_every_page(sign_in: Callable[..., Page]) -> None:
    page = sign_in("viewer", width=PHONE)
    page.get_by_role("button", name="Account of Grace Botha").click()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/campaigns/")
    expect(page.get_by_label("Your e-mail address")).to_be_visible()


@pytest.mark.parametrize("script_allowed", [True, False])
def test_a_form_with_a_mistake_keeps_what_was_typed(
    visits: Visits, installation: Installation, script_allowed: bool
) -> None:
    page = visits.sign_in(installation, "coordinator", script=script_allowed)
    page.goto("/campaigns/new")
    page.get_by_label("Title").fill("Quiet Rivers")
    page.get_by_label("Summary").fill("Two banks, one river.")
    page.get_by_label("First day").fill("2027-05-01")
    page.get_by_label("Last day").fill("2027-04-01")
    page.get_by_role("button", name="Set up").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Cause")
    expect(page.get_by_label("Title")).to_have_value("Quiet Rivers")
    expect(page.get_by_label("Summary")).to_have_value("Two banks, one river.")
    expect(page.get_by_label("Last day")).to_have_value("2027-04-01")
    page.get_by_label("Cause").select_option(label="Environment")
    page.get_by_label("Last day").fill("2027-06-01")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="Quiet Rivers", level=1)).to_be_visible()


def test_a_key_can_be_made_and_revoked_without_javascript(visits: Visits, installation: Installation) -> None:
    page = visits.sign_in(installation, "coordinator", script=False)
    register_organisation(page, "Wind and Wave")
    page.get_by_role("link", name="Webhook keys").click()
    page.get_by_role("button", name="Make a key").click()
    expect(page.locator("#secret")).to_have_value(re.compile("^whsec_"))
    page.get_by_role("link", name="Revoke").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Revoke")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()


def test_a_liaison_signs_in_from_the_mail_and_sees_only_what_is_theirs(
    visits: Visits, installation: Installation, script: Script
) -> None:
    phone = visits.open(installation, width=PHONE)
    phone.goto("/partners/sign-in")
    phone.get_by_label("Your e-mail address").fill(PEOPLE["liaison"])
    phone.get_by_role("button", name="Mail me a link").click()
    expect(phone.get_by_role("heading", name="Look into your mail")).to_be_visible()
    admin = visits.sign_in(installation, "admin", width=DESK)
    admin.goto("/notifications/messages?q=lerato")
    mail = admin.get_by_role("link", name="Your sign-in link")
    for _ in range(50):
        if mail.count():
            break
        admin.wait_for_timeout(200)
        admin.reload()
    mail.first.click()
    phone.goto(admin.frame_locator("iframe").get_by_role("link").first.get_attribute("href") or "")
    phone.get_by_role("button", name="Sign in").click()

    phone.goto("/partners/organisations")
    expect(phone.get_by_role("rowheader")).to_have_text(["Table Bay Ocean Trust"])
    phone.get_by_role("link", name="Table Bay Ocean Trust").click()
    phone.get_by_role("link", name="Webhook keys").click()
    phone.get_by_label("What is it for?").fill("A tablet at the beach")
    phone.get_by_role("button", name="Make a key").click()
    expect(phone.get_by_label("Secret of “A tablet at the beach”")).to_have_value(re.compile("^whsec_"))
    phone.goto("/metrics/")
    phone.get_by_role("link", name="Clean Coast").click()
    expect(phone.get_by_role("heading", name="Waste removed")).to_be_visible()
    other = script.find("/campaigns/api/v1/campaigns", "Ready to Read")["id"]
    for address in (f"/campaigns/{other}", f"/metrics/campaigns/{other}", "/partners/people"):
        phone.goto(address)
        expect(phone.get_by_role("heading", name="Nothing here")).to_be_visible()


def test_the_keyboard_reaches_the_content_first_and_always_shows_where_it_is(sign_in: Callable[..., Page]) -> None:
    page = sign_in("coordinator")
    page.goto("/campaigns/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        style = page.evaluate("(at => [at.outlineStyle, at.outlineWidth])(getComputedStyle(document.activeElement))")
        assert style[0] != "none", page.evaluate("document.activeElement.outerHTML")
        assert style[1] != "0px"
