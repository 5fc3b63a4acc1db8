"""One figure, joint work, flags, locked months and sources in a browser."""

import io
import re
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner, part_kpi
from services.metrics.measurements.models import FigureFlag, Measurement
from services.metrics.measurements.queries.records import list_locks
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import utc_now
from shared.testing.people import SignIn

MAY = {"period_start": "2014-05-01", "period_end": "2014-05-31"}


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def other(session: Session) -> UUID:
    return make_partner(session, "Captain Trash Wheel")


@pytest.fixture
def campaign(session: Session, partner: UUID, other: UUID) -> UUID:
    campaign_id = make_campaign(session, partner, other)
    part_kpi(session, make_kpi(session, campaign_id, verification="manual"))
    make_kpi(session, campaign_id, key="score", name="Score", aggregation="weighted_mean")
    deliver(session, campaign_id, partner, [report("load-1", "4.31"), report("load-2", "2")])
    session.commit()
    return campaign_id


@pytest.fixture
def address(campaign: UUID) -> str:
    return f"/metrics/campaigns/{campaign}/figures"


def find(session: Session, reference: str) -> Measurement:
    found = session.scalars(select(Measurement).where(Measurement.reference == reference)).one()
    # On SQLite an open session keeps others from writing.
    session.commit()
    return found


def test_a_figure_is_entered_with_its_parts_and_a_paper(
    staff: FlaskClient, address: str, session: Session, partner: UUID
) -> None:
    assert "Waste removed" in staff.get(f"{address}/new").text
    form = staff.get(f"{address}/new?kpi=waste").text
    assert "Sex: Women" in form
    assert "Weight" not in form
    assert "Weight" in staff.get(f"{address}/new?kpi=score").text
    typed = {"organisation_id": str(partner), "value": "22", "reference": "slip", **MAY}
    refused = staff.post(f"{address}/new?kpi=waste", data={**typed, "part-sex-f": "10", "part-sex-m": "11"})
    assert refused.status_code == 422
    assert "add up to 21, not to 22" in refused.text
    paper = (io.BytesIO(b"%PDF-1.4 a slip"), "slip.pdf")
    told = {**typed, "part-sex-f": "10", "part-sex-m": "12", "file": paper}
    made = staff.post(f"{address}/new?kpi=waste", data=told, content_type="multipart/form-data")
    assert made.status_code == 302, made.text
    page = staff.get(made.location).text
    assert "slip.pdf" in page
    assert "Entered by us" in page
    figure = find(session, "slip")
    assert figure.parts == {"sex": {"f": "10", "m": "12"}}
    sent = staff.get(f"{address}/{figure.id}/evidence")
    assert (sent.status_code, sent.data) == (200, b"%PDF-1.4 a slip")


def test_a_paper_is_for_its_partner_and_us_though_the_figure_is_everybodys(
    staff: FlaskClient, sign_in: SignIn, address: str, session: Session, partner: UUID, other: UUID
) -> None:
    figure = find(session, "load-1")
    paper = {"file": (io.BytesIO(b"%PDF-1.4 names"), "names.pdf")}
    added = staff.post(f"{address}/{figure.id}/evidence", data=paper, content_type="multipart/form-data")
    assert added.status_code == 302
    staff.post(f"{address}/verify", data={"ids": [str(figure.id)]})
    stranger, own = sign_in("liaison", other), sign_in("liaison", partner)
    assert "names.pdf" not in stranger.get(f"{address}/{figure.id}").text
    assert stranger.get(f"{address}/{figure.id}").status_code == 200
    assert stranger.get(f"{address}/{figure.id}/evidence").status_code == 404
    assert own.get(f"{address}/{figure.id}/evidence").status_code == 200


def test_ticked_figures_are_returned_with_a_note(staff: FlaskClient, address: str, session: Session) -> None:
    figure = find(session, "load-1")
    assert staff.post(f"{address}/return", data={"ids": [str(figure.id)]}).status_code == 422
    staff.post(f"{address}/return", data={"ids": [str(figure.id)], "reason": "Wet or dry?"})
    page = staff.get(f"{address}/{figure.id}").text
    assert "Returned" in page
    assert "Wet or dry?" in page
    assert "load-1" in staff.get(f"{address}?status=returned").text


