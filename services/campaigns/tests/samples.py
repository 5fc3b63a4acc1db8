"""One of everything that has an address here, all of one organisation: see tests/conventions."""

from typing import Any

from services.campaigns.campaigns.tests.factories import make_campaign
from services.campaigns.known.tests.factories import hear_organisation, hear_person
from shared.identity import LIAISON
from shared.service import Runtime
from shared.testing.databases import Bus
from shared.testing.people import make_identity


def make_samples(runtime: Runtime) -> dict[str, Any]:
    """Route argument -> the id of such a thing. Every name that people gave holds the word Quagga."""
    bus = Bus(runtime)
    organisation_id = hear_organisation(bus, "Quagga Trust")
    person_id = hear_person(bus, "Quagga Dlamini", role=LIAISON, organisation_id=organisation_id)
    with runtime.database.transaction() as session:
        campaign = make_campaign(
            session, by=make_identity(name="Quagga Naidoo"), title="Quagga harbour", summary="Where the Quagga swims.",
            partners=[organisation_id],
        )  # fmt: skip
        return {"organisation_id": organisation_id, "person_id": person_id, "campaign_id": campaign.id}
