"""Keeping the copies in step with what partners and campaigns tell. News older than what is kept changes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.notifications.known.models import (
    CampaignPartner,
    KnownCampaign,
    KnownContact,
    KnownOrganisation,
    KnownPerson,
)

Kept = TypeVar("Kept", KnownPerson, KnownContact, KnownOrganisation, KnownCampaign)


def keep_person(session: Session, person_id: UUID, heard_at: datetime, **details: Any) -> None:
    """Remember the person with these columns as they were at `heard_at`."""
    _keep(session, KnownPerson, person_id, heard_at, details)


def keep_contact(session: Session, contact_id: UUID, heard_at: datetime, **details: Any) -> None:
    """Remember the contact with these columns as they were at `heard_at`."""
    _keep(session, KnownContact, contact_id, heard_at, details)


def keep_organisation(session: Session, organisation_id: UUID, heard_at: datetime, **details: Any) -> None:
    """Remember the organisation with these columns as it was at `heard_at`."""
    _keep(session, KnownOrganisation, organisation_id, heard_at, details)


def merge_organisation(session: Session, merged_id: UUID, survivor_id: UUID) -> None:
    """Let people, contacts and campaigns of the merged organisation be the survivor's."""
    for kind in (KnownPerson, KnownContact):
        session.execute(update(kind).where(kind.organisation_id == merged_id).values(organisation_id=survivor_id))
    theirs = select(CampaignPartner.campaign_id).where(CampaignPartner.organisation_id == survivor_id)
    merged = CampaignPartner.organisation_id == merged_id
    session.execute(delete(CampaignPartner).where(merged, CampaignPartner.campaign_id.in_(theirs)))
    session.execute(update(CampaignPartner).where(merged).values(organisation_id=survivor_id))
    session.execute(delete(KnownOrganisation).where(KnownOrganisation.id == merged_id))
    session.expire_all()


def keep_campaign(
    session: Session, campaign_id: UUID, heard_at: datetime, *, partners: Sequence[UUID], **details: Any
) -> None:
    """Remember the campaign with these columns and exactly these partners, as it was at `heard_at`."""
    if not _keep(session, KnownCampaign, campaign_id, heard_at, details):
        return
    session.execute(delete(CampaignPartner).where(CampaignPartner.campaign_id == campaign_id))
    session.add_all(
        CampaignPartner(campaign_id=campaign_id, organisation_id=each, place=place)
        for place, each in enumerate(dict.fromkeys(partners))
    )
    session.flush()


def _keep(session: Session, kind: type[Kept], key: UUID, heard_at: datetime, details: Mapping[str, Any]) -> bool:
    """Whether the news was news."""
    known = session.get(kind, key)
    if known is None:
        known = kind(id=key, created_at=heard_at)
        session.add(known)
    elif known.heard_at > heard_at:
        return False
    for name, value in details.items():
        setattr(known, name, value)
    known.heard_at = heard_at
    session.flush()
    return True
