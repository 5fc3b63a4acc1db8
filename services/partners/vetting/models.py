"""Vetting: is it sound to work with this organisation? A checklist, answered with evidence, decided by people."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.partners.database import Base
from shared.database.engine import Edited, Identified
from shared.database.files import FileColumns
from shared.database.types import Document, Instant

MET, NOT_MET, NOT_APPLICABLE = "met", "not_met", "not_applicable"
VERDICTS = (MET, NOT_MET, NOT_APPLICABLE)
APPROVED, CONDITIONAL, REFUSED = "approved", "conditional", "refused"
OUTCOMES = (APPROVED, CONDITIONAL, REFUSED)
RECEIVED, ACCEPTED, SET_ASIDE = "received", "accepted", "set_aside"
REOPEN, REMIND = "reopen", "remind"


class Checklist(Identified, Base):
    """One version of what is looked at. `items` is a list of {"key", "label", "help", "required", "months"}."""

    __tablename__ = "vetting_checklists"

    number: Mapped[int] = mapped_column(unique=True)
    items: Mapped[list[dict[str, object]]] = mapped_column(Document)
    reason: Mapped[str] = mapped_column(String(500))
    changed_by: Mapped[UUID]


class Evidence(Identified, FileColumns, Base):
    """A paper for one item. What a partner sends is `received` until one of us has looked at it."""

    __tablename__ = "vetting_evidence"
    __table_args__ = (
        # What is still to be looked at: few, however many papers there are.
        Index("ix_vetting_evidence_received", "answer_id",
              sqlite_where=text("state = 'received'"), postgresql_where=text("state = 'received'")),
    )  # fmt: skip

    answer_id: Mapped[UUID] = mapped_column(ForeignKey("vetting_answers.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    #: The last day on which it is good; None while nobody said.
    expires_on: Mapped[date | None]
    #: A member of staff, or the contact who sent it.
    sent_by: Mapped[UUID]
    from_partner: Mapped[bool]
    checked_by: Mapped[UUID | None]
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    #: Why it was set aside.
    reason: Mapped[str] = mapped_column(String(500), default="")


class Answer(Edited, Base):
    """One item of a vetting, as the checklist had it when the vetting began, and what was found."""

    __tablename__ = "vetting_answers"
    __table_args__ = (UniqueConstraint("vetting_id", "key"),)

    vetting_id: Mapped[UUID] = mapped_column(ForeignKey("vettings.id"))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(200))
    help: Mapped[str] = mapped_column(Text)
    required: Mapped[bool]
    #: For how many months an answer is good; None for as long as the evidence is.
    months: Mapped[int | None]
    verdict: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    evidence: Mapped[list[Evidence]] = relationship(order_by=Evidence.id.desc(), lazy="selectin")

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def awaits_look(self) -> int:
        """How many papers came in that nobody has looked at."""
        return sum(1 for each in self.evidence if each.state == RECEIVED)


class Declaration(Identified, Base):
    """What someone said of their own interests before taking part. Saying more adds a row; nothing is taken back."""

    __tablename__ = "vetting_declarations"

    vetting_id: Mapped[UUID] = mapped_column(ForeignKey("vettings.id"), index=True)
    person_id: Mapped[UUID]
    conflict: Mapped[bool]
    description: Mapped[str] = mapped_column(Text, default="")


class PaperRequest(Identified, Base):
    """The liaison was asked for papers; a scoped link is about one such request."""

    __tablename__ = "vetting_requests"

    vetting_id: Mapped[UUID] = mapped_column(ForeignKey("vettings.id"), index=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"))
    #: The ids of the answers that papers are wanted for, as texts.
    answers: Mapped[list[str]] = mapped_column(Document)
    message: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[UUID]
    until: Mapped[datetime] = mapped_column(Instant)


class Due(Identified, Base):
    """What the clock does about a decided vetting: open the next one, remind who is responsible."""

    __tablename__ = "vetting_dues"
    __table_args__ = (
        Index(None, "due_at", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
    )

    vetting_id: Mapped[UUID] = mapped_column(ForeignKey("vettings.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class Vetting(Edited, Base):
    """One vetting of one organisation: running until it has an outcome."""

    __tablename__ = "vettings"
    __table_args__ = (
        Index("uq_vettings_running", "organisation_id", unique=True,
              sqlite_where=text("outcome IS NULL"), postgresql_where=text("outcome IS NULL")),
        Index("uq_vettings_in_force", "organisation_id", unique=True,
              sqlite_where=text("in_force"), postgresql_where=text("in_force")),
        Index(None, "in_force", "valid_until", "id"),
        Index(None, "organisation_id", "id"),
    )  # fmt: skip

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    checklist: Mapped[int]
    #: None where the clock began it.
    started_by: Mapped[UUID | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    #: Why it was decided so; the conditions where it was approved with some.
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    #: The last day on which an approval holds.
    valid_until: Mapped[date | None]
    #: Whether this is the organisation's newest decided one.
    in_force: Mapped[bool] = mapped_column(default=False)
    #: A fast track: why it can't wait, who asked, what another person said, and until when it holds.
    fast_reason: Mapped[str] = mapped_column(Text, default="")
    fast_asked_by: Mapped[UUID | None]
    fast_asked_at: Mapped[datetime | None] = mapped_column(Instant)
    fast_decided_by: Mapped[UUID | None]
    fast_decided_at: Mapped[datetime | None] = mapped_column(Instant)
    fast_granted: Mapped[bool | None]
    fast_until: Mapped[date | None]

    answers: Mapped[list[Answer]] = relationship(order_by=Answer.position, lazy="selectin")
    declarations: Mapped[list[Declaration]] = relationship(order_by=Declaration.id, lazy="selectin")

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def running(self) -> bool:
        return self.outcome is None

    @property
    def fast_waiting(self) -> bool:
        """Whether a fast track was asked for and nobody has decided on it."""
        return self.fast_asked_by is not None and self.fast_granted is None

    @property
    def answered(self) -> int:
        return sum(1 for each in self.answers if each.verdict)

    @property
    def open_items(self) -> list[Answer]:
        """What is required and not answered."""
        return [each for each in self.answers if each.required and each.verdict is None]

    @property
    def unmet_items(self) -> list[Answer]:
        """What is required and not met."""
        return [each for each in self.answers if each.required and each.verdict == NOT_MET]

    @property
    def awaits_look(self) -> int:
        return sum(each.awaits_look for each in self.answers)

    def has_declared(self, person_id: UUID) -> bool:
        return any(each.person_id == person_id for each in self.declarations)

    def has_conflict(self, person_id: UUID) -> bool:
        return any(each.person_id == person_id and each.conflict for each in self.declarations)