def test_all_that_match_are_counted_before_they_are_decided_on(
    staff: FlaskClient, address: str, session: Session, campaign: UUID, partner: UUID
) -> None:
    form = staff.get(f"{address}/decide?kpi=waste").text
    assert "2 figures match." in form
    (up_to,) = re.findall(r'name="up_to" value="([^"]+)"', form)
    deliver(session, campaign, partner, [report("later", "100")])
    session.commit()
    wrong = staff.post(f"{address}/decide?kpi=waste", data={"verdict": "rejected", "up_to": up_to})
    assert wrong.status_code == 422
    done = staff.post(f"{address}/decide?kpi=waste", data={"verdict": "verified", "up_to": up_to})
    assert done.status_code == 302
    assert "2 figures are decided on." in staff.get(done.location).text
    assert (stand(session, campaign).verified, stand(session, campaign).provisional) == (Decimal("6.31"), 100)


def test_joint_work_is_entered_by_shares_and_shown_as_one(
    staff: FlaskClient, address: str, partner: UUID, other: UUID
) -> None:
    assert "No joint work yet" in staff.get(f"{address}/joint").text
    typed = {"kpi": "waste", "claimant_id": str(partner), "value": "10", "reference": "day", "note": "Together.", **MAY}
    refused = staff.post(f"{address}/joint/new", data={**typed, f"share-{partner}": "60", f"share-{other}": "30"})
    assert refused.status_code == 422
    assert "add up to 90" in refused.text
    staff.post(f"{address}/joint/new", data={**typed, f"share-{partner}": "60", f"share-{other}": "40"})
    adjusted = {"kpi": "waste", "organisation_id": str(other), "value": "-1", "reason": "Weighed twice.", **MAY}
    assert staff.post(f"{address}/adjustments/new", data=adjusted).status_code == 302
    page = staff.get(f"{address}/joint").text
    for words in ("Together.", "Weighed twice.", "Adjustment", "Captain Trash Wheel"):
        assert words in page
    assert page.count("Together.") == 1


def test_months_are_locked_by_hand_and_show_what_changed(
    staff: FlaskClient, address: str, session: Session, campaign: UUID, partner: UUID
) -> None:
    wrong = staff.post(f"{address}/locks", data={"first": "2999-01-01", "last": "2999-01-01", "reason": "x"})
    assert wrong.status_code == 422
    staff.post(f"{address}/locks", data={"first": "2014-05-01", "last": "2014-05-01", "reason": "The board read it."})
    assert [each.month for each in list_locks(session, campaign)] == [date(2014, 5, 1)]
    session.commit()
    deliver(session, campaign, partner, [report("load-1", "5")])
    session.commit()
    page = staff.get(f"{address}/restatements").text
    assert "The board read it." in page
    assert "4.31" in page
    assert "Restated" in staff.get(address).text


def test_a_flag_is_explained_on_its_page(
    staff: FlaskClient, sign_in: SignIn, address: str, session: Session, partner: UUID, other: UUID
) -> None:
    figure = find(session, "load-1")
    flag = FigureFlag(
        kpi_id=figure.kpi_id, organisation_id=partner, kind="outlier", subject=str(figure.id), figure_id=figure.id,
        period_start=figure.period_start, period_end=figure.period_end, detail={"median": "1", "score": "9.1"},
        created_at=utc_now(),
    )  # fmt: skip
    session.add(flag)
    session.commit()
    assert "Unlike the others" in staff.get(f"{address}?flag=any").text
    assert "9.1 times as far" in sign_in("liaison", partner).get(f"{address}/flags").text
    assert "Nothing to explain" in sign_in("liaison", other).get(f"{address}/flags").text
    assert staff.post(f"{address}/flags/{flag.id}/explain", data={"note": ""}).status_code == 422
    done = staff.post(f"{address}/flags/{flag.id}/explain", data={"note": "The storm."})
    assert done.status_code == 302
    assert "Nothing to explain" in staff.get(done.location).text
    assert "The storm." in staff.get(f"{address}/flags?all=true").text
    assert staff.post(f"{address}/flags/{flag.id}/explain", data={"note": "Again."}).status_code == 409


def test_a_kpis_source_is_chosen_and_kept(staff: FlaskClient, address: str) -> None:
    refused = staff.post(f"{address}/sources/waste", data={"source": "hours", "measure": "reach"})
    assert refused.status_code == 422
    chosen = staff.post(f"{address}/sources/waste", data={"source": "hours", "measure": "people"})
    assert chosen.status_code == 302
    assert 'value="people" selected' in staff.get(f"{address}/sources/waste").text
