"""Meetings with partners: when and where, who comes, what was agreed.

A meeting's time is kept as it stands on the wall where it takes place, with the zone: 10:00 stays 10:00 across a
clock change. Instants are derived from it, for order and for reminders.
"""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.partners.database import Base
from services.partners.meetings.recurrence import Rule
from shared.database.engine import Edited, Identified
from shared.database.types import Document, Instant


class Answer(StrEnum):
    """What an attendee said to the invitation."""

    NONE = "none"
    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class Kind(StrEnum):
    """What someone is sent."""

    INVITATION = "invitation"
    UPDATE = "update"
    CANCELLATION = "cancellation"
    DATE_MOVED = "date_moved"
    DATE_CANCELLED = "date_cancelled"


class Meeting(Edited, Base):
    """What is planned: one date, or several after a rule.

    `sequence` is raised by every change that calendars must hear of (RFC 5545, 3.8.7.4); `changed_at_sequence` says
    at which one the whole was changed last, a date's own says when that date alone was.
    """

    __tablename__ = "meetings"

    title: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(200))
    directions: Mapped[str] = mapped_column(Text)
    online: Mapped[str | None] = mapped_column(String(500))
    starts_on: Mapped[date]
    starts_at: Mapped[time]
    time_zone: Mapped[str] = mapped_column(String(64))
    minutes: Mapped[int]
    repeats: Mapped[str] = mapped_column(String(20))
    every: Mapped[int]
    until: Mapped[date | None]
    count: Mapped[int | None]
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at_sequence: Mapped[int] = mapped_column(default=0)
    #: When the whole meeting was called off, and why.
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")

    parties: Mapped[list["Party"]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    dates: Mapped[list["MeetingDate"]] = relationship(
        cascade="all, delete-orphan", order_by="MeetingDate.slot", lazy="selectin", back_populates="meeting"
    )
    attendees: Mapped[list["Attendee"]] = relationship(
        cascade="all, delete-orphan", order_by="Attendee.id", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def uid(self) -> str:
        """What calendars know it by, for good."""
        return f"{self.id}@saypro"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def rule(self) -> Rule:
        return Rule(
            datetime.combine(self.starts_on, self.starts_at), self.time_zone, self.repeats, self.every, self.until,
            self.count,
        )  # fmt: skip

    @property
    def organisation_ids(self) -> list[UUID]:
        return [each.organisation_id for each in self.parties]

    @property
    def invited(self) -> list["Attendee"]:
        """Who is to come, without those who were taken off the list."""
        return [each for each in self.attendees if not each.removed]

    def ends_by(self) -> datetime | None:
        """The instant when its last date is over."""
        return max((each.ends_at for each in self.dates), default=None)


class Party(Base):
    """An organisation that a meeting is with."""

    __tablename__ = "meeting_organisations"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True, index=True)


class MeetingDate(Edited, Base):
    """One date of a meeting: where the rule put it (`slot`, local), where it takes place, and what came of it."""

    __tablename__ = "meeting_dates"
    __table_args__ = (Index(None, "starts_at", "id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"), index=True)
    #: Local time in the meeting's zone: what calendars know this date by (RFC 5545, RECURRENCE-ID).
    slot: Mapped[datetime] = mapped_column(DateTime())
    local_start: Mapped[datetime] = mapped_column(DateTime())
    minutes: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    cancelled: Mapped[bool] = mapped_column(default=False)
    sequence: Mapped[int] = mapped_column(default=0)
    #: Ids of the attendees who were there, once it is noted.
    attended: Mapped[list[str] | None] = mapped_column(Document)
    notes: Mapped[str] = mapped_column(Text, default="")

    meeting: Mapped[Meeting] = relationship(back_populates="dates", lazy="joined")
    agenda: Mapped[list["AgendaItem"]] = relationship(
        cascade="all, delete-orphan", order_by="AgendaItem.position", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def is_moved(self) -> bool:
        return self.local_start != self.slot or self.minutes != self.meeting.minutes


class Attendee(Identified, Base):
    """Someone who is to come: one of us, or a contact; what they heard last and what they answered."""

    __tablename__ = "meeting_attendees"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"), UniqueConstraint("meeting_id", "contact_id"))

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    #: The meeting's sequence as of the last mail; None before any.
    told_sequence: Mapped[int | None]
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    removed: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(String(10), default=Answer.NONE)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str] = mapped_column(Text, default="")
    #: Another time that suits them better.
    proposed_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def who(self) -> UUID:
        """The id of the person or the contact."""
        found = self.person_id or self.contact_id
        assert found is not None
        return found


class AgendaItem(Identified, Base):
    """One item on a date's agenda."""

    __tablename__ = "meeting_agenda"

    date_id: Mapped[UUID] = mapped_column(ForeignKey("meeting_dates.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    minutes: Mapped[int | None]
    #: Who leads it, by the attendee's id.
    led_by: Mapped[UUID | None]


class PublishedMinutes(Identified, Base):
    """The minutes of a date as they were sent: never overwritten; a correction is the next number."""

    __tablename__ = "meeting_minutes"
    __table_args__ = (UniqueConstraint("date_id", "number"),)

    date_id: Mapped[UUID] = mapped_column(ForeignKey("meeting_dates.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    attended: Mapped[list[str]] = mapped_column(Document)
    #: What was agreed on, as of then: the promises' texts, sides and due dates.
    promised: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    published_by: Mapped[UUID]
    recipients: Mapped[int]
