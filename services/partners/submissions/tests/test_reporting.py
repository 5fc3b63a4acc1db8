"""Reporting without a system: forms that are saved as typed, spreadsheets, and a link without an account."""

import base64
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import PNG
from services.partners.submissions.models import ReportDraft, ReportPicture, Submission
from services.partners.submissions.service.pictures import MOST_PICTURES, add_picture
from services.partners.submissions.tests.factories import count, make_campaign, make_organisation
from shared.clock import new_id, utc_now
from shared.errors import Invalid
from shared.files import StoredFile
from shared.service import Runtime
from shared.tables.reading import open_table
from shared.tables.writing import write_xlsx
from shared.testing.databases import Bus
from shared.testing.people import SignIn

MARCH = {"period_start": "2027-03-01", "period_end": "2027-03-31"}
FIGURE = {"kpi": "waste", "value": "4.31", **MARCH, "reference": "waste 2027-03-01 2027-03-31"}
TITLES = ("KPI", "Value", "First day", "Last day")


@pytest.fixture
def place(runtime: Runtime) -> tuple[UUID, UUID]:
    """An organisation and its campaign."""
    organisation_id = make_organisation(runtime)
    with runtime.database.transaction() as session:
        make_contact(session, organisation_id, name="Lerato Khumalo", email="lerato@example.org", is_liaison=True)
        return organisation_id, make_campaign(session, organisation_id)


def address(place: tuple[UUID, UUID], kind: str = "measurements") -> str:
    return f"/partners/organisations/{place[0]}/report/{place[1]}/{kind}"


def reported(bus: Bus) -> list[dict[str, Any]]:
    return [event.data["data"] for event in bus.published("submission_accepted")]


def test_a_form_sends_what_a_webhook_would(place: tuple[UUID, UUID], sign_in: SignIn, bus: Bus) -> None:
    liaison = sign_in("liaison", place[0])
    assert "Clean Coast" in liaison.get(f"/partners/organisations/{place[0]}/report").text
    assert "Waste removed (t)" in liaison.get(address(place)).text
    sent = liaison.post(address(place), data={**MARCH, "value-waste": "4.310"})
    assert sent.status_code == 302, sent.text
    assert reported(bus) == [{"campaign": str(place[1]), "measurements": [FIGURE]}]
    page = liaison.get(sent.location).text
    assert "Thandi the liaison" in page
    assert "reported it" in page


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({}, "Enter at least one figure"),
        ({"value-waste": "4,3"}, "value-waste"),
        ({"value-waste": "4", "period_end": "2027-02-01"}, "ends before it starts"),
    ],
)
def test_a_form_keeps_what_is_wrong(
    place: tuple[UUID, UUID], staff: FlaskClient, runtime: Runtime, typed: dict[str, str], word: str
) -> None:
    answer = staff.post(address(place), data={**MARCH, **typed})
    assert answer.status_code == 422
    assert word in answer.text
    assert 'value="2027-03-01"' in answer.text
    assert count(runtime, Submission) == 0


def test_other_kinds_have_forms_too(place: tuple[UUID, UUID], staff: FlaskClient, bus: Bus) -> None:
    typed = {"on": "2027-03-02", "people": "14", "hours": "52.5"}
    assert staff.post(address(place, "volunteer_hours"), data=typed).status_code == 302
    [item] = reported(bus)[0]["volunteer_hours"]
    assert item.pop("reference").startswith("form-")
    assert item == {"on": "2027-03-02", "people": 14, "hours": "52.5"}
    story = {"title": "Ama reads", "text": "Aloud."}
    assert staff.post(address(place, "stories"), data=story).status_code == 422
    assert staff.post(address(place, "stories"), data={**story, "consent": "true"}).status_code == 302


