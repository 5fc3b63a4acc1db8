"""Proposals: offers to collaborate, written from templates, in versions by both sides that are never overwritten."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Edited, Identified
from shared.database.types import Document, Instant


class State(StrEnum):
    """Where a proposal stands."""

    DRAFT = "draft"
    SENT = "sent"
    CHANGES_ASKED = "changes_asked"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class Side(StrEnum):
    US = "us"
    PARTNER = "partner"


class Reply(StrEnum):
    ACCEPT = "accept"
    ASK_FOR_CHANGES = "ask_for_changes"
    COUNTER = "counter"
    DECLINE = "decline"


#: Who has the next move; nobody has in the other states.
WAITED_FOR = {
    State.DRAFT: Side.US,
    State.SENT: Side.PARTNER,
    State.CHANGES_ASKED: Side.US,
    State.COUNTERED: Side.US,
}
#: Both sides are talking: what was sent waits for one of them.
OPEN = (State.SENT, State.CHANGES_ASKED, State.COUNTERED)
#: In these nothing more can be written.
SETTLED = (State.ACCEPTED, State.WITHDRAWN)


class Template(Edited, Base):
    """What proposals are written from, through all its versions."""

    __tablename__ = "proposal_templates"
    __table_args__ = (Index(None, "sort_title", "id"),)

    title: Mapped[str] = mapped_column(String(200))
    sort_title: Mapped[str] = mapped_column(String(600))
    latest: Mapped[int] = mapped_column(default=1)
    #: From when on it is no longer offered to write from.
    retired_at: Mapped[datetime | None] = mapped_column(Instant)

    __mapper_args__ = {"version_id_col": Edited.version}

    def retitle(self, title: str) -> None:
        self.title, self.sort_title = title, title.casefold()


class TemplateVersion(Identified, Base):
    """One wording of a template: Markdown with {{placeholders}}, and the fields that stand in for them."""

    __tablename__ = "proposal_template_versions"
    __table_args__ = (UniqueConstraint("template_id", "number"),)

    template_id: Mapped[UUID] = mapped_column(ForeignKey("proposal_templates.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    #: {"name", "label", "kind", "unit", "default"} each; see `ProposalFieldSchema`.
    fields: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    author_id: Mapped[UUID]
    author_name: Mapped[str] = mapped_column(String(200))


class Proposal(Edited, Base):
    """One organisation's copy: what we are writing, and where what was sent stands."""

    __tablename__ = "proposals"
    __table_args__ = (
        Index(None, "organisation_id", "id"),
        Index(None, "state", "answer_by"),
        Index(None, "batch_id"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    template_id: Mapped[UUID] = mapped_column(ForeignKey("proposal_templates.id"))
    template_number: Mapped[int]
    #: Those written together have it in common.
    batch_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(200))
    #: The title folded for search.
    sort_title: Mapped[str] = mapped_column(String(600))
    fields: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    state: Mapped[str] = mapped_column(String(20), default=State.DRAFT)
    #: The newest version's number; 0 until one was sent.
    latest: Mapped[int] = mapped_column(default=0)
    #: What we are writing, to be sent as the next version; None when nothing is being written.
    draft_text: Mapped[str | None] = mapped_column(Text)
    draft_values: Mapped[dict[str, str] | None] = mapped_column(Document)
    author_id: Mapped[UUID]
    author_name: Mapped[str] = mapped_column(String(200))
    #: The last day on which what was sent can be answered.
    answer_by: Mapped[date | None]
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Since when the one who is waited for has been.
    waiting_since: Mapped[datetime] = mapped_column(Instant)
    #: What was drafted of it after both sides had said yes.
    agreement_id: Mapped[UUID | None]

    __mapper_args__ = {"version_id_col": Edited.version}

    def retitle(self, title: str) -> None:
        self.title, self.sort_title = title, title.casefold()

    @property
    def waits_for(self) -> Side | None:
        return WAITED_FOR.get(State(self.state))


class Version(Identified, Base):
    """What one side put to the other: append-only, so that what was sent stays as it was sent."""

    __tablename__ = "proposal_versions"
    __table_args__ = (UniqueConstraint("proposal_id", "number"),)

    proposal_id: Mapped[UUID] = mapped_column(ForeignKey("proposals.id"))
    number: Mapped[int]
    side: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    #: Markdown in which only the fields' placeholders are left.
    text: Mapped[str] = mapped_column(Text)
    #: The text as we wrote it, before names and the date were filled in; None for what the partner sent.
    source: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    #: Field's name -> its value as text: a date as ISO 8601, an amount in plain notation.
    values: Mapped[dict[str, str]] = mapped_column(Document)
    #: What went along with it.
    words: Mapped[str] = mapped_column(Text, default="")
    #: SHA-256 of all that can be accepted, in hexadecimal; see `digest_of`.
    digest: Mapped[str] = mapped_column(String(64))
    author_id: Mapped[UUID]
    author_name: Mapped[str] = mapped_column(String(200))
    #: The last day on which it could be answered; None for what the partner sent.
    answer_by: Mapped[date | None]


class Answer(Identified, Base):
    """What one side said to the other's version: append-only."""

    __tablename__ = "proposal_answers"
    __table_args__ = (Index(None, "version_id", "id"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("proposal_versions.id"))
    side: Mapped[str] = mapped_column(String(10))
    reply: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(String(200))
    #: The scoped link that they answered by; None for someone who was signed in.
    link_id: Mapped[UUID | None]


def digest_of(proposal_id: UUID, number: int, title: str, text: str, values: Mapping[str, str]) -> str:
    """SHA-256 over the version's canonical JSON: keys in order, no spaces, UTF-8."""
    content = {"proposal": str(proposal_id), "version": number, "title": title, "text": text, "values": dict(values)}
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()
