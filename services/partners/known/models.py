"""Partners' own small copies of campaigns and their KPIs, fed by the events of the services that own them."""
"""Small copies of what campaigns owns: the campaigns that partners take part in."""

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
from sqlalchemy import ForeignKey, String

from shared.database.engine import Identified


class KnownCampaign(Identified, Base):
    """A campaign as last heard from campaigns; `id` is the campaign's own."""

    __tablename__ = "known_campaigns"

    title: Mapped[str] = mapped_column(String(200))
    heard_at: Mapped[datetime] = mapped_column(Instant)

    def state_on(self, day: date) -> str:
        """Where the day lies: "planned" before it begins, "running" while it lasts, then "ended"."""
        return "planned" if day < self.starts_on else "ended" if day > self.ends_on else "running"


    """An organisation takes part in a campaign; one may be heard of before the other."""


    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("known_campaigns.id", ondelete="CASCADE"), primary_key=True)