def test_a_save_that_was_under_way_when_the_report_was_sent_brings_no_draft_back(
    place: tuple[UUID, UUID], sign_in: SignIn, runtime: Runtime
) -> None:
    liaison = sign_in("liaison", place[0])
    found = re.search(r'name="opened" value="([^"]+)"', liaison.get(address(place)).text)
    assert found
    typed = {**MARCH, "value-waste": "4.31", "opened": found[1]}
    assert liaison.post(address(place) + "/draft", data=typed).status_code == 302
    assert liaison.post(address(place), data=typed).status_code == 302
    assert liaison.post(address(place) + "/draft", data=typed).status_code == 409
    assert count(runtime, ReportDraft) == 0
    again = re.search(r'name="opened" value="([^"]+)"', liaison.get(address(place)).text)
    assert again
    assert liaison.post(address(place) + "/draft", data={**typed, "opened": again[1]}).status_code == 302


def test_a_draft_is_found_again_by_whoever_goes_on(place: tuple[UUID, UUID], sign_in: SignIn, runtime: Runtime) -> None:
    liaison = sign_in("liaison", place[0])
    for value in ("4", "4.3 and then"):
        assert (
            liaison.post(address(place) + "/draft", data={**MARCH, "value-waste": value, "odd": "x"}).status_code == 302
        )
    other_device = sign_in("liaison", place[0]).get(address(place)).text
    assert 'value="4.3 and then"' in other_device
    assert "Begun by Thandi the liaison" in other_device
    assert sign_in("liaison", new_id()).post(address(place) + "/draft", data=MARCH).status_code == 404
    liaison.post(address(place), data={**MARCH, "value-waste": "4.3"})
    assert count(runtime, ReportDraft) == 0


def test_a_link_lets_the_liaison_report_without_an_account(
    place: tuple[UUID, UUID], staff: FlaskClient, anyone: FlaskClient, bus: Bus
) -> None:
    ask = f"/partners/organisations/{place[0]}/report/{place[1]}/ask"
    assert "lerato@example.org" in staff.get(ask).text
    assert staff.post(ask).status_code == 302
    [mail] = bus.published("mail_requested")
    assert mail.data["email"] == "lerato@example.org"
    path = re.sub(r"^https?://[^/]+", "", mail.data["link"])
    assert anyone.get(path).status_code == 200
    anyone.post(path + "/measurements/draft", data={**MARCH, "value-waste": "4."})
    assert 'value="4."' in anyone.get(path).text
    assert anyone.post(path, data={**MARCH, "value-waste": "x"}).status_code == 422
    for value in ("4.31", "4.4"):
        assert "have arrived" in anyone.post(path, data={**MARCH, "value-waste": value}).text
    assert [each["measurements"][0]["value"] for each in reported(bus)] == ["4.31", "4.4"]
    assert len({each["measurements"][0]["reference"] for each in reported(bus)}) == 1


def make_sheet(*rows: tuple[Any, ...]) -> io.BytesIO:
    target = io.BytesIO()
    write_xlsx(target, TITLES, rows)
    target.seek(0)
    return target


GOOD = ("Waste removed", Decimal("4.31"), date(2027, 3, 1), date(2027, 3, 31))
BAD = ("Wsate", "many", date(2027, 3, 1), date(2027, 3, 31))


def test_the_template_names_what_can_be_reported(place: tuple[UUID, UUID], staff: FlaskClient) -> None:
    made = staff.get(address(place) + "/template.xlsx")
    with open_table(io.BytesIO(made.data)) as table:
        assert table.titles[:2] == ["First day", "Last day"]
        assert {"KPI", "Value", "Reference"} < set(table.titles)


def test_a_filled_in_sheet_is_sent(place: tuple[UUID, UUID], staff: FlaskClient, bus: Bus, runtime: Runtime) -> None:
    sent = staff.post(address(place) + "/upload", data={"file": (make_sheet(GOOD), "march.xlsx")})
    assert sent.status_code == 302, sent.text
    assert reported(bus) == [{"campaign": str(place[1]), "measurements": [FIGURE]}]
    assert "Spreadsheet" in staff.get(f"/partners/organisations/{place[0]}/submissions").text


