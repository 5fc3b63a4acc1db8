"""Campaigns for tests."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from services.campaigns.campaigns.models import Campaign
from services.campaigns.campaigns.service import create_campaign
from shared.clock import utc_now
from shared.identity import Identity
from shared.testing.people import make_identity

DETAILS: dict[str, Any] = {
    "title": "A swimmable harbour", "cause": "environment", "summary": None, "starts_on": date(2026, 3, 1),
    "ends_on": date(2026, 11, 30), "owner_id": None, "partners": None,
}  # fmt: skip
BODY = {"title": "A swimmable harbour", "cause": "environment", "starts_on": "2026-03-01", "ends_on": "2026-11-30"}


def make_campaign(
    session: Session, *, by: Identity | None = None, now: datetime | None = None, **changes: Any
) -> Campaign:
    """A campaign that was just set up; `changes` replace its details."""
    return create_campaign(session, by or make_identity(), now or utc_now(), **{**DETAILS, **changes})


def around(day: date, *, before: int, after: int) -> dict[str, date]:
    """The dates of a campaign that starts `before` days before `day` and ends `after` days after it."""
    return {"starts_on": day - timedelta(days=before), "ends_on": day + timedelta(days=after)}
