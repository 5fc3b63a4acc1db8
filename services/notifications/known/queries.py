"""Every SELECT on people, organisations and campaigns as notifications knows them."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.notifications.known.models import (
    CampaignPartner,
    KnownCampaign,
    KnownContact,
    KnownOrganisation,
    KnownPerson,
)
from shared.identity import LIAISON


def find_person(session: Session, person_id: UUID) -> KnownPerson | None:
    return session.get(KnownPerson, person_id)


def find_campaign(session: Session, campaign_id: UUID) -> KnownCampaign | None:
    return session.get(KnownCampaign, campaign_id)


def list_liaisons(session: Session, campaign_id: UUID) -> Sequence[KnownPerson]:
    """The active liaisons of the campaign's partners, in the order in which their organisations joined."""
    found = (
        select(KnownPerson)
        .join(CampaignPartner, CampaignPartner.organisation_id == KnownPerson.organisation_id)
        .where(CampaignPartner.campaign_id == campaign_id, KnownPerson.role == LIAISON, KnownPerson.active)
    )
    return session.scalars(found.order_by(CampaignPartner.place, KnownPerson.name, KnownPerson.id)).all()


def list_contacts(session: Session, campaign_id: UUID) -> Sequence[KnownContact]:
    """The contacts with an address who are at the campaign's partners, in the order in which these joined."""
    found = (
        select(KnownContact)
        .join(CampaignPartner, CampaignPartner.organisation_id == KnownContact.organisation_id)
        .where(CampaignPartner.campaign_id == campaign_id, KnownContact.active, KnownContact.email.is_not(None))
    )
    return session.scalars(found.order_by(CampaignPartner.place, KnownContact.name, KnownContact.id)).all()


def list_partner_names(session: Session, campaign_id: UUID) -> Sequence[str]:
    """The campaign's partners by name, in the order in which they joined, as far as they have been heard."""
    found = (
        select(KnownOrganisation.name)
        .join(CampaignPartner, CampaignPartner.organisation_id == KnownOrganisation.id)
        .where(CampaignPartner.campaign_id == campaign_id)
    )
    return session.scalars(found.order_by(CampaignPartner.place)).all()


def name_organisations(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of these organisations, as far as they have been heard, in one query."""
    if not ids:
        return {}
    found = select(KnownOrganisation.id, KnownOrganisation.name).where(KnownOrganisation.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def name_campaigns(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The titles of these campaigns, as far as they have been heard, in one query."""
    if not ids:
        return {}
    found = select(KnownCampaign.id, KnownCampaign.title).where(KnownCampaign.id.in_(ids))
    return {row.id: row.title for row in session.execute(found)}


def list_campaigns(session: Session, limit: int = 200) -> Sequence[KnownCampaign]:
    """Campaigns, those that start last first: what a filter offers."""
    found = select(KnownCampaign).order_by(KnownCampaign.starts_on.desc(), KnownCampaign.id.desc())
    return session.scalars(found.limit(limit)).all()


def campaigns_of(organisation_id: UUID | None) -> Select[UUID]:
    """The ids of the campaigns that an organisation takes part in, for another query's IN."""
    return select(CampaignPartner.campaign_id).where(CampaignPartner.organisation_id == organisation_id)
