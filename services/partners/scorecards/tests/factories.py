"""Mutual scorecards for tests."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from services.partners.scorecards.models import ScorecardRound
from services.partners.scorecards.service import PURPOSE, open_round
from shared.clock import utc_now
from shared.database.links import LinkHolder, make_link
from shared.testing.people import make_identity


def make_round(session: Session, contact: Any, *, days: int = 14) -> ScorecardRound:
    """Both sides are asked, to answer within so many days; the contact answers for theirs."""
    now = utc_now()
    return open_round(
        session, make_identity(), contact.organisation_id, now, now.date(), "https://saypro.example.org",
        occasion="debrief", contact_id=contact.id, due_on=now.date() + timedelta(days=days),
    )  # fmt: skip


def make_scorecard_samples(session: Session, contact: Any, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: route arguments, and links by purpose."""
    round_ = make_round(session, contact)
    holder = LinkHolder(contact.id, contact.name, contact.email, contact.organisation_id)
    secret = make_link(session, purpose=PURPOSE, subject_id=round_.id, holder=holder, now=now, lasts=timedelta(days=1))
    return {"scorecard_id": round_.id}, {PURPOSE: secret}
