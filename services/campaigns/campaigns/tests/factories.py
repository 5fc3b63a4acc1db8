"""Campaigns for tests, and what campaigns hears from partners."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.campaigns.campaigns.models import Campaign
from services.campaigns.campaigns.service import create_campaign
from shared.clock import new_id, utc_now
from shared.identity import COORDINATOR, Identity
from shared.testing.databases import Bus
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


def hear_organisation(bus: Bus, name: str, organisation_id: UUID | None = None, fact: str = "registered") -> UUID:
    """Partners tells of an organisation; returns its id."""
    organisation_id = organisation_id or new_id()
    news = {"organisation_id": organisation_id, "name": name, "kind": "ngo", "country": "ZA", "website": None}
    bus.hear(f"saypro.partners.organisation_{fact}.v1", news, subject=str(organisation_id))
    return organisation_id


def hear_person(bus: Bus, name: str, person_id: UUID | None = None, **changes: Any) -> UUID:
    """Partners tells of a person; returns their id."""
    person_id = person_id or new_id()
    news = {
        "person_id": person_id, "name": name, "email": "someone@example.org", "role": COORDINATOR,
        "organisation_id": None, "locale": "en", "time_zone": None, "active": True,
    }  # fmt: skip
    bus.hear("saypro.partners.person_changed.v1", {**news, **changes}, subject=str(person_id))
    return person_id
