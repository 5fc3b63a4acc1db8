"""People for tests."""

from typing import Any

from sqlalchemy.orm import Session

from services.partners.people.models import Person
from services.partners.people.service import add_person
from shared.clock import utc_now
from shared.identity import COORDINATOR


def make_person(session: Session, **changes: Any) -> Person:
    """Someone who can sign in; `changes` replace their details."""
    details: dict[str, Any] = {
        "name": "Naledi", "email": "naledi@example.org", "role": COORDINATOR, "organisation_id": None,
        "locale": "en", "time_zone": None,
    }  # fmt: skip
    return add_person(session, None, utc_now(), **{**details, **changes})
