"""KPIs that take their figures from partners' other reports."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import Measurement
from services.metrics.measurements.service.sources import set_source
from services.metrics.measurements.tests.factories import deliver, reasons, report, stand
from shared.clock import new_id, utc_now
from shared.errors import Invalid
from shared.testing.databases import Bus
from shared.testing.people import make_identity

STAFF = make_identity()
LISTS = {"volunteer_hours": "volunteer_hours", "contributions": "contributions", "coverage": "coverage"}


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner)
    make_kpi(session, campaign_id)
    return campaign_id


def choose(session: Session, campaign: UUID, source: str | None, **changes: str) -> None:
    set_source(session, STAFF, campaign, "waste", utc_now(), source=source, **changes)


def hear(session: Session, bus: Bus, campaign: UUID, partner: UUID, name: str, *items: dict[str, Any]) -> None:
    session.commit()
    told = {
        "submission_id": str(new_id()), "organisation_id": str(partner), "kind": f"{name}.reported",
        "received_at": utc_now().isoformat(), "data": {"campaign": str(campaign), LISTS[name]: list(items)},
    }  # fmt: skip
    bus.hear("saypro.partners.submission_accepted.v1", told)
    session.expire_all()


def test_hours_reported_once_count_once(session: Session, campaign: UUID, partner: UUID, bus: Bus) -> None:
    choose(session, campaign, "hours", measure="hours")
    shift = {"reference": "s1", "on": "2014-05-16", "people": 34, "hours": "102.5"}
    hear(session, bus, campaign, partner, "volunteer_hours", shift, {**shift, "reference": "s2", "hours": "7"})
    hear(session, bus, campaign, partner, "volunteer_hours", {**shift, "hours": "100"})
    assert stand(session, campaign).verified == 107
    figures = session.scalars(select(Measurement).where(Measurement.status == "verified")).all()
    assert {(each.source, each.reference) for each in figures} == {("hours", "hours s1"), ("hours", "hours s2")}
    refused = deliver(session, campaign, partner, [report()])
    assert "from your reports of volunteer hours" in reasons(refused)[0]


def test_only_contributions_of_the_kind_and_currency_count(
    session: Session, campaign: UUID, partner: UUID, bus: Bus
) -> None:
    choose(session, campaign, "contribution", measure="amount", only_kind="money", only_unit="ZAR")
    gift = {"kind": "money", "what": "Gloves", "amount": "4800", "currency": "ZAR", "given_on": "2014-05-16"}
    lorries = {"kind": "transport", "what": "Lorries", "quantity": "6", "unit": "trips", "given_on": "2014-05-16"}
    foreign = {"reference": "b", **gift, "currency": "USD"}
    gifts = [{"reference": "a", **gift}, foreign, {"reference": "c", **lorries}]
    hear(session, bus, campaign, partner, "contributions", *gifts)
    assert stand(session, campaign).verified == 4800


def test_coverage_counts_by_article_or_by_reach(session: Session, campaign: UUID, partner: UUID, bus: Bus) -> None:
    choose(session, campaign, "coverage", measure="items")
    article = {"outlet": "Times", "title": "A shelf", "published_on": "2014-05-16", "reach": 41000}
    later = {**article, "reference": "future", "published_on": "2999-01-01"}
    hear(
        session, bus, campaign, partner, "coverage", {"reference": "a", **article}, {"reference": "b", **article}, later
    )
    assert stand(session, campaign).verified == 2


def test_without_a_source_other_reports_count_nowhere(
    session: Session, campaign: UUID, partner: UUID, bus: Bus
) -> None:
    shift = {"reference": "s1", "on": "2014-05-16", "people": 34, "hours": "102"}
    hear(session, bus, campaign, partner, "volunteer_hours", shift)
    choose(session, campaign, "hours", measure="people")
    choose(session, campaign, None)
    hear(session, bus, campaign, partner, "volunteer_hours", shift)
    assert stand(session, campaign).verified == 0
    assert deliver(session, campaign, partner, [report()]).recorded == 1
    assert stand(session, campaign).verified == Decimal("4.31")


def test_an_odd_source_is_refused(session: Session, campaign: UUID) -> None:
    make_kpi(session, campaign, key="score", aggregation="mean")
    with pytest.raises(Invalid):
        choose(session, campaign, "hours", measure="reach")
    with pytest.raises(Invalid):
        choose(session, campaign, "contribution", measure="amount")
    with pytest.raises(Invalid):
        set_source(session, STAFF, campaign, "score", utc_now(), source="hours", measure="hours")
