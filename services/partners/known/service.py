"""Keeping the copies of campaigns, KPIs and what is owed as the latest event told them."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.partners.known.models import Campaign, CampaignPartner, Kpi, OwedFigures


def keep_campaign(
    session: Session,
    campaign_id: UUID,
    as_of: datetime,
    *,
    title: str,
    starts_on: date,
    ends_on: date,
    partners: Collection[UUID],
) -> None:
    """The campaign is so since `as_of`; an older account than the one that is kept changes nothing."""
    campaign = session.get(Campaign, campaign_id, with_for_update=True)
    if campaign is None:
        campaign = Campaign(id=campaign_id, created_at=as_of)
        session.add(campaign)
    elif campaign.as_of > as_of:
        return
    campaign.title, campaign.starts_on, campaign.ends_on, campaign.as_of = title, starts_on, ends_on, as_of
    session.flush()
    session.execute(delete(CampaignPartner).where(CampaignPartner.campaign_id == campaign_id))
    session.add_all(CampaignPartner(campaign_id=campaign_id, organisation_id=each) for each in set(partners))


def keep_kpi(
    session: Session, kpi_id: UUID, as_of: datetime, *, campaign_id: UUID, key: str, name: str, unit: str, active: bool
) -> None:
    """The KPI is so since `as_of`; an older account changes nothing."""
    kpi = session.get(Kpi, kpi_id, with_for_update=True)
    if kpi is None:
        kpi = Kpi(id=kpi_id, created_at=as_of)
        session.add(kpi)
    elif kpi.as_of > as_of:
        return
    kpi.campaign_id, kpi.key, kpi.name, kpi.unit, kpi.active, kpi.as_of = campaign_id, key, name, unit, active, as_of


def keep_owed(
    session: Session, campaign_id: UUID, organisation_id: UUID, as_of: datetime, due: Collection[date]
) -> None:
    """Since `as_of` the organisation owes the figures that were due on these days; an older account changes nothing."""
    owed = session.get(OwedFigures, (campaign_id, organisation_id), with_for_update=True)
    if owed is None:
        owed = OwedFigures(campaign_id=campaign_id, organisation_id=organisation_id, created_at=as_of)
        session.add(owed)
    elif owed.as_of > as_of:
        return
    owed.periods, owed.since, owed.as_of = len(due), min(due, default=None), as_of
