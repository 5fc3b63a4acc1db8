"""Joint work and adjustments on the board."""

from datetime import date
from decimal import Decimal

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.service.joint import enter_adjustment, enter_joint_claim
from shared.clock import utc_now
from shared.testing.people import SignIn, make_identity


def test_they_stand_as_footnotes_where_the_kpi_is_shown(session: Session, sign_in: SignIn, staff: FlaskClient) -> None:
    wheel, other = make_partner(session), make_partner(session, "Captain Trash Wheel")
    campaign = make_campaign(session, wheel, other)
    make_kpi(session, campaign, verification="manual")
    by, day = make_identity(), date(2014, 5, 16)
    enter_joint_claim(
        session, by, campaign, utc_now(), kpi="waste", claimant_id=wheel, value=Decimal(10), reference="day",
        shares={wheel: Decimal(60), other: Decimal(40)}, period_start=day, period_end=day,
        note_text="One line of boats.",
    )  # fmt: skip
    enter_adjustment(
        session, by, campaign, utc_now(), kpi="waste", organisation_id=other, value=Decimal(-1), period_start=day,
        period_end=day, reason="Weighed twice.",
    )  # fmt: skip
    session.commit()
    page = staff.get(f"/metrics/campaigns/{campaign}")
    assert page.status_code == 200
    for words in ("One line of boats.", "Weighed twice."):
        assert words in page.text
    # Nobody has verified the claim: a partner sees it by their own share in it, everyone what counts.
    script = sign_in("liaison", wheel, by="token")
    (kpi,) = script.get(f"/metrics/api/v1/campaigns/{campaign}/dashboard").json["kpis"]
    assert [(each["kind"], each["value"]) for each in kpi["joint"]] == [("joint", "10"), ("adjustment", "-1")]
    assert (kpi["verified"], kpi["provisional"]) == ("-1", "6")
