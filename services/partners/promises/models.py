"""Promises: what one side owes the other, by when, and whether it was kept."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Edited
from shared.database.types import Instant


class Side(StrEnum):
    """Who owes it: we, or the organisation."""

    US = "us"
    THEM = "them"


class Source(StrEnum):
    """What it was said in."""

    MEETING = "meeting"
    INTERACTION = "interaction"
    PROPOSAL = "proposal"
    AGREEMENT = "agreement"


class State(StrEnum):
    """Open until someone says that it is done, or that it is no longer asked for."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Promise(Edited, Base):
    """What one side owes the other. Who sees to it is a member of staff where we owe it, else a contact."""

    __tablename__ = "promises"
    __table_args__ = (
        Index(None, "state", "due_on", "id"),
        Index(None, "organisation_id", "state", "due_on", "id"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    text: Mapped[str] = mapped_column(String(500))
    #: The text folded for search; folding may triple its length.
    folded: Mapped[str] = mapped_column(String(1500))
    owed_by: Mapped[str] = mapped_column(String(4))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    due_on: Mapped[date]
    source: Mapped[str | None] = mapped_column(String(20))
    source_id: Mapped[UUID | None] = mapped_column(index=True)
    #: The person who wrote it down; they are asked where nobody else sees to it.
    noted_by: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(10), default=State.OPEN)
    #: Who closed it, as a person or a contact, when, and what they said.
    closed_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str] = mapped_column(Text, default="")
    #: The day of the next reminder; None once nobody is reminded any more.
    remind_on: Mapped[date | None] = mapped_column(index=True)
    reminders: Mapped[int] = mapped_column(default=0)

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def owner_id(self) -> UUID | None:
        """Who sees to it, on either side."""
        return self.person_id or self.contact_id

    @property
    def is_open(self) -> bool:
        return self.state == State.OPEN

    def is_overdue(self, today: date) -> bool:
        return self.is_open and self.due_on < today

    def say(self, text: str) -> None:
        self.text, self.folded = text, text.casefold()
