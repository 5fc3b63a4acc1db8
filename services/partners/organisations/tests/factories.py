"""Organisations for tests."""

from typing import Any

from sqlalchemy.orm import Session

from services.partners.organisations.models import Organisation
from services.partners.organisations.service import register_organisation
from shared.clock import utc_now
from shared.testing.people import make_identity


def make_organisation(session: Session, **changes: Any) -> Organisation:
    """A registered organisation; `changes` replace its details."""
    details: dict[str, Any] = {"name": "Table Bay Trust", "kind": "charity", "country": "ZA", "website": None}
    return register_organisation(session, make_identity(), utc_now(), **{**details, **changes})
