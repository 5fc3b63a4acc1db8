"""Erasures for tests."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from services.partners.erasures.models import SERVICES
from services.partners.erasures.service import PURPOSE, Subject, ask_person, erase, hear_done
from shared.database.links import LinkHolder, make_link
from shared.identity import ADMIN
from shared.testing.people import make_identity


def make_erasure_samples(session: Session, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: an erasure that is done, and the link of another that waits for the person."""
    subject = Subject("quagga.forgotten@example.org", (), ("Quagga Forgotten",))
    erasure = ask_person(session, make_identity(name="Quagga Naidoo"), subject, now, "https://x.example.org/s/")
    holder = LinkHolder(erasure.id, "Quagga Forgotten", "quagga.forgotten@example.org", None)
    secret = make_link(
        session, purpose=PURPOSE, subject_id=erasure.id, holder=holder, now=now, lasts=timedelta(days=1), single=True
    )
    done = erase(session, make_identity(ADMIN, name="Quagga Naidoo"), subject, now)
    for service in SERVICES:
        hear_done(session, done.id, service, {}, now)
    return {"erasure_id": done.id}, {PURPOSE: secret}
