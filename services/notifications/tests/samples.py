"""One of everything that has an address here, all of one organisation: see tests/conventions."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from services.notifications.announcements.queries import list_drafts
from services.notifications.messages.queries import find_messages
from services.notifications.messages.service import note_refused
from shared.clock import new_id, utc_now
from shared.files import StoredFile
from shared.identity import ADMIN, COORDINATOR, LIAISON
from shared.service import Runtime
from shared.testing.databases import Bus
from shared.testing.people import make_identity


def make_samples(runtime: Runtime) -> dict[str, Any]:
    """Route argument -> the id of such a thing. Every name that people gave holds the word Quagga."""
    bus, now = Bus(runtime), utc_now()
    organisation_id, person_id, owner_id, campaign_id = (new_id() for _ in range(4))
    bus.hear(
        "saypro.partners.organisation_registered.v1",
        {"organisation_id": organisation_id, "name": "Quagga Trust", "kind": "ngo", "country": "ZA", "website": None},
    )
    for id, role, name in ((person_id, LIAISON, "Quagga Dlamini"), (owner_id, COORDINATOR, "Quagga Naidoo")):
        person = {
            "person_id": id, "name": name, "email": f"quagga.{role}@example.org", "role": role, "locale": "en",
            "organisation_id": organisation_id if role == LIAISON else None, "time_zone": None, "active": True,
        }  # fmt: skip
        bus.hear("saypro.partners.person_changed.v1", person)
    campaign = {
        "campaign_id": campaign_id, "title": "Quagga harbour", "cause": "environment",
        "starts_on": date(2026, 3, 1), "ends_on": date(2027, 11, 30), "owner_id": owner_id,
        "owner_name": "Quagga Naidoo", "partners": [organisation_id],
    }  # fmt: skip
    bus.hear("saypro.campaigns.campaign_created.v1", campaign)
    kpi = {"kpi_id": new_id(), "campaign_id": campaign_id, "key": "quagga_waste", "name": "Quagga waste"}
    reached = {**kpi, "unit": "t", "target": "1000", "value": "1000.5", "reached_at": now}
    bus.hear("saypro.metrics.kpi_target_reached.v1", reached)
    bus.hear(
        "saypro.metrics.kpi_status_changed.v1", {**kpi, "before": "on_track", "after": "at_risk", "reason": "Quagga"}
    )
    link = {
        "person_id": person_id, "email": "quagga.liaison@example.org", "name": "Quagga Dlamini",
        "link": "http://127.0.0.1:8000/partners/sign-in/Quagga", "expires_at": now + timedelta(minutes=30),
    }  # fmt: skip
    bus.hear("saypro.partners.sign_in_link_requested.v1", link)
    with runtime.database.transaction() as session:
        messages = find_messages(session, make_identity(ADMIN), limit=50).items
        message = next(each for each in messages if each.recipient_id == person_id and each.campaign_id)
        note_refused(session, message, "Quagga: no such mailbox", now)
        paper = runtime.files.put(b"%PDF-1.7 Quagga")
        file = StoredFile("Quagga.pdf", "application/pdf", paper.size, paper.sha256)
        message.data = {**message.data, "attachments": [asdict(file)]}
        return {
            "organisation_id": organisation_id,
            "person_id": person_id,
            "campaign_id": campaign_id,
            "announcement_id": list_drafts(session)[0].id,
            "message_id": message.id,
            "position": 0,
        }
