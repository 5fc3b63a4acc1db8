"""Every SELECT on what partners knows of campaigns and their KPIs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.partners.known.models import Campaign, CampaignPartner, Kpi, OwedFigures
from shared.errors import NotFound


def list_campaigns(session: Session, organisation_id: UUID) -> Sequence[Campaign]:
    """The campaigns that the organisation takes part in, the latest start first."""
    mine = select(CampaignPartner.campaign_id).where(CampaignPartner.organisation_id == organisation_id)
    found = select(Campaign).where(Campaign.id.in_(mine))
    return session.scalars(found.order_by(Campaign.starts_on.desc(), Campaign.id)).all()


def list_newest_campaigns(session: Session, limit: int = 200) -> Sequence[Campaign]:
    """Campaigns, those that began last first: what a filter offers."""
    return session.scalars(select(Campaign).order_by(Campaign.starts_on.desc(), Campaign.id).limit(limit)).all()


def get_campaign(session: Session, organisation_id: UUID, campaign_id: UUID) -> Campaign:
    """The campaign; raises `NotFound` if the organisation takes no part in it."""
    found = session.get(Campaign, campaign_id)
    if found is None or session.get(CampaignPartner, (campaign_id, organisation_id)) is None:
        raise NotFound
    return found


def name_campaigns(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The titles of these campaigns as far as they are known, in one query."""
    found = select(Campaign.id, Campaign.title).where(Campaign.id.in_(ids))
    return {row.id: row.title for row in session.execute(found)}


def list_kpis(session: Session, campaign_id: UUID) -> Sequence[Kpi]:
    """The KPIs that can be reported for the campaign, by name."""
    found = select(Kpi).where(Kpi.campaign_id == campaign_id, Kpi.active)
    return session.scalars(found.order_by(Kpi.name, Kpi.key)).all()


def select_owed_figures() -> Select[UUID, date | None]:
    """Which organisations owe figures, and since when."""
    return select(OwedFigures.organisation_id, OwedFigures.since).where(OwedFigures.since.is_not(None))


def list_owed_figures(session: Session, organisation_ids: Collection[UUID]) -> Sequence[OwedFigures]:
    """What these organisations owe, campaign by campaign, what is due the longest first."""
    found = select(OwedFigures).where(OwedFigures.organisation_id.in_(organisation_ids), OwedFigures.since.is_not(None))
    return session.scalars(found.order_by(OwedFigures.since, OwedFigures.campaign_id)).all()
