"""One e-mail to one recipient, and what became of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.database import Base
from services.notifications.messages.recipient import Recipient
from shared.database.engine import Identified
from shared.database.types import Document, Instant


class State(StrEnum):
    """`queued` until its time comes; `sending` is committed before the conversation with the mail server begins,
    so that a crash leaves it standing and the mail is `uncertain`, never silently sent twice."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    CAPTURED = "captured"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DISMISSED = "dismissed"


#: What waits for a person to look at it.
TROUBLED = (State.FAILED, State.UNCERTAIN)
#: Between one try and the next while the mail server says "not now"; after the last of these it is given up.
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 900, 1800, 3600, 3600, 7200, 14400, 28800))
#: A conversation takes a minute at most; whatever is still `sending` after this was cut off.
CUT_OFF = timedelta(minutes=5)


class Message(Identified, Base):
    """What goes to whom. The words are made from `template` and `data` in the recipient's language; those that
    were sent are kept in `text` and `html` as they went out, with a mark in place of the secret link."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "campaign_id", "id"),
        Index(None, "recipient_id", "id"),
        Index(None, "announcement_id"),
        Index(None, "state", "due_at"),
    )

    #: Says what this message is, so that the same news heard again makes no second one.
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    template: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]] = mapped_column(Document)
    recipient_id: Mapped[UUID | None]
    recipient_name: Mapped[str] = mapped_column(String(200))
    recipient_email: Mapped[str] = mapped_column(String(320))
    locale: Mapped[str] = mapped_column(String(20))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(500))
    #: Subject and recipient folded for search, the same on both databases.
    search_text: Mapped[str] = mapped_column(Text)
    campaign_id: Mapped[UUID | None]
    announcement_id: Mapped[UUID | None]
    #: A link that is the key to something: forgotten as soon as the mail is out or the link has expired.
    secret: Mapped[str | None] = mapped_column(Text)
    #: After this the mail says nothing true any more and is not sent.
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(20), default=State.QUEUED)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Why it is not out, in the mail server's words where it said some.
    problem: Mapped[str | None] = mapped_column(Text)
    #: When everything that says who got it and what it said is taken out of it.
    forget_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)

    @property
    def recipient(self) -> Recipient:
        return Recipient(self.recipient_id, self.recipient_name, self.recipient_email, self.locale, self.time_zone)

    def may_be_resent(self, now: datetime) -> bool:
        """Whether a person may have it tried again: it stands troubled and still says something true."""
        has_all = self.expires_at is None or (self.secret is not None and self.expires_at > now)
        return self.state in TROUBLED and has_all


class Delivery(Identified, Base):
    """One line of a message's delivery log; `created_at` is when it happened."""

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "message_id", "id"),)

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    #: queued, sent, captured, postponed, refused, cut_off, expired, resent or dismissed.
    outcome: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(Text, default="")
    #: Who did it, where a person did.
    person_name: Mapped[str | None] = mapped_column(String(200))


def fold(*texts: str) -> str:
    """`texts` as they are searched: without case, one after the other."""
    return " ".join(texts).casefold()
