"""Reading, writing and sending reports in a browser and by API."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pypdf
import pytest
import python_calamine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.giving.service import decide_given
from services.metrics.giving.tests.factories import DOT, give, tell_story
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.known.service import keep_contact, keep_organisation
from services.metrics.measurements.tests.factories import deliver, report
from services.metrics.reports.models import Report
from services.metrics.reports.service.editions import publish_report
from services.metrics.reports.tests.factories import freeze, make_report
from shared.clock import new_id, utc_now
from shared.identity import SYSTEM
from shared.service import Runtime
from shared.testing.databases import Bus
from shared.testing.people import SignIn, make_identity

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LONG = "123456789012345678.5"
BASE = "https://partners.example.org"


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner, make_partner(session, "Captain Trash Wheel"))
    make_kpi(session, campaign_id)
    make_kpi(session, campaign_id, key="grains", name="Grains", unit="grains")
    deliver(session, campaign_id, partner, [report("a", "4.31"), report("g", LONG, kpi="grains")])
    session.commit()
    return campaign_id


@pytest.fixture
def draft(session: Session, campaign: UUID) -> Report:
    made = make_report(session, campaign, NOW)
    session.commit()
    return made


def test_a_report_is_started_written_frozen_and_sent(staff: FlaskClient, campaign: UUID, session: Session) -> None:
    answer = staff.post(f"/metrics/campaigns/{campaign}/reports/new", data={"kind": "final"})
    edit = answer.location
    page = edit.removesuffix("/edit")
    assert "Write the text" in staff.get(edit).text
    staff.post(edit, data={"version": "1", "summary": "It went **well**.", "thanks": "To <all>"})
    shown = staff.get(page).text
    assert "<strong>well</strong>" in shown
    assert "To &lt;all&gt;" in shown
    assert "edition 1" in staff.get(f"{page}/freeze").text
    assert staff.post(f"{page}/freeze", data={"version": "2"}).status_code == 302
    asked = staff.get(f"{page}/editions/1/send").text
    assert "The liaisons of Mister Trash Wheel" in asked
    assert "The liaisons of Captain Trash Wheel" in asked
    assert staff.post(f"{page}/editions/1/send").status_code == 302
    assert "Nobody has said yet" in staff.get(page).text
    assert staff.post(f"{page}/editions/1/send").status_code == 409


def test_what_was_typed_is_kept_when_somebody_was_faster(staff: FlaskClient, draft: Report) -> None:
    address = f"/metrics/reports/{draft.id}/edit"
    staff.post(address, data={"version": "1", "summary": "First"})
    answer = staff.post(address, data={"version": "1", "summary": "Second"})
    assert answer.status_code == 412
    assert "Second" in answer.text
    assert staff.post(address, data={"version": "2", "summary": "Second"}).status_code == 302


def test_a_partner_reads_it_and_says_so(
    staff: FlaskClient, sign_in: SignIn, session: Session, draft: Report, partner: UUID
) -> None:
    freeze(session, draft.id, NOW, NOW.date())
    publish_report(session, SYSTEM, draft.id, 1, NOW, BASE)
    session.commit()
    page, liaison = f"/metrics/reports/{draft.id}", sign_in("liaison", partner)
    shown = liaison.get(page)
    assert shown.status_code == 200
    assert "I have read it" in shown.text
    assert "History" not in shown.text
    # Opening it changes nothing.
    assert "Nobody has said yet" in staff.get(page).text
    liaison.post(f"{page}/read", data={"edition": "1"})
    assert "You said on" in liaison.get(page).text
    assert "Thandi the liaison of Mister Trash Wheel has read it" in staff.get(page).text
    assert liaison.get(f"{page}/edit").status_code == 404


def test_a_liaison_without_an_account_reads_it_by_a_link_and_says_so(
    staff: FlaskClient, anyone: FlaskClient, session: Session, runtime: Runtime, bus: Bus, campaign: UUID, partner: UUID
) -> None:
    keep_contact(
        session, new_id(), NOW, organisation_id=partner, name="Lerato Khumalo", email="lerato@example.org",
        is_liaison=True, locale="en", time_zone=None, may_mail=True, active=True,
    )  # fmt: skip
    keep_organisation(session, partner, utc_now(), name="Mister Trash Wheel", logo=runtime.files.put(DOT).sha256)
    story, gift = tell_story(session, runtime, campaign, partner), give(session, campaign, partner)
    waiting = tell_story(session, None, campaign, partner, reference="other", title="Nobody looked at this")
    by = make_identity()
    decide_given(session, by, campaign, "stories", story.id, story.version, NOW, status="accepted")
    draft = make_report(session, campaign, NOW)
    session.commit()
    assert staff.post(f"/metrics/reports/{draft.id}/freeze", data={"version": "1"}).status_code == 302
    # What is taken back afterwards stays in the edition, picture and all.
    decide_given(session, by, campaign, "stories", story.id, story.version, NOW, status="reported")
    session.commit()
    staff.post(f"/metrics/reports/{draft.id}/editions/1/send")
    [told] = bus.published("report_published")[0].data["links"]
    page = told["link"].partition(runtime.settings.base_url)[2]
    shown = anyone.get(page)
    assert shown.status_code == 200
    assert [gift.what in shown.text, story.title in shown.text, waiting.title in shown.text] == [False, True, False]
    assert "6\xa0trips" in shown.text
    assert "Nobody has said yet" in staff.get(f"/metrics/reports/{draft.id}").text, "opening it changes nothing"
    for address in re.findall(rf'src="({page}/pictures/[^"]+)"', shown.text):
        assert anyone.get(address).data == DOT
    assert anyone.get(f"{page}/pictures/{'0' * 64}").status_code == 404
    pdf = pypdf.PdfReader(io.BytesIO(anyone.get(f"{page}/files/pdf").data))
    assert "Quagga class" in "".join(each.extract_text() for each in pdf.pages)
    assert any(each.images for each in pdf.pages)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(anyone.get(f"{page}/files/xlsx").data))
    assert book.get_sheet_by_name("Contributions").to_python()[1][2:6] == ["trips", "", 0, 6]
    assert "Text" not in book.sheet_names, "what is empty is left out"
    for _time in range(2):
        assert "see that you have read it" in anyone.post(page, follow_redirects=True).text
    assert staff.get(f"/metrics/reports/{draft.id}").text.count("Lerato Khumalo of Mister Trash Wheel has read it") == 1


def test_the_pdf_and_the_workbook_hold_exact_totals(staff: FlaskClient, draft: Report) -> None:
    page = f"/metrics/reports/{draft.id}"
    assert staff.post(f"{page}/freeze", data={"version": "1"}).status_code == 302
    pdf = pypdf.PdfReader(io.BytesIO(staff.get(f"{page}/files/pdf").data))
    text = " ".join(each.extract_text() for each in pdf.pages)
    assert "123,456,789,012,345,678.5" in text
    assert "Edition 1" in text
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(staff.get(f"{page}/files/xlsx").data))
    rows = book.get_sheet_by_name("KPIs").to_python()
    # A number where a spreadsheet keeps all its digits, and a text where it would not.
    assert rows[1][4] == 4.31
    assert Decimal(str(rows[2][4])) == Decimal(LONG)
    assert isinstance(rows[2][4], str)
    assert staff.get(f"{page}/files/docx").status_code == 404


def test_a_frozen_file_stays_the_same_bytes(staff: FlaskClient, draft: Report, session: Session) -> None:
    page = f"/metrics/reports/{draft.id}"
    staff.post(f"{page}/freeze", data={"version": "1"})
    first = staff.get(f"{page}/files/pdf").data
    deliver(session, draft.campaign_id, make_partner(session), [])
    make_kpi(session, draft.campaign_id, key="more", name="More")
    session.commit()
    assert staff.get(f"{page}/files/pdf").data == first


def test_how_often_is_agreed_and_shown(staff: FlaskClient, campaign: UUID) -> None:
    address = f"/metrics/campaigns/{campaign}/reports"
    assert "No report yet" in staff.get(address).text
    staff.post(f"{address}/cadence", data={"version": "0", "rhythm": "monthly", "grace_days": "10"})
    assert "Every month, drafted 10 days after" in staff.get(address).text
    answer = staff.post(f"{address}/cadence", data={"version": "0", "rhythm": "quarterly", "grace_days": "10"})
    assert answer.status_code == 412


def test_reports_are_listed_by_kind_and_state(staff: FlaskClient, draft: Report, session: Session) -> None:
    days = {"starts_on": date(2015, 1, 1), "ends_on": date(2015, 3, 31)}
    make_report(session, draft.campaign_id, NOW, "progress", **days)
    session.commit()
    address = f"/metrics/campaigns/{draft.campaign_id}/reports"
    assert "Final report" in staff.get(f"{address}?kind=final").text
    listed = staff.get(f"{address}?kind=progress").text
    assert "31 March 2015" in listed
    assert "Nothing matches" in staff.get(f"{address}?state=frozen").text


def test_programs_list_reports_and_read_documents(sign_in: SignIn, session: Session, draft: Report) -> None:
    client = sign_in(by="token")
    listed = client.get(f"/metrics/api/v1/campaigns/{draft.campaign_id}/reports").get_json()
    assert [each["state"] for each in listed["items"]] == ["draft"]
    document = client.get(f"/metrics/api/v1/reports/{draft.id}/document").get_json()
    assert [kpi["verified"] for kpi in document["kpis"]] == ["4.31", LONG]
    freeze(session, draft.id, NOW, NOW.date())
    session.commit()
    assert client.get(f"/metrics/api/v1/reports/{draft.id}/document").get_json()["edition"] == 1
    assert client.get(f"/metrics/api/v1/reports/{draft.id}/document?edition=7").status_code == 404
    again = client.post(f"/metrics/api/v1/campaigns/{draft.campaign_id}/reports", json={"kind": "final"})
    assert again.status_code == 409
