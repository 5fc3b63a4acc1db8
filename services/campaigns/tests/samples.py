"""One of everything that has an address here, all of one organisation: see tests/conventions."""

from typing import Any

from services.campaigns.campaigns.tests.factories import make_campaign
from services.campaigns.decisions.service import record_decision
from services.campaigns.known.tests.factories import hear_organisation, hear_person
from services.campaigns.schedule.service import set_milestone
from shared.clock import utc_now
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
        decision = record_decision(
            session, make_identity(), campaign.id, utc_now(), utc_now().date(), title="Quagga first", text="",
            decided_on=utc_now().date(),
        )  # fmt: skip
        milestone = set_milestone(
            session, make_identity(), campaign.id, utc_now(), title="Quagga day", due_on=utc_now().date()
        )
        return {
            "organisation_id": organisation_id, "person_id": person_id, "campaign_id": campaign.id,
            "decision_id": decision.id, "milestone_id": milestone.id,
        }  # fmt: skip
