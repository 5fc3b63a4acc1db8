"""What organisations say of themselves: as typed, as sent, and what we took over of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.partners.database import Base
from shared.database.engine import Edited, Identified
from shared.database.types import Document, Instant

#: Being written by the organisation; waiting for us; every change decided.
OPEN, SENT, SETTLED = "open", "sent", "settled"
STATES = (OPEN, SENT, SETTLED)
WAITING, TAKEN, LEFT = "waiting", "taken", "left"
#: Beside the fields of an organisation, a change may be of its logo, or add an entry or a file to the track record.
LOGO, RECORD, FILE = "logo", "record", "file"


class ProfileUpdate(Edited, Base):
    """An organisation's own word on its profile. Nothing in the register changes until one of us takes a change."""

    __tablename__ = "profile_updates"
    __table_args__ = (Index(None, "organisation_id", "id"), Index(None, "state", "sent_at"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    #: Who of us asked for it; None where the organisation began by itself.
    asked_by: Mapped[UUID | None]
    message: Mapped[str] = mapped_column(Text, default="")
    #: Section -> control -> what stands in it, exactly as typed.
    typed: Mapped[dict[str, dict[str, list[str]]]] = mapped_column(Document, default=dict)
    #: Additions under ids of their own: {"id", "name", "wanted"}, as they become changes.
    added: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list)
    #: The contact or the account that sent it.
    sent_by: Mapped[UUID | None]
    sent_by_name: Mapped[str] = mapped_column(String(200), default="")
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    changes: Mapped[list["ProfileChange"]] = relationship(order_by="ProfileChange.place", lazy="selectin")

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def waiting(self) -> list["ProfileChange"]:
        return [each for each in self.changes if each.state == WAITING]


class ProfileChange(Identified, Base):
    """One proposed change: `values` are {"was", "wanted"} of the field `name`, or of what is added."""

    __tablename__ = "profile_changes"
    __table_args__ = (Index(None, "update_id", "place", unique=True),)

    update_id: Mapped[UUID] = mapped_column(ForeignKey("profile_updates.id"))
    place: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]] = mapped_column(Document)
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    #: Why it was left out, for the organisation to read.
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def was(self) -> Any:
        return self.values["was"]

    @property
    def wanted(self) -> Any:
        return self.values["wanted"]
