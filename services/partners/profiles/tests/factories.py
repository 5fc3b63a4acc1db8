"""Profile updates for tests."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.organisations.queries import list_track_records
from services.partners.organisations.service import add_track_file
from services.partners.organisations.tests.factories import PNG
from services.partners.profiles.models import LOGO, ProfileUpdate
from services.partners.profiles.service import PURPOSE, add_wish, describe_file, open_update, send_update
from shared.clock import utc_now
from shared.database.links import LinkHolder, make_link
from shared.files import StoredFile
from shared.identity import LIAISON
from shared.service import Runtime
from shared.testing.people import make_identity


def make_sent_update(session: Session, organisation_id: UUID, wanted: dict[str, Any]) -> ProfileUpdate:
    """Changes of these fields, sent by the organisation's liaison."""
    by, now = make_identity(LIAISON, organisation_id, name="Lerato Khumalo"), utc_now()
    return send_update(session, by, open_update(session, by, organisation_id, now), wanted, now)


def make_profile_samples(
    runtime: Runtime, session: Session, contact: Any, now: datetime
) -> tuple[dict[str, Any], dict[str, str]]:
    """For tests/samples.py: route arguments, and links by purpose."""
    place, staff = contact.organisation_id, make_identity(name="Quagga Naidoo")
    by = make_identity(LIAISON, place, name="Quagga Sithole")
    logo = StoredFile("quagga.png", "image/png", len(PNG), runtime.files.put(PNG).sha256)
    entry = list_track_records(session, staff, place)[0]
    file = add_track_file(session, staff, place, entry.id, logo, now)
    sent = open_update(session, by, place, now)
    add_wish(session, by, sent, LOGO, {"file": describe_file(logo)}, now)
    send_update(session, by, sent, {"mission": "Quagga first"}, now)
    begun = open_update(session, by, place, now)
    add_wish(session, by, begun, LOGO, {"file": describe_file(logo)}, now)
    holder = LinkHolder(contact.id, contact.name, contact.email, place)
    secret = make_link(session, purpose=PURPOSE, subject_id=begun.id, holder=holder, now=now, lasts=timedelta(days=1))
    change = next(each for each in sent.changes if each.name == LOGO)
    places = {
        "update_id": sent.id,
        "change_id": change.id,
        "track_file_id": file.id,
        "profile_section": "about",
        "profile_picture": "now",
    }
    return places, {PURPOSE: secret}
