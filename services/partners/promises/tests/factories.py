"""Promises for tests."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.promises.models import Promise
from services.partners.promises.service import PURPOSE
from services.partners.promises.service import make_promise as make
from shared.clock import utc_now
from shared.database.links import LinkHolder, make_link
from shared.identity import Identity
from shared.testing.people import make_identity


def make_promise(session: Session, organisation_id: UUID, by: Identity | None = None, **changes: Any) -> Promise:
    """An open promise that the organisation owes; `changes` replace its details."""
    details: dict[str, Any] = {
        "text": "Send the list of volunteers", "owed_by": "them", "owner_id": None, "due_on": date(2027, 3, 12),
    }  # fmt: skip
    return make(session, by or make_identity(), organisation_id, utc_now(), **{**details, **changes})


def make_promise_samples(session: Session, contact: Any, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: route arguments, and links by purpose."""
    by = make_identity(name="Quagga Naidoo")
    promise = make_promise(session, contact.organisation_id, by, text="Send the Quagga list", owner_id=contact.id)
    holder = LinkHolder(contact.id, contact.name, contact.email, contact.organisation_id)
    secret = make_link(
        session, purpose=PURPOSE, subject_id=promise.id, holder=holder, now=now, lasts=timedelta(days=1), single=True
    )
    return {"promise_id": promise.id, "promise_step": "done"}, {PURPOSE: secret}
