"""Small copies of what partners owns: organisations and people, as far as campaigns shows them."""

from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.campaigns.database import Base
from shared.database.engine import Identified


class KnownOrganisation(Identified, Base):
    """An organisation as last heard from partners; `id` is the organisation's own."""

    __tablename__ = "known_organisations"
    __table_args__ = (Index(None, "sort_name", "id"),)

    name: Mapped[str] = mapped_column(String(200))
    #: The name folded for search and order, the same on both databases. Folding makes up to three of one character.
    sort_name: Mapped[str] = mapped_column(String(600))
    kind: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(2))


class KnownPerson(Identified, Base):
    """A person as last heard from partners; `id` is the person's own. Their address is not needed here."""

    __tablename__ = "known_people"

    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    active: Mapped[bool]
    organisation_id: Mapped[UUID | None]
