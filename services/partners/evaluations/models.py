"""Criteria in versions, rounds in which evaluators score organisations by them, and the scores.

An evaluation is one evaluator's scorecard of one organisation in one round. All of a round's evaluations are made
with it, empty, so that what is still to be done is a row and not an absence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from shared.database.engine import Edited, Identified
from shared.database.types import Document, Instant

LOWEST: Final = 1
HIGHEST: Final = 5
#: What the weights of a set add up to.
FULL_WEIGHT: Final = Decimal(100)
OPEN, CLOSED = "open", "closed"
STATES = (OPEN, CLOSED)


@dataclass(frozen=True, slots=True)
class Criterion:
    """What organisations are scored on. `key` stays the same from version to version; `one` and `five` say what the
    lowest and the highest score look like."""

    key: str
    name: str
    weight: Decimal
    one: str
    five: str


class CriteriaSet(Edited, Base):
    """A set of criteria as it stands; `version` is the number of its newest version."""

    __tablename__ = "criteria_sets"

    name: Mapped[str] = mapped_column(String(200))

    __mapper_args__ = {"version_id_col": Edited.version}


class CriteriaVersion(Identified, Base):
    """One version of a set. It never changes: rounds keep the one that they were made with."""

    __tablename__ = "criteria_versions"
    __table_args__ = (UniqueConstraint("set_id", "number"),)

    set_id: Mapped[UUID] = mapped_column(ForeignKey("criteria_sets.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    #: Criteria as JSON, in order, weights as text.
    told: Mapped[list[dict[str, Any]]] = mapped_column(Document)

    @property
    def criteria(self) -> Sequence[Criterion]:
        return [Criterion(**{**each, "weight": Decimal(each["weight"])}) for each in self.told]


class EvaluationRound(Edited, Base):
    """Some organisations, scored by some evaluators until a day. Once closed it stays closed: results were seen."""

    __tablename__ = "evaluation_rounds"
    __table_args__ = (Index(None, "state", "id"),)

    title: Mapped[str] = mapped_column(String(200))
    #: The title folded for search, the same on both databases; folding may triple its length.
    folded_title: Mapped[str] = mapped_column(String(600))
    criteria_version_id: Mapped[UUID] = mapped_column(ForeignKey("criteria_versions.id"))
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    __mapper_args__ = {"version_id_col": Edited.version}

    def rename(self, title: str) -> None:
        self.title, self.folded_title = title, title.casefold()

    @property
    def is_open(self) -> bool:
        return self.state == OPEN


class Evaluator(Identified, Base):
    """A person who scores in a round."""

    __tablename__ = "evaluators"
    __table_args__ = (UniqueConstraint("round_id", "person_id"), Index(None, "remind_at"))

    round_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_rounds.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    #: When to remind them next of what they have not submitted.
    remind_at: Mapped[datetime | None] = mapped_column(Instant)


class Evaluation(Edited, Base):
    """An evaluator's scorecard of an organisation: a draft until it is submitted."""

    __tablename__ = "evaluations"
    __table_args__ = (UniqueConstraint("round_id", "organisation_id", "person_id"),)

    round_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_rounds.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    #: Whether the evaluator has a conflict of interest; None until they have said.
    conflict: Mapped[bool | None]
    conflict_reason: Mapped[str] = mapped_column(Text, default="")
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    reopened_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Why what was submitted was opened again, shown beside the scores ever after.
    reopened_reason: Mapped[str] = mapped_column(Text, default="")

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is expected: submitted, or kept from scoring by a conflict of interest."""
        return self.is_submitted or bool(self.conflict)


class Score(Base):
    """How an evaluation rates one criterion; without `score` there is only a comment yet."""

    __tablename__ = "evaluation_scores"

    evaluation_id: Mapped[UUID] = mapped_column(ForeignKey("evaluations.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(String(40), primary_key=True)
    score: Mapped[int | None]
    comment: Mapped[str] = mapped_column(Text, default="")