def test_wrong_rows_are_named_by_place_and_come_back_to_mend(
    place: tuple[UUID, UUID], staff: FlaskClient, bus: Bus
) -> None:
    upload = address(place) + "/upload"
    answer = staff.post(upload, data={"file": (make_sheet(GOOD, BAD), "march.xlsx")})
    assert answer.status_code == 422
    assert "row 3, column A (KPI)" in answer.text
    assert "row 3, column B (Value)" in answer.text
    assert reported(bus) == []
    [encoded] = re.findall(r"base64,([A-Za-z0-9+/=]+)", answer.text)
    with open_table(io.BytesIO(base64.b64decode(encoded))) as table:
        [row] = list(table.rows)
        assert "Wsate" in row.cells
    staff.post(upload, data={"file": (make_sheet(GOOD, BAD), "march.xlsx"), "partly": "true"})
    assert reported(bus)[0]["measurements"] == [FIGURE]
    for hostile in (b"", b"not,a,table", b"PK\x03\x04rubbish"):
        assert staff.post(upload, data={"file": (io.BytesIO(hostile), "x.xlsx")}).status_code == 422


@pytest.fixture
def by_link(place: tuple[UUID, UUID], staff: FlaskClient, bus: Bus) -> str:
    """The address in the mail that asks the liaison for figures."""
    assert staff.post(f"/partners/organisations/{place[0]}/report/{place[1]}/ask").status_code == 302
    return re.sub(r"^https?://[^/]+", "", bus.published("mail_requested")[-1].data["link"])


def test_a_link_takes_the_spreadsheet_too_and_nothing_of_one_with_wrong_rows(
    by_link: str, place: tuple[UUID, UUID], anyone: FlaskClient, bus: Bus
) -> None:
    with open_table(io.BytesIO(anyone.get(by_link + "/measurements/template.xlsx").data)) as table:
        assert {"KPI", "Value"} < set(table.titles)
    upload = by_link + "/measurements/upload"
    refused = anyone.post(upload, data={"file": (make_sheet(GOOD, BAD), "march.xlsx")})
    assert refused.status_code == 422
    assert "row 3, column A (KPI)" in refused.text
    assert "Nothing of it was sent." in refused.text
    assert reported(bus) == []
    [encoded] = re.findall(r"base64,([A-Za-z0-9+/=]+)", refused.text)
    with open_table(io.BytesIO(base64.b64decode(encoded))) as table:
        assert len(list(table.rows)) == 1
    sent = anyone.post(upload, data={"file": (make_sheet(GOOD), "march.xlsx")})
    assert (sent.status_code, "have arrived" in sent.text) == (200, True)
    assert reported(bus) == [{"campaign": str(place[1]), "measurements": [FIGURE]}]
    partly = anyone.post(upload, data={"file": (make_sheet(GOOD, BAD), "march.xlsx"), "partly": "true"})
    assert "The one good row is sent; these are not." in partly.text
    assert "row 3, column B (Value)" in partly.text
    assert len(reported(bus)) == 2


STORY = {"title": "Ama reads", "text": "Aloud, and to all of us."}
SHOWN = "Ama with a book under a tree"


