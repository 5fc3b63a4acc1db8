"""Reports of campaigns: what is being written, and the editions that were frozen of it and never change again."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.metrics.database import Base
from shared.database.engine import Edited, Identified
from shared.database.types import Document, Instant
from shared.files import StoredFile

KINDS = PROGRESS, FINAL = ("progress", "final")
STATES = DRAFT, FROZEN = ("draft", "frozen")
#: How often a campaign is reported on; the final report is due with each of them.
RHYTHMS = NONE, MONTHLY, QUARTERLY, HALF_YEARLY = ("none", "monthly", "quarterly", "half_yearly")
#: The parts that people write, in the order in which they are read.
PARTS = ("summary", "stories", "contributions", "lessons", "next_steps", "thanks")


class Report(Edited, Base):
    """A report of one period. While it is a draft its text changes; its figures are those of the day."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("campaign_id", "kind", "starts_on", "ends_on"),
        Index(None, "campaign_id", "ends_on", "id"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    kind: Mapped[str] = mapped_column(String(20))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20), default=DRAFT)
    #: Part -> what was written, in Markdown.
    narrative: Mapped[dict[str, str]] = mapped_column(Document, default=dict)
    #: The number of the newest edition; 0 before the first.
    edition: Mapped[int] = mapped_column(default=0)
    #: Why the next edition is written.
    reason: Mapped[str] = mapped_column(String(1000), default="")

    __mapper_args__ = {"version_id_col": Edited.version}


class Edition(Identified, Base):
    """A report as it was frozen. Partners see it from when it was sent to them."""

    __tablename__ = "report_editions"
    __table_args__ = (UniqueConstraint("report_id", "number"),)

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    number: Mapped[int]
    #: Why it was issued again; empty for the first.
    reason: Mapped[str] = mapped_column(String(1000))
    published_at: Mapped[datetime | None] = mapped_column(Instant)


class Copy(Identified, Base):
    """An edition as one side may see it: ours, which has no organisation, or a partner's."""

    __tablename__ = "report_copies"
    __table_args__ = (UniqueConstraint("edition_id", "organisation_id"),)

    edition_id: Mapped[UUID] = mapped_column(ForeignKey("report_editions.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(index=True)
    #: What every drawing of it is made from, and the SHA-256 of that in canonical JSON.
    document: Mapped[dict[str, Any]] = mapped_column(Document)
    digest: Mapped[str] = mapped_column(String(64))
    #: The stored files by format: {"pdf": {"name", "media_type", "size", "sha256"}, "xlsx": ...}.
    files: Mapped[dict[str, dict[str, Any]]] = mapped_column(Document)

    def file(self, form: str) -> StoredFile:
        """The stored file in this format; raises `KeyError` for one that there isn't."""
        return StoredFile(**self.files[form])


class Reading(Identified, Base):
    """Somebody said that they have read an edition."""

    __tablename__ = "report_readings"
    __table_args__ = (UniqueConstraint("edition_id", "person_id"),)

    edition_id: Mapped[UUID] = mapped_column(ForeignKey("report_editions.id"))
    organisation_id: Mapped[UUID]
    person_id: Mapped[UUID]
    person_name: Mapped[str]


class Cadence(Edited, Base):
    """How often a campaign is reported on, and how long after a period its draft is made."""

    __tablename__ = "report_cadences"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"), unique=True)
    rhythm: Mapped[str] = mapped_column(String(20), default=NONE)
    #: Days that partners have, after a period's end, to send its figures.
    grace_days: Mapped[int] = mapped_column(default=14)
    #: Periods that ended before were never agreed.
    since: Mapped[date]

    __mapper_args__ = {"version_id_col": Edited.version}
