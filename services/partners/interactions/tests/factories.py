"""Interactions for tests."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.interactions.models import Interaction
from services.partners.interactions.service import log_interaction
from shared.clock import utc_now
from shared.testing.people import make_identity


def make_interaction(session: Session, organisation_id: UUID, **changes: Any) -> Interaction:
    """A call of an hour ago; `changes` replace its details."""
    now = utc_now()
    details: dict[str, Any] = {
        "kind": "call", "at": now - timedelta(hours=1), "contact_ids": [], "person_ids": [],
        "summary": "They have two vans for the clean-up.",
    }  # fmt: skip
    return log_interaction(session, make_identity(), organisation_id, now, **{**details, **changes})
