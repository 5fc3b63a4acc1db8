"""Calls, mails and visits with an organisation. What comes next is a promise."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.partners.database import Base
from shared.database.engine import Edited, Identified
from shared.database.types import Instant


class Kind(StrEnum):
    """How we were in touch."""

    CALL = "call"
    MAIL = "mail"
    VISIT = "visit"
    OTHER = "other"


class Participant(Identified, Base):
    """A contact or one of us (never both) who took part in an interaction."""

    __tablename__ = "interaction_participants"
    __table_args__ = (UniqueConstraint("interaction_id", "contact_id"), UniqueConstraint("interaction_id", "person_id"))

    interaction_id: Mapped[UUID] = mapped_column(ForeignKey("interactions.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))


class Interaction(Edited, Base):
    """One time that we were in touch; `at` is when it was, not when it was written down."""

    __tablename__ = "interactions"
    __table_args__ = (Index(None, "organisation_id", "at", "id"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Instant)
    summary: Mapped[str] = mapped_column(Text)

    participants: Mapped[list[Participant]] = relationship(
        order_by=Participant.id, lazy="selectin", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def contact_ids(self) -> list[UUID]:
        return [each.contact_id for each in self.participants if each.contact_id]

    @property
    def person_ids(self) -> list[UUID]:
        return [each.person_id for each in self.participants if each.person_id]


class LastContact(Identified, Base):
    """When we were last in touch with an organisation, so that the longest silence is found without reading all."""

    __tablename__ = "last_contacts"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), unique=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