def test_a_story_takes_pictures_along_that_only_those_see_who_see_the_story(
    by_link: str, place: tuple[UUID, UUID], anyone: FlaskClient, sign_in: SignIn, runtime: Runtime, bus: Bus
) -> None:
    story = by_link + "/stories"
    assert anyone.get(story).status_code == 200
    kept = anyone.post(
        story + "/draft",
        data={**STORY, "picture": (io.BytesIO(PNG), "IMG_2.png"), "picture_description": SHOWN, "act": "add"},
    )
    assert (kept.status_code, kept.location) == (302, f"{story}#pictures")
    page = anyone.get(story).text
    assert STORY["text"] in page
    assert f'alt="{SHOWN}"' in page
    [picture] = re.findall(r'<img src="([^"]+)"', page)
    shown = anyone.get(picture)
    assert (shown.data, shown.mimetype, shown.headers["Cache-Control"]) == (PNG, "image/png", "no-store")
    wrong = anyone.post(story, data=STORY)
    assert wrong.status_code == 422
    assert "Everyone named or shown has agreed to it" in wrong.text
    sent = anyone.post(story, data={**STORY, "consent": "true"})
    assert "What you sent has arrived" in sent.text
    assert anyone.get(picture).status_code == 404, "it has gone along"
    assert "<img" not in anyone.get(story).text
    assert count(runtime, ReportDraft) == 0
    submission_id = bus.published("submission_accepted")[-1].data["submission_id"]
    liaison = sign_in("liaison", place[0])
    whole = liaison.get(f"/partners/submissions/{submission_id}").text
    assert f'alt="{SHOWN}"' in whole
    [address] = re.findall(r'<img src="([^"]+)"', whole)
    assert liaison.get(address).data == PNG
    assert sign_in("liaison", new_id()).get(address).status_code == 404
    script = sign_in("viewer", None, by="token")
    [told] = script.get(f"/partners/api/v1/submissions/{submission_id}").json["pictures"]
    assert (told["description"], told["media_type"]) == (SHOWN, "image/png")


@pytest.mark.parametrize(
    ("content", "name", "description", "word"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "a.svg", SHOWN, "kind of file"),
        (b"%PDF-1.7 paper", "a.png", SHOWN, "kind of file"),
        (PNG + b"x" * (10 << 20), "a.png", SHOWN, "is the most"),
        (b"", "a.png", SHOWN, "empty"),
        (PNG, "a.png", "", "What does it show?"),
    ],
    ids=["a drawing with a script", "a paper", "too large", "empty", "without a description"],
)
def test_a_picture_that_can_not_be_taken_is_refused_and_the_story_stays_as_typed(
    by_link: str, anyone: FlaskClient, runtime: Runtime, content: bytes, name: str, description: str, word: str
) -> None:
    for step in ("", "/draft"):
        typed = {**STORY, "consent": "true", "picture_description": description}
        answer = anyone.post(by_link + "/stories" + step, data={**typed, "picture": (io.BytesIO(content), name)})
        assert answer.status_code == 422
        assert word in answer.text
        assert STORY["text"] in answer.text
    assert (count(runtime, Submission), count(runtime, ReportPicture)) == (0, 0)


def test_a_picture_chosen_with_the_last_button_is_kept_though_the_story_needs_mending(
    by_link: str, anyone: FlaskClient, runtime: Runtime
) -> None:
    typed = {**STORY, "picture": (io.BytesIO(PNG), "a.png"), "picture_description": SHOWN}
    answer = anyone.post(by_link + "/stories", data=typed)
    assert answer.status_code == 302
    page = anyone.get(answer.location).text
    assert "One thing needs another look" in page
    assert f'alt="{SHOWN}"' in page
    assert STORY["text"] in page
    [taken] = re.findall(r'name="remove" value="([^"]+)"', page)
    assert anyone.post(by_link + "/stories/draft", data={**STORY, "remove": taken}).status_code == 302
    assert count(runtime, ReportPicture) == 0
    assert anyone.post(by_link + "/stories/draft", data={**STORY, "remove": taken}).status_code == 404


def test_a_story_takes_so_many_pictures_and_no_more(session: Session, place: tuple[UUID, UUID]) -> None:
    files = [StoredFile(f"{each}.png", "image/png", 9, f"{each:064x}") for each in range(MOST_PICTURES + 1)]
    for file in [*files[:-1], files[0]]:
        add_picture(session, *place, file, SHOWN, utc_now())
    with pytest.raises(Invalid):
        add_picture(session, *place, files[-1], SHOWN, utc_now())
