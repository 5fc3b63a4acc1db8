"""Contacts for tests."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.contacts.models import Contact
from services.partners.contacts.service import add_contact
from shared.clock import utc_now
from shared.testing.people import make_identity


def make_contact(session: Session, organisation_id: UUID, **changes: Any) -> Contact:
    """Someone at the organisation, not its liaison unless `is_liaison`; `changes` replace their details."""
    details: dict[str, Any] = {
        "name": "Lerato Khumalo", "email": "lerato@example.org", "phone": None, "roles": ["Programme manager"],
        "channel": "mail", "locale": "en", "time_zone": None, "notes": "",
    }  # fmt: skip
    return add_contact(session, make_identity(), organisation_id, utc_now(), **{**details, **changes})
