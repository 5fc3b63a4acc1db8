"""Use cases: registering organisations and keeping their details right."""

from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.events import OrganisationChanged, OrganisationRegistered
from services.partners.organisations.models import Organisation
from services.partners.organisations.queries import get_organisation
from shared.database.history import note
from shared.database.versions import require_version
from shared.identity import Identity
from shared.messaging.outbox import record


class Details(TypedDict):
    """What is known of an organisation, as `OrganisationSchema` loads it."""

    name: str
    kind: str
    country: str
    website: str | None


def register_organisation(session: Session, by: Identity, now: datetime, **details: Unpack[Details]) -> Organisation:
    """A new organisation, announced to the other services."""
    organisation = Organisation(created_at=now, updated_at=now)
    _fill(organisation, details)
    session.add(organisation)
    session.flush()
    record(session, OrganisationRegistered(organisation.id, **details), now=now)
    note(session, by, "registered the organisation", organisation.id, at=now, name=organisation.name)
    return organisation


def change_organisation(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    seen_version: int,
    now: datetime,
    **details: Unpack[Details],
) -> Organisation:
    """The organisation with these details; raises `Stale` if it changed since `seen_version`."""
    organisation = get_organisation(session, by, organisation_id)
    require_version(session, organisation, seen_version)
    changed = {name: value for name, value in details.items() if getattr(organisation, name) != value}
    if not changed:
        return organisation
    before = {name: getattr(organisation, name) for name in changed}
    _fill(organisation, details)
    organisation.updated_at = now
    record(session, OrganisationChanged(organisation.id, **details), now=now)
    note(session, by, "changed the details", organisation.id, at=now, before=before, after=changed)
    session.flush()
    return organisation


def _fill(organisation: Organisation, details: Details) -> None:
    organisation.rename(details["name"])
    organisation.kind, organisation.country = details["kind"], details["country"]
    organisation.website = details["website"]
