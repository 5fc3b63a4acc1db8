"""Webhook keys of organisations, and what they sent with them, kept as received."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.partners.database import Base
from shared.database.engine import Identified
from shared.database.files import FileColumns
from shared.database.types import Document, Instant

#: Two keys let a partner change from one to the other without losing a delivery; more would only be forgotten.
MOST_LIVE_KEYS = 2
ACCEPTED, PROCESSED = "accepted", "processed"
STATUSES = (ACCEPTED, PROCESSED)
#: The kinds of reports. Figures get a verdict from metrics; the others are kept as they are, with nothing to judge.
MEASUREMENTS, STORIES, CONTRIBUTIONS, HOURS, COVERAGE = (
    "measurements.reported",
    "stories.shared",
    "contributions.reported",
    "volunteer_hours.reported",
    "coverage.reported",
)
#: How a submission came.
WEBHOOK, FORM, SPREADSHEET = "webhook", "form", "spreadsheet"
CHANNELS = (WEBHOOK, FORM, SPREADSHEET)


class WebhookKey(Identified, Base):
    """A secret that an organisation signs its deliveries with; only its sealed form is kept."""

    __tablename__ = "webhook_keys"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    sealed_secret: Mapped[str]
    #: The secret's last four characters, by which people tell two keys apart.
    ending: Mapped[str] = mapped_column(String(4))
    created_by: Mapped[str] = mapped_column(String(200))
    #: The kinds of reports and the ids of the campaigns that it may send; an empty list is all of them.
    kinds: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    campaigns: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    #: Right to a minute: a flood of deliveries does not write it each time.
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None


class Submission(Identified, Base):
    """What was reported in one go, at `created_at`. Nothing of it changes but the verdict and who has read it."""

    __tablename__ = "submissions"
    __table_args__ = (
        # A partner's own id of a delivery makes repeating it harmless.
        UniqueConstraint("organisation_id", "message_id"),
        Index(None, "organisation_id", "id"),
        Index(None, "corrects_id"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    #: None where no system signed it.
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("webhook_keys.id"))
    message_id: Mapped[str] = mapped_column(String(255))
    #: SHA-256 of the body, to tell a repeat from another delivery under the same id.
    body_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    kind: Mapped[str] = mapped_column(String(60))
    campaign_id: Mapped[UUID]
    channel: Mapped[str] = mapped_column(String(20), default=WEBHOOK, server_default=WEBHOOK)
    #: Sent from the test console: checked like any other, and nothing of it is recorded.
    trial: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: The name of the person who sent it, where one did.
    sent_by: Mapped[str | None] = mapped_column(String(200))
    #: The submission whose rejected items this one holds, corrected.
    corrects_id: Mapped[UUID | None]
    #: How many items it reports.
    items: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default=ACCEPTED)
    recorded: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list)
    processed_at: Mapped[datetime | None] = mapped_column(Instant)
    #: When one of us said that they had read it, and who.
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    reader_id: Mapped[UUID | None]

    pictures: Mapped[list["ReportPicture"]] = relationship(order_by="ReportPicture.id", viewonly=True)


class Reply(Identified, Base):
    """What one of us answered to a submission. It is never changed, but corrected by another."""

    __tablename__ = "replies"
    __table_args__ = (Index(None, "organisation_id", "id"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"), index=True)
    person_id: Mapped[UUID]
    #: Markdown.
    text: Mapped[str] = mapped_column(Text)


class ReportPicture(Identified, FileColumns, Base):
    """A picture that goes along with a story from the form; without a submission while the story is being written."""

    __tablename__ = "report_pictures"
    __table_args__ = (Index(None, "organisation_id", "campaign_id"), Index(None, "submission_id"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    campaign_id: Mapped[UUID]
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submissions.id"))
    #: What it shows, for those who can't see it.
    description: Mapped[str] = mapped_column(String(300))


class Refusal(Identified, Base):
    """A delivery that was refused; kept for some weeks, and no more of them a day than `service.refusals` says."""

    __tablename__ = "refusals"
    __table_args__ = (
        Index(None, "organisation_id", "id"),
        Index(None, "organisation_id", "on_day"),
        Index(None, "created_at"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    on_day: Mapped[date]
    #: The HTTP status that it was answered with.
    status: Mapped[int]
    reason: Mapped[str] = mapped_column(String(1000))
    #: Path such as `data.measurements.0.value` -> what is wrong there.
    errors: Mapped[dict[str, str]] = mapped_column(Document)
    message_id: Mapped[str] = mapped_column(String(255))
    #: The key that signed it; None where the signature is missing or wrong, and then nothing of the body is kept.
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("webhook_keys.id"))
    #: How long the body was; `body` holds its beginning. Bytes.
    size: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class ReportDraft(Base):
    """A report as far as it is typed, of one kind for one campaign: whoever of the organisation goes on finds it."""

    __tablename__ = "report_drafts"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    #: Name of a control -> what stands in it.
    typed: Mapped[dict[str, list[str]]] = mapped_column(Document)
    typed_by: Mapped[str] = mapped_column(String(200))
    typed_at: Mapped[datetime] = mapped_column(Instant)
