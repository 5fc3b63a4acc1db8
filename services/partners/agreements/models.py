"""Agreements: the terms as data, in versions that are never overwritten, and who said what to which of them."""

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
    """Where an agreement stands as a whole."""

    PREPARING = "preparing"
    AGREED = "agreed"
    IN_FORCE = "in_force"
    ENDED = "ended"
    DROPPED = "dropped"


class VersionState(StrEnum):
    """Where one version stands. Only a draft can be edited; only an offered one can be answered."""

    DRAFT = "draft"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    CHANGES_ASKED = "changes_asked"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class Kind(StrEnum):
    """Why there is a version: the first terms and their changes, or what came after both sides had accepted."""

    ORIGINAL = "original"
    AMENDMENT = "amendment"
    RENEWAL = "renewal"


class Side(StrEnum):
    US = "us"
    PARTNER = "partner"


class Reply(StrEnum):
    ACCEPT = "accept"
    ASK_FOR_CHANGES = "ask_for_changes"
    DECLINE = "decline"


#: States in which terms hold, or will from a day on.
STANDING = (State.AGREED, State.IN_FORCE)


class Agreement(Edited, Base):
    """What one organisation and we agree on, through all its versions."""

    __tablename__ = "agreements"
    __table_args__ = (Index(None, "organisation_id", "id"), Index(None, "state", "ends_on"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    title: Mapped[str] = mapped_column(String(200))
    #: The title folded for search.
    sort_title: Mapped[str] = mapped_column(String(600))
    state: Mapped[str] = mapped_column(String(20), default=State.PREPARING)
    #: The newest version's number, from 1, and that of the one that holds; None until both sides accepted one.
    latest: Mapped[int] = mapped_column(default=1)
    agreed: Mapped[int | None]
    #: First and last day of the agreed version, both included; an agreement without a last day runs until it is ended.
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(Text, default="")
    #: When its coming end is to be told to who looks after the partner; None once that is done.
    tell_end_on: Mapped[date | None] = mapped_column(index=True)

    __mapper_args__ = {"version_id_col": Edited.version}

    def retitle(self, title: str) -> None:
        self.title, self.sort_title = title, title.casefold()


class Version(Identified, Base):
    """One wording of the terms. From the moment it is offered its terms stand as they are, under their digest."""

    __tablename__ = "agreement_versions"
    __table_args__ = (UniqueConstraint("agreement_id", "number"), Index(None, "state", "answer_by"))

    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreements.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    #: Why this version was made, for the one who reads it.
    reason: Mapped[str] = mapped_column(Text, default="")
    terms: Mapped[dict[str, Any]] = mapped_column(Document)
    state: Mapped[str] = mapped_column(String(20), default=VersionState.DRAFT)
    #: SHA-256 of what is offered, in hexadecimal; see `digest_of`.
    digest: Mapped[str | None] = mapped_column(String(64))
    author_id: Mapped[UUID]
    author_name: Mapped[str] = mapped_column(String(200))
    offered_at: Mapped[datetime | None] = mapped_column(Instant)
    #: The last day on which it can be answered.
    answer_by: Mapped[date | None]
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class Answer(Identified, Base):
    """What one side said to one version: append-only. An acceptance names the digest of exactly what was accepted."""

    __tablename__ = "agreement_answers"
    __table_args__ = (Index(None, "version_id", "id"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("agreement_versions.id"))
    side: Mapped[str] = mapped_column(String(10))
    reply: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(Text, default="")
    digest: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(String(200))
    #: As what they answered, in their own words: "Director".
    capacity: Mapped[str] = mapped_column(String(200))
    #: The scoped link that they answered by; None for someone who was signed in.
    link_id: Mapped[UUID | None]


def digest_of(agreement_id: UUID, number: int, title: str, terms: Mapping[str, Any]) -> str:
    """SHA-256 over the version's canonical JSON: keys in order, no spaces, UTF-8.

    The agreement's id and the version's number are part of it, so that no other version can pass for this one.
    """
    content = {"agreement": str(agreement_id), "version": number, "title": title, "terms": terms}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
