"""Partners' deliveries, for tests."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.models import Standing
from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.queries import find_kpi
from services.metrics.measurements.service.intake import Submission, take_submissions
from shared.clock import new_id, utc_now


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
