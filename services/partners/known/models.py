"""Partners' own small copies of campaigns and their KPIs, fed by the events of the services that own them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.types import Instant


class Campaign(Base):
    """What partners knows of a campaign; `as_of` is the time of the event that said so."""

    __tablename__ = "campaigns"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    as_of: Mapped[datetime] = mapped_column(Instant)
    title: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class CampaignPartner(Base):
    """An organisation that takes part in a campaign."""

    __tablename__ = "campaign_partners"

    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


class Kpi(Base):
    """An indicator that partners may report for a campaign, whether or not the campaign is known yet."""

    __tablename__ = "kpis"
    __table_args__ = (UniqueConstraint("campaign_id", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    as_of: Mapped[datetime] = mapped_column(Instant)
    campaign_id: Mapped[UUID]
    key: Mapped[str]
    name: Mapped[str]
    unit: Mapped[str]
    active: Mapped[bool]
