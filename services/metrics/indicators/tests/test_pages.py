"""Adding KPIs and changing targets in a browser."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.indicators.queries import find_kpi
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from shared.testing.people import SignIn

KPI = {
    "name": "Waste removed", "key": "waste", "unit": "t", "direction": "increase", "baseline": "0", "target": "1000",
    "verification": "manual",
}  # fmt: skip


@pytest.fixture
def campaign(session: Session) -> UUID:
    campaign_id = make_campaign(session, make_partner(session))
    session.commit()
    return campaign_id


def test_a_kpi_is_added_and_the_dashboard_shows_it(staff: FlaskClient, session: Session, campaign: UUID) -> None:
    answer = staff.post(f"/metrics/campaigns/{campaign}/kpis/new", data=KPI, follow_redirects=True)
    assert "Waste removed is added." in answer.text
    kpi = find_kpi(session, campaign, "waste")
    assert kpi is not None
    assert (kpi.target, kpi.verification) == (1000, "manual")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key": "Waste!"}, "Use small letters, digits and underscores"),
        ({"target": "many"}, "is not a number"),
        ({"target": "0"}, "nothing to reach"),
        ({"direction": "decrease"}, "must be below the baseline"),
        ({"name": ""}, "Fill this in."),
    ],
)
def test_an_odd_kpi_comes_back_with_what_was_typed(
    staff: FlaskClient, session: Session, campaign: UUID, change: dict[str, str], words: str
) -> None:
    answer = staff.post(f"/metrics/campaigns/{campaign}/kpis/new", data={**KPI, "unit": "bags & more", **change})
    assert answer.status_code == 422
    assert words in answer.text
    assert "bags &amp; more" in answer.text
    assert find_kpi(session, campaign, "waste") is None


def test_a_key_in_use_is_said_beside_its_field(staff: FlaskClient, campaign: UUID) -> None:
    address = f"/metrics/campaigns/{campaign}/kpis/new"
    staff.post(address, data=KPI)
    again = staff.post(address, data=KPI)
    assert again.status_code == 409
    assert "already has a KPI with the key waste" in again.text


def test_a_target_is_changed_with_a_reason_and_not_over_someone_elses_change(
    staff: FlaskClient, session: Session, campaign: UUID
) -> None:
    make_kpi(session, campaign)
    session.commit()
    address = f"/metrics/campaigns/{campaign}/kpis/waste/target"
    assert 'name="version" value="1"' in staff.get(address).text
    assert staff.post(address, data={"target": "1200", "version": "1"}).status_code == 422
    changed = staff.post(address, data={"target": "1200", "reason": "More wheels.", "version": "1"})
    assert changed.status_code == 302
    stale = staff.post(address, data={"target": "1300", "reason": "Even more.", "version": "1"})
    assert stale.status_code == 412
    assert "Even more." in stale.text
    assert 'name="version" value="2"' in stale.text


def test_viewers_and_liaisons_change_nothing(sign_in: SignIn, session: Session) -> None:
    partner = make_partner(session)
    campaign = make_campaign(session, partner)
    make_kpi(session, campaign)
    session.commit()
    for client, status in ((sign_in("viewer"), 403), (sign_in("liaison", partner), 404)):
        for path in ("new", "waste/target"):
            assert client.get(f"/metrics/campaigns/{campaign}/kpis/{path}").status_code == status
            assert client.post(f"/metrics/campaigns/{campaign}/kpis/{path}", data=KPI).status_code == status
