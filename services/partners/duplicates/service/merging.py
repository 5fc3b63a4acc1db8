"""Use cases: making one record of two that are the same organisation."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.contacts.service import announce_contacts
from services.partners.duplicates.service.pointers import REFUSALS, count_moving, find_refusals, move_everything
from services.partners.events import OrganisationsMerged
from services.partners.organisations.queries import get_organisation, lock_organisation
from services.partners.organisations.service import change_organisation, forward_organisation
from services.partners.people.service import resettle_people
from shared.database.history import note
from shared.database.links import move_links
from shared.errors import Conflict, Invalid
from shared.identity import Identity
from shared.messaging.outbox import record

#: What people may choose from either record.
CHOSEN = (
    "name", "kind", "country", "website", "registration_number", "mission", "values", "focus", "places", "reach",
    "people_reached", "handles", "brand_notes",
)  # fmt: skip


def merge_organisations(
    session: Session, by: Identity, survivor_id: UUID, merged_id: UUID, taken: Collection[str], now: datetime
) -> Any:
    """Everything of `merged_id` now belongs to `survivor_id`, whose `taken` fields are the other's from now on.

    The merged one stays as a forwarding address. Raises `Conflict` where a person has to choose something first.
    """
    if survivor_id == merged_id:
        raise Invalid({"merged_id": "Choose another organisation: this one cannot be merged with itself."})
    for each in sorted((survivor_id, merged_id)):
        lock_organisation(session, each)
    survivor = get_organisation(session, by, survivor_id)
    merged = get_organisation(session, by, merged_id)
    if refused := find_refusals(session, survivor_id, merged_id):
        raise Conflict(" ".join(str(REFUSALS.get(name, name)) for name in refused))
    moved, name = count_moving(session, merged_id), merged.name
    details = {each: getattr(merged, each) for each in CHOSEN if each in taken}
    # A logo is seen, not chosen: the merged one's is taken where there is no other.
    if merged.logo and not survivor.logo:
        details["logo"] = merged.logo
    change_organisation(session, by, survivor_id, survivor.version, now, **details)
    resettle_people(session, merged_id, survivor_id, now)
    session.flush()
    move_everything(session, survivor_id, merged_id)
    move_links(session, merged_id, survivor_id)
    session.expire_all()
    announce_contacts(session, survivor_id, now)
    forward_organisation(session, merged_id, survivor_id, now)
    record(session, OrganisationsMerged(merged_id, survivor_id), now=now)
    note(session, by, "merged another record into it", survivor_id, at=now, name=name, moved=moved)
    survivor = get_organisation(session, by, survivor_id)
    note(session, by, "merged it into another record", merged_id, at=now, name=survivor.name)
    session.flush()
    return survivor
