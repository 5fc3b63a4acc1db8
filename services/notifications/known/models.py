"""Small copies of what others own: people, contacts, organisations and campaigns, as mails and the feed need them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.database import Base
from shared.database.engine import Identified
from shared.database.types import Instant


class KnownPerson(Identified, Base):
    """A person as last heard from partners; `id` is the person's own."""

    __tablename__ = "known_people"
    __table_args__ = (Index(None, "organisation_id"),)

    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320))
    role: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[UUID | None]
    locale: Mapped[str] = mapped_column(String(20))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    active: Mapped[bool]
    heard_at: Mapped[datetime] = mapped_column(Instant)


class KnownContact(Identified, Base):
    """A contact of an organisation as last heard from partners; `id` is the contact's own."""

    __tablename__ = "known_contacts"
    __table_args__ = (Index(None, "organisation_id"),)

    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    organisation_id: Mapped[UUID]
    is_liaison: Mapped[bool]
    locale: Mapped[str] = mapped_column(String(20))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    may_mail: Mapped[bool]
    active: Mapped[bool]
    heard_at: Mapped[datetime] = mapped_column(Instant)


class KnownOrganisation(Identified, Base):
    """An organisation as last heard from partners; `id` is the organisation's own."""

    __tablename__ = "known_organisations"

    name: Mapped[str] = mapped_column(String(200))
    heard_at: Mapped[datetime] = mapped_column(Instant)


class KnownCampaign(Identified, Base):
    """A campaign as last heard from campaigns; `id` is the campaign's own."""

    __tablename__ = "known_campaigns"

    title: Mapped[str] = mapped_column(String(200))
    cause: Mapped[str] = mapped_column(String(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    owner_id: Mapped[UUID]
    owner_name: Mapped[str] = mapped_column(String(200))
    heard_at: Mapped[datetime] = mapped_column(Instant)


class CampaignPartner(Base):
    """An organisation's part in a campaign; `place` keeps the order in which they joined."""

    __tablename__ = "campaign_partners"
    __table_args__ = (Index(None, "organisation_id", "campaign_id"),)

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("known_campaigns.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int]
