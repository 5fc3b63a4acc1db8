"""What campaigns hears from partners, for tests."""

from typing import Any
from uuid import UUID

from shared.clock import new_id
from shared.identity import COORDINATOR
from shared.testing.databases import Bus


def hear_organisation(bus: Bus, name: str, organisation_id: UUID | None = None, fact: str = "registered") -> UUID:
    """Partners tells of an organisation; returns its id."""
    organisation_id = organisation_id or new_id()
    news = {"organisation_id": organisation_id, "name": name, "kind": "ngo", "country": "ZA", "website": None}
    bus.hear(f"saypro.partners.organisation_{fact}.v1", news, subject=str(organisation_id))
    return organisation_id


def hear_person(bus: Bus, name: str, person_id: UUID | None = None, **changes: Any) -> UUID:
    """Partners tells of a person; returns their id."""
    person_id = person_id or new_id()
    news = {
        "person_id": person_id, "name": name, "email": "someone@example.org", "role": COORDINATOR,
        "organisation_id": None, "locale": "en", "time_zone": None, "active": True,
    }  # fmt: skip
    bus.hear("saypro.partners.person_changed.v1", {**news, **changes}, subject=str(person_id))
    return person_id
