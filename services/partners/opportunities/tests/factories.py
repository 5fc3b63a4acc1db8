"""Opportunities for tests."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.opportunities.models import Opportunity
from services.partners.opportunities.service import add_opportunity
from shared.clock import utc_now
from shared.testing.people import make_identity


def make_opportunity(session: Session, organisation_id: UUID, owner_id: UUID, **changes: Any) -> Opportunity:
    """An idea that `owner_id`, one of our staff, drives; `changes` replace its details."""
    details: dict[str, Any] = {
        "title": "A second stretch of coast", "notes": "", "owner_id": owner_id, "step": "Ask for the map",
        "step_due_on": None, "campaign_id": None, "value": None, "currency": None, "expected_on": None,
    }  # fmt: skip
    return add_opportunity(session, make_identity(), organisation_id, utc_now(), **{**details, **changes})


def make_opportunity_samples(
    session: Session, organisation_id: UUID, owner_id: UUID
) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: route arguments, and links by purpose, of which there are none."""
    made = make_opportunity(session, organisation_id, owner_id, title="Quagga film", step="Ask the Quagga")
    return {"opportunity_id": made.id}, {}
