"""Seed story: a liaison with nothing but a phone reports, signs a target, and reads what came of it.

As in test_liaison_on_a_phone.py each test says which kinds of links it walks through, and is held to that.
"""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from shared.tables.reading import open_table
from shared.tables.writing import write_xlsx
from shared.testing.browser import PHONE
from tests.browser.conftest import Visits
from tests.browser.phone import (
    TODAY,
    Partner,
    confirm,
    look,
    open_on,
    read_link,
    walks,
)
from tests.browser.programs import Script
from tests.installation import Installation

pytestmark = pytest.mark.browser


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


@walks("target.sign")
def test_a_target_is_signed_once_and_read_there_afterwards(partner: Partner, staff: Page, phone: Page) -> None:
    confirm(staff, f"/metrics/campaigns/{partner.campaign}/kpis/grass/propose", re.compile("Sign and ask|Ask them"))
    link = read_link(staff, "Please sign: Grass planted in Standing Dunes")
    open_on(phone, link, "The target of Grass planted")
    expect(phone.locator("main")).to_contain_text("It stands under your name, Zanele Khumalo")
    phone.get_by_role("button", name="Sign it").click()
    expect(phone.locator("main")).to_contain_text("Thank you: your signature is on record.")
    look(phone)
    open_on(phone, link, "The target of Grass planted")
    expect(phone.locator("main")).to_contain_text("You signed this on")
    expect(phone.get_by_role("button", name="Sign it")).to_have_count(0)


@walks("report.read")
def test_a_report_is_read_taken_along_and_said_to_be_read(
    script: Script, partner: Partner, staff: Page, phone: Page
) -> None:
    given = {"kind": "progress", "starts_on": f"{TODAY - timedelta(days=10)}", "ends_on": f"{TODAY}"}
    report = script.post(f"/metrics/api/v1/campaigns/{partner.campaign}/reports", given)["id"]
    confirm(staff, f"/metrics/reports/{report}/freeze", "Freeze it")
    confirm(staff, f"/metrics/reports/{report}/editions/1/send", "Send it")
    link = read_link(staff, re.compile("Progress report, .*: Standing Dunes"))
    open_on(phone, link, "Standing Dunes")
    with phone.expect_download() as taken:
        phone.get_by_role("link", name="PDF").click()
    assert taken.value.path().read_bytes().startswith(b"%PDF")
    staff.goto(f"/metrics/reports/{report}")
    expect(staff.locator("main")).to_contain_text("Nobody has said yet that they have read it.")
    phone.get_by_role("button", name="Thank you, I have read it").click()
    expect(phone.locator("main")).to_contain_text("You said on")
    look(phone)
    staff.reload()
    expect(staff.locator("main")).to_contain_text("Zanele Khumalo of Dune Keepers has read it")
