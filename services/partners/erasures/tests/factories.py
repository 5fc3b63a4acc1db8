"""Erasures for tests."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from services.partners.erasures.service import PURPOSE, Subject, ask_person
from shared.database.links import LinkHolder, make_link
from shared.testing.people import make_identity


def make_erasure_samples(session: Session, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: an erasure that waits for the person, and its link."""
    subject = Subject("quagga.forgotten@example.org", (), ("Quagga Forgotten",))
    erasure = ask_person(session, make_identity(name="Quagga Naidoo"), subject, now, "https://x.example.org/s/")
    holder = LinkHolder(erasure.id, "Quagga Forgotten", "quagga.forgotten@example.org", None)
    secret = make_link(
        session, purpose=PURPOSE, subject_id=erasure.id, holder=holder, now=now, lasts=timedelta(days=1), single=True
    )
    return {"erasure_id": erasure.id}, {PURPOSE: secret}
