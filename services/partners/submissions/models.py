"""Webhook keys of organisations, and what they sent with them, kept as received."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Identified
from shared.database.types import Document, Instant

#: Two keys let a partner change from one to the other without losing a delivery; more would only be forgotten.
MOST_LIVE_KEYS = 2
ACCEPTED, PROCESSED = "accepted", "processed"
STATUSES = (ACCEPTED, PROCESSED)


class WebhookKey(Identified, Base):
    """A secret that an organisation signs its deliveries with; only its sealed form is kept."""

    __tablename__ = "webhook_keys"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    sealed_secret: Mapped[str]
    #: The secret's last four characters, by which people tell two keys apart.
    ending: Mapped[str] = mapped_column(String(4))
    created_by: Mapped[str] = mapped_column(String(200))
    #: Right to a minute: a flood of deliveries does not write it each time.
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None


class Submission(Identified, Base):
    """One verified delivery; `created_at` is when it was received. Nothing of it changes but the verdict."""

    __tablename__ = "submissions"
    __table_args__ = (
        # A partner's own id of a delivery makes repeating it harmless.
        UniqueConstraint("organisation_id", "message_id"),
        Index(None, "organisation_id", "id"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    key_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_keys.id"))
    message_id: Mapped[str] = mapped_column(String(255))
    #: SHA-256 of the body, to tell a repeat from another delivery under the same id.
    body_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    kind: Mapped[str] = mapped_column(String(60))
    campaign_id: Mapped[UUID]
    #: How many items it reports.
    items: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default=ACCEPTED)
    recorded: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list)
    processed_at: Mapped[datetime | None] = mapped_column(Instant)
