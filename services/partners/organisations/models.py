"""Outside bodies that we know: the organisations we could work with, or do."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.partners.database import Base
from services.partners.organisations.keys import fold, read_domain, read_registration
from services.partners.organisations.likeness import list_match_keys
from shared.database.engine import Edited, Identified
from shared.database.files import FileColumns
from shared.database.types import Document, Instant

#: What an organisation is, in the words of the main path's API.
KINDS = ("ngo", "charity", "community_group", "public_body", "company", "school", "other")
#: How far its work goes.
REACHES = ("local", "regional", "national", "international")
#: Where it stands with us: the columns of the board, in their order.
PROSPECT, SHORTLISTED, APPROACHED, IN_DISCUSSION = "prospect", "shortlisted", "approached", "in_discussion"
PARTNER, DORMANT, ENDED, DECLINED = "partner", "dormant", "ended", "declined"
STAGES = (PROSPECT, SHORTLISTED, APPROACHED, IN_DISCUSSION, PARTNER, DORMANT, ENDED, DECLINED)
#: The Sustainable Development Goals, by number.
GOALS = tuple(range(1, 18))
MOST_FOCUS_AREAS, MOST_PLACES, MOST_HANDLES = 12, 50, 20


class Organisation(Edited, Base):
    """`focus` is a list of {"area", "goals": [numbers]}, `places` of names, `handles` of {"platform", "handle"}."""

    __tablename__ = "organisations"
    __table_args__ = (
        Index(None, "sort_name", "id"),
        Index(None, "kind", "sort_name", "id"),
        Index(None, "country", "sort_name", "id"),
        Index(None, "reach", "sort_name", "id"),
        Index(None, "stage", "sort_name", "id"),
        Index(None, "stage", "updated_at", "id"),
        # A search for a part of a word, which only PostgreSQL can answer without reading every row.
        Index(
            "ix_organisations_search_text_trigrams",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
    )

    name: Mapped[str] = mapped_column(String(200))
    #: The name folded for search and order, the same on both databases; folding may triple a name's length.
    sort_name: Mapped[str] = mapped_column(String(600))
    kind: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(2))
    website: Mapped[str | None] = mapped_column(String(500))
    #: The website's own host: two organisations with one are probably the same.
    domain: Mapped[str | None] = mapped_column(String(253), index=True)
    registration_number: Mapped[str | None] = mapped_column(String(100))
    #: The registration number without what people write differently; unique only within a country, if there.
    registration_key: Mapped[str | None] = mapped_column(String(300), index=True)
    mission: Mapped[str | None] = mapped_column(Text)
    values: Mapped[str | None] = mapped_column(Text)
    focus: Mapped[list[dict[str, Any]]] = mapped_column(Document, default=list, server_default="[]")
    places: Mapped[list[str]] = mapped_column(Document, default=list, server_default="[]")
    reach: Mapped[str | None] = mapped_column(String(20))
    people_reached: Mapped[int | None]
    handles: Mapped[list[dict[str, str]]] = mapped_column(Document, default=list, server_default="[]")
    #: The SHA-256 that the stored picture goes by.
    logo: Mapped[str | None] = mapped_column(String(64))
    brand_notes: Mapped[str | None] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(String(20), default=PROSPECT, server_default=PROSPECT)
    #: When it came to its present stage; None while it is where it was registered.
    stage_changed_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Everything that a search looks at, folded.
    search_text: Mapped[str] = mapped_column(Text, default="", server_default=text("''"), deferred=True)

    topics: Mapped[list["Topic"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    match_keys: Mapped[list["MatchKey"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __mapper_args__ = {"version_id_col": Edited.version}

    def fill(self, details: dict[str, Any]) -> None:
        """Take these details and derive from them what it is searched, filtered and recognised by."""
        if "name" in details:
            self.set_match_keys(list_match_keys(details["name"]))
        for name, value in details.items():
            setattr(self, name, value)
        self.sort_name = fold(self.name)
        self.domain = read_domain(self.website)
        self.registration_key = read_registration(self.registration_number)
        areas = [each["area"] for each in self.focus or []]
        texts = [self.name, self.registration_number, self.registration_key, self.domain, self.mission]
        self.search_text = fold(" · ".join(each for each in [*texts, *areas, *(self.places or [])] if each))
        if "focus" in details:
            self._set_topics(list_topics(details["focus"]))

    def set_match_keys(self, wanted: Iterable[str]) -> None:
        """Let it be found among those of a similar name by these keys."""
        there = {each.key: each for each in self.match_keys}
        self.match_keys = [there.get(each) or MatchKey(key=each) for each in wanted]

    def _set_topics(self, wanted: Iterable[str]) -> None:
        there = {each.topic: each for each in self.topics}
        self.topics = [there.get(each) or Topic(topic=each) for each in wanted]


class Topic(Base):
    """What lists are filtered by that an organisation has several of: `area:<folded area>` and `goal:<number>`."""

    __tablename__ = "organisation_topics"

    topic: Mapped[str] = mapped_column(String(320), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class MatchKey(Base):
    """What organisations of similar names have in common: see `likeness`."""

    __tablename__ = "organisation_match_keys"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class MergedOrganisation(Identified, Base):
    """What is left of a record that was merged into another: `id` was its own, and leads to the survivor."""

    __tablename__ = "merged_organisations"

    survivor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    #: All that its record said, as it was when it was merged.
    details: Mapped[dict[str, Any]] = mapped_column(Document)


class TrackRecord(Edited, Base):
    """Something that an organisation did earlier, and how one can tell."""

    __tablename__ = "track_records"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    first_year: Mapped[int]
    #: None when it was done within one year.
    last_year: Mapped[int | None]
    done: Mapped[str] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[str | None] = mapped_column(String(500))

    files: Mapped[list["TrackFile"]] = relationship(
        order_by="TrackFile.id", lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": Edited.version}


class TrackFile(FileColumns, Identified, Base):
    """A file that shows what an entry of the track record says. Taking the entry out takes it along."""

    __tablename__ = "track_files"

    record_id: Mapped[UUID] = mapped_column(ForeignKey("track_records.id", ondelete="CASCADE"), index=True)
    added_by: Mapped[UUID]


class StageChange(Identified, Base):
    """A move on the board, kept for good."""

    __tablename__ = "stage_changes"
    __table_args__ = (Index(None, "organisation_id", "id"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    before: Mapped[str] = mapped_column(String(20))
    after: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(String(200))


class SavedView(Identified, Base):
    """A list's filters under a name, its owner's own or shared with colleagues. `filters` are the address's."""

    __tablename__ = "saved_views"
    __table_args__ = (Index(None, "person_id", "name", unique=True),)

    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(80))
    filters: Mapped[dict[str, str]] = mapped_column(Document)
    shared: Mapped[bool] = mapped_column(index=True)


def list_topics(focus: Iterable[dict[str, Any]]) -> list[str]:
    """The topics of these focus areas, each once."""
    areas = [topic_of_area(each["area"]) for each in focus]
    goals = [topic_of_goal(goal) for each in focus for goal in each["goals"]]
    return list(dict.fromkeys([*areas, *goals]))


def topic_of_area(area: str) -> str:
    return f"area:{fold(area)}"


def topic_of_goal(goal: int) -> str:
    return f"goal:{goal}"
