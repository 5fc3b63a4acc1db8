"""Hand-overs: one liaison of an organisation gave the work to another."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Identified


class Handover(Identified, Base):
    """Who handed over to whom, since when, and what they should know. It is never changed."""

    __tablename__ = "handovers"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    former_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    successor_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    since: Mapped[date]
    words: Mapped[str] = mapped_column(Text)
    #: How many open promises and links went to the successor.
    promises: Mapped[int]
    links: Mapped[int]
    #: The one of us who did it.
    person_id: Mapped[UUID]
