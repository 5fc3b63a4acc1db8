"""Metrics' own small copies of what others own, fed by the events of the services that own it.

Texts have no limit of ours here: how long they may be is for their owners to say.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.database.types import Document, Instant

#: What a mark is.
DECISION, MILESTONE = "decision", "milestone"


class Campaign(Base):
    """What metrics knows of a campaign; `as_of` is the time of the event that said so."""

    __tablename__ = "campaigns"
    __table_args__ = (Index(None, "starts_on", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    as_of: Mapped[datetime] = mapped_column(Instant)
    title: Mapped[str]
    #: The title without case, the same on both databases.
    sort_title: Mapped[str]
    cause: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class CampaignPartner(Base):
    """An organisation that takes part in a campaign, whether or not its name has arrived yet."""

    __tablename__ = "campaign_partners"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


class Mark(Base):
    """A decision or a milestone of a campaign, as charts mark it on the axis of time."""

    __tablename__ = "marks"
    __table_args__ = (Index(None, "campaign_id", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    as_of: Mapped[datetime] = mapped_column(Instant)
    campaign_id: Mapped[UUID]
    sort: Mapped[str] = mapped_column(String(20))
    title: Mapped[str]
    text: Mapped[str]
    #: When it was decided, or reached, or else is due.
    day: Mapped[date]
    #: Whether the day is one on which it happened, not one by which it should.
    done: Mapped[bool]
    #: A decision that was withdrawn and a milestone that was dropped are kept, and shown no more.
    active: Mapped[bool]


class Organisation(Base):
    """The name of an organisation; `as_of` is the time of the event that said so."""

    __tablename__ = "organisations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    as_of: Mapped[datetime] = mapped_column(Instant)
    name: Mapped[str]
    #: The name (SHA-256) of the stored picture.
    logo: Mapped[str | None] = mapped_column(String(64))


class Agreement(Base):
    """What an agreement in force says of provisional figures and of what each side gives.

    `as_of` is the time of the event that said so.
    """

    __tablename__ = "agreements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    as_of: Mapped[datetime] = mapped_column(Instant)
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    #: Whether the other partners of its campaigns see the organisation's provisional figures.
    shares_provisional: Mapped[bool]
    #: First and last day; None for no such day.
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    #: Ended before its time: this was the last day.
    ended_on: Mapped[date | None]
    #: What was promised: "party" (us, partner or both), "kind", "what", "quantity", "unit" and "due_on", as told.
    contributions: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list, server_default="[]")


class Liaison(Base):
    """A contact who speaks for an organisation. Of one who no longer does, nothing is kept but the id."""

    __tablename__ = "liaisons"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    as_of: Mapped[datetime] = mapped_column(Instant)
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str]
    #: None of who left, or wants no mail.
    email: Mapped[str | None]
    locale: Mapped[str] = mapped_column(String(20))
    time_zone: Mapped[str | None] = mapped_column(String(64))
