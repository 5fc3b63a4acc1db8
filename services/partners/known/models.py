"""Partners' own small copies of campaigns, their KPIs and what is owed of these, fed by the events of their owners."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.types import Instant

_owed = text("since IS NOT NULL")


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


class OwedFigures(Base):
    """What an organisation owes of a campaign's figures by the agreed frequency."""

    __tablename__ = "owed_figures"
    __table_args__ = (
        Index("ix_owed_figures_since", "organisation_id", "since", postgresql_where=_owed, sqlite_where=_owed),
    )

    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    as_of: Mapped[datetime] = mapped_column(Instant)
    #: Of how many periods, and by when the first of them was due; None where nothing is owed any more.
    periods: Mapped[int]
    since: Mapped[date | None]
