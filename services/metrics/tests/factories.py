"""What tests of figures start from: a campaign that metrics has heard of, its KPIs, deliveries of its partners."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.models import Standing
from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.models import Kpi
from services.metrics.indicators.queries import find_kpi
from services.metrics.indicators.service import create_kpi
from services.metrics.known.service import keep_campaign, keep_organisation
from services.metrics.measurements.service.intake import Submission, take_submissions
from shared.clock import new_id, utc_now
from shared.testing.people import make_identity


def make_campaign(session: Session, *partners: UUID, **changes: Any) -> UUID:
    """A campaign from May 2014 to the end of 2027 with these partners, as its event would have told."""
    campaign_id = new_id()
    details: dict[str, Any] = {
        "title": "A swimmable harbour",
        "cause": "environment",
        "starts_on": date(2014, 5, 1),
        "ends_on": date(2027, 12, 31),
        "partners": partners,
    }
    keep_campaign(session, campaign_id, utc_now(), **{**details, **changes})
    session.flush()
    return campaign_id


def make_partner(session: Session, name: str = "Mister Trash Wheel") -> UUID:
    organisation_id = new_id()
    keep_organisation(session, organisation_id, utc_now(), name=name)
    return organisation_id


def make_kpi(session: Session, campaign_id: UUID, **changes: Any) -> Kpi:
    details: dict[str, Any] = {
        "key": "waste",
        "name": "Waste removed",
        "unit": "t",
        "aggregation": "sum",
        "direction": "increase",
        "baseline": Decimal(0),
        "target": Decimal(1000),
        "verification": "automatic",
    }
    return create_kpi(session, make_identity(), campaign_id, utc_now(), **{**details, **changes})


def report(
    reference: str = "a", value: Any = "4.31", day: str = "2014-05-16", kpi: str = "waste", **changes: Any
) -> dict[str, Any]:
    """One item of a delivery."""
    return {"kpi": kpi, "value": value, "period_start": day, "period_end": day, "reference": reference, **changes}


def deliver(
    session: Session, campaign_id: Any, organisation_id: UUID, items: Any, *, now: datetime | None = None
) -> Submission:
    """A delivery that came a minute ago, taken in; its `recorded` and `rejected` say what became of it."""
    now = now or utc_now()
    submission = make_submission(campaign_id, organisation_id, items, received_at=now - timedelta(minutes=1))
    take_submissions(session, [submission], now)
    return submission


def stand(session: Session, campaign_id: UUID, key: str = "waste") -> Standing:
    """How the KPI stands."""
    kpi = find_kpi(session, campaign_id, key)
    assert kpi is not None
    return map_standings(session, [kpi.id])[kpi.id]


def make_submission(
    campaign_id: Any, organisation_id: UUID, items: Any, received_at: datetime | None = None
) -> Submission:
    data = {"campaign": str(campaign_id), "measurements": items}
    return Submission(new_id(), organisation_id, received_at or utc_now(), data)


def reasons(submission: Submission) -> Sequence[str]:
    return [each.reason for each in submission.rejected]
