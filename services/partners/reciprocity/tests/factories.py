"""What came of reports, for tests."""

from datetime import datetime, timedelta
from typing import Any

from services.partners.reciprocity.service import tell_use
from services.partners.submissions.service.answering import PURPOSE
from shared.database.links import LinkHolder, make_link
from shared.testing.people import make_identity

BASE = "https://saypro.example.org"


def make_use(session: Any, organisation_id: Any, now: datetime, **changes: Any) -> Any:
    """A use of today by a member of staff, without a mail."""
    details = {"use": "report", "title": "Annual report", "used_on": now.date(), "text": "Page 14 shows it.", **changes}
    return tell_use(session, make_identity(), organisation_id, now, now.date(), BASE, **details)


def make_reciprocity_samples(session: Any, contact: Any, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: route arguments, and links by purpose."""
    use = make_use(session, contact.organisation_id, now, title="Quagga report", text="The quagga is back.")
    holder = LinkHolder(contact.id, contact.name, contact.email, contact.organisation_id)
    secret = make_link(
        session, purpose=PURPOSE, subject_id=contact.organisation_id, holder=holder, now=now, lasts=timedelta(days=1)
    )
    return {"use_id": use.id}, {PURPOSE: secret}
