"""Looking through reported figures and deciding on them in a browser."""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import Measurement
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.testing.people import SignIn


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner)
    make_kpi(session, campaign_id, verification="manual")
    make_kpi(session, campaign_id, key="hours", name="Volunteer hours", unit="h")
    deliver(
        session, campaign_id, partner, [report("load-1", "4.31"), report("load-2", "2"), report("h", "8", kpi="hours")]
    )
    session.commit()
    return campaign_id


def ids_of(session: Session, *references: str) -> list[str]:
    found = select(Measurement.id).where(Measurement.reference.in_(references)).order_by(Measurement.id)
    ids = [str(each) for each in session.scalars(found)]
    # On SQLite an open session keeps others from writing.
    session.commit()
    return ids


def references_in(html: str) -> list[str]:
    return re.findall(r'<label class="form-check-label" for="figure-[^"]+">([^<]+)<', html)


def test_figures_are_listed_newest_first_and_filtered(staff: FlaskClient, campaign: UUID, partner: UUID) -> None:
    address = f"/metrics/campaigns/{campaign}/figures"
    assert references_in(staff.get(address).text) == ["h", "load-2", "load-1"]
    assert references_in(staff.get(f"{address}?status=provisional").text) == ["load-2", "load-1"]
    assert references_in(staff.get(f"{address}?kpi=hours").text) == ["h"]
    assert references_in(staff.get(f"{address}?organisation_id={partner}&limit=1").text) == ["h"]
    assert "Nothing matches" in staff.get(f"{address}?status=rejected").text


def test_a_list_goes_on_where_the_page_before_ended(staff: FlaskClient, campaign: UUID) -> None:
    address = f"/metrics/campaigns/{campaign}/figures"
    first = staff.get(f"{address}?limit=2").text
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    assert references_in(staff.get(address + following.replace("&amp;", "&")).text) == ["load-1"]


def test_ticked_figures_are_verified_and_the_filters_stay(staff: FlaskClient, session: Session, campaign: UUID) -> None:
    ids = ids_of(session, "load-1", "load-2")
    answer = staff.post(f"/metrics/campaigns/{campaign}/figures/verify?status=provisional&_scheme=x", data={"ids": ids})
    assert answer.status_code == 302
    assert answer.location.endswith(f"/metrics/campaigns/{campaign}/figures?status=provisional")
    session.expire_all()
    assert str(stand(session, campaign).verified) == "6.31"


def test_a_rejection_needs_a_reason_and_keeps_what_was_ticked(
    staff: FlaskClient, session: Session, campaign: UUID
) -> None:
    (figure,) = ids_of(session, "load-1")
    address = f"/metrics/campaigns/{campaign}/figures/reject"
    refused = staff.post(address, data={"ids": [figure], "reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert f'value="{figure}" id="figure-{figure}" checked' in refused.text
    assert staff.post(address, data={"ids": [figure], "reason": "Weighed twice."}).status_code == 302
    assert "Weighed twice." in staff.get(f"/metrics/campaigns/{campaign}/figures?status=rejected").text


@pytest.mark.parametrize("ids", [[], ["not an id"]])
def test_nothing_chosen_is_said(staff: FlaskClient, campaign: UUID, ids: list[str]) -> None:
    answer = staff.post(f"/metrics/campaigns/{campaign}/figures/verify", data={"ids": ids})
    assert (answer.status_code, "Choose at least one figure." in answer.text) == (422, True)


def test_a_figure_that_was_corrected_meanwhile_is_not_verified(
    staff: FlaskClient, session: Session, campaign: UUID, partner: UUID
) -> None:
    seen = ids_of(session, "load-1")
    deliver(session, campaign, partner, [report("load-1", "5")])
    session.commit()
    answer = staff.post(f"/metrics/campaigns/{campaign}/figures/verify", data={"ids": seen})
    assert answer.status_code == 409
    assert "corrected by the partner meanwhile" in answer.text


def test_a_liaison_looks_but_does_not_decide(sign_in: SignIn, session: Session, campaign: UUID, partner: UUID) -> None:
    liaison = sign_in("liaison", partner)
    html = liaison.get(f"/metrics/campaigns/{campaign}/figures").text
    assert "load-1" in html
    assert "checkbox" not in html
    answer = liaison.post(f"/metrics/campaigns/{campaign}/figures/verify", data={"ids": ids_of(session, "load-1")})
    assert answer.status_code == 404
