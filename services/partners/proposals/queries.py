"""Every SELECT on proposals. A liaison finds their own organisation's, once something was sent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict, TypeVar, Unpack
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, func, or_, select
from sqlalchemy.orm import Session

from services.partners.attention import NEAR, PATIENCE, start_of
from services.partners.proposals.models import (
    OPEN,
    WAITED_FOR,
    Answer,
    Proposal,
    Side,
    State,
    Template,
    TemplateVersion,
    Version,
)
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

T = TypeVar("T")


class Filters(TypedDict, total=False):
    """What the list is narrowed down to; `waiting` is a side, `search` a part of the title in any case."""

    search: str
    state: str | None
    waiting: str | None
    organisation: UUID | None


@dataclass(frozen=True)
class OpenProposal:
    """Something that was sent and that one side waits for the other with."""

    id: UUID
    organisation_id: UUID
    title: str
    state: State
    since: datetime
    answer_by: date | None

    @property
    def waits_for(self) -> Side:
        return WAITED_FOR[self.state]


def get_proposal(session: Session, viewer: Identity, proposal_id: UUID, *, lock: bool = False) -> Proposal:
    """The proposal; raises `NotFound` if there is none or the viewer may not see it.

    With `lock`, nobody else changes or answers it until the transaction ends.
    """
    found = session.get(Proposal, proposal_id, with_for_update=lock or None, populate_existing=lock)
    if found is None or not viewer.may_see(found.organisation_id) or not (viewer.is_staff or found.latest):
        raise NotFound
    return found


def find_proposals(
    session: Session, viewer: Identity, *, cursor: str | None, limit: int, **filters: Unpack[Filters]
) -> Page[Proposal]:
    """Proposals that the viewer may see, newest first, one page."""
    found = _filter(select(Proposal), viewer, filters)
    return fetch_page(session, found, Proposal.id, cursor=cursor, limit=limit)


def count_proposals(session: Session, viewer: Identity, **filters: Unpack[Filters]) -> int:
    return session.scalar(_filter(select(func.count(Proposal.id)), viewer, filters)) or 0


def select_waiting_proposals(today: date) -> Select[UUID, date]:
    """(organisation's id, since when) of what was sent and waits: for us at once, for them once it is overdue."""
    return select(Proposal.organisation_id, func.date(Proposal.waiting_since, type_=Date)).where(*_waits(today))


def find_waiting_proposals(session: Session, organisation_ids: Collection[UUID], today: date) -> Sequence[OpenProposal]:
    """The same at these organisations, in one query, the longest first."""
    found = select(Proposal).where(Proposal.organisation_id.in_(organisation_ids), *_waits(today))
    return [
        OpenProposal(each.id, each.organisation_id, each.title, State(each.state), each.waiting_since, each.answer_by)
        for each in session.scalars(found.order_by(Proposal.waiting_since))
    ]


def list_batch(session: Session, batch_id: UUID) -> Sequence[Proposal]:
    """The copies written together, in the order of the choice; raises `NotFound` if there are none."""
    found = session.scalars(select(Proposal).where(Proposal.batch_id == batch_id).order_by(Proposal.id)).all()
    if not found:
        raise NotFound
    return found


def list_versions(session: Session, proposal_id: UUID) -> Sequence[Version]:
    """What either side sent, newest first."""
    found = select(Version).where(Version.proposal_id == proposal_id)
    return session.scalars(found.order_by(Version.number.desc())).all()


def get_version(session: Session, proposal: Proposal, number: int) -> Version:
    found = session.scalar(select(Version).where(Version.proposal_id == proposal.id, Version.number == number))
    if found is None:
        raise NotFound
    return found


def find_newest_of(session: Session, proposal_id: UUID, side: str) -> Version | None:
    """The newest version that this side put to the other."""
    found = select(Version).where(Version.proposal_id == proposal_id, Version.side == side)
    return session.scalar(found.order_by(Version.number.desc()).limit(1))


def list_answers(session: Session, versions: Collection[Version]) -> Sequence[Answer]:
    """What was said to these versions, oldest first."""
    ids = [version.id for version in versions]
    return session.scalars(select(Answer).where(Answer.version_id.in_(ids)).order_by(Answer.id)).all()


def lock_sent(session: Session, answer_until: date, limit: int, *, unreminded: bool = False) -> Sequence[Proposal]:
    """Those waiting for an answer until `answer_until` at the latest, locked, soonest first."""
    found = select(Proposal).where(Proposal.state == State.SENT, Proposal.answer_by <= answer_until)
    if unreminded:
        found = found.where(Proposal.reminded_at.is_(None))
    return session.scalars(found.order_by(Proposal.answer_by).limit(limit).with_for_update(skip_locked=True)).all()


def get_template(session: Session, template_id: UUID, *, lock: bool = False) -> Template:
    found = session.get(Template, template_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def find_templates(
    session: Session, *, search: str = "", retired: bool = False, cursor: str | None, limit: int
) -> Page[Template]:
    """Templates by title, one page: those to write from, or with `retired` the others."""
    found = select(Template)
    found = found.where(Template.retired_at.is_not(None) if retired else Template.retired_at.is_(None))
    if search:
        found = found.where(Template.sort_title.contains(search.casefold(), autoescape=True))
    return fetch_page(session, found, Template.sort_title, Template.id, cursor=cursor, limit=limit, descending=False)


def get_template_version(session: Session, template_id: UUID, number: int) -> TemplateVersion:
    found = select(TemplateVersion).where(TemplateVersion.template_id == template_id, TemplateVersion.number == number)
    version = session.scalar(found)
    if version is None:
        raise NotFound
    return version


def list_template_versions(session: Session, template_id: UUID) -> Sequence[TemplateVersion]:
    """Newest first."""
    found = select(TemplateVersion).where(TemplateVersion.template_id == template_id)
    return session.scalars(found.order_by(TemplateVersion.number.desc())).all()


def count_uses(session: Session, template_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Template's id -> how many proposals were written from it, in one query; those without any are left out."""
    found = select(Proposal.template_id, func.count()).where(Proposal.template_id.in_(template_ids))
    return {row[0]: row[1] for row in session.execute(found.group_by(Proposal.template_id))}


def _waits(today: date) -> tuple[ColumnElement[bool], ...]:
    overdue = or_(Proposal.waiting_since < start_of(today - PATIENCE), Proposal.answer_by <= today + NEAR)
    return Proposal.state.in_(OPEN), or_(Proposal.state != State.SENT, overdue)


def _filter(found: Select[T], viewer: Identity, filters: Filters) -> Select[T]:
    if not viewer.is_staff:
        found = found.where(Proposal.organisation_id == viewer.organisation_id, Proposal.latest > 0)
    if search := filters.get("search"):
        found = found.where(Proposal.sort_title.contains(search.casefold(), autoescape=True))
    if state := filters.get("state"):
        found = found.where(Proposal.state == state)
    if waiting := filters.get("waiting"):
        found = found.where(Proposal.state.in_([each for each, side in WAITED_FOR.items() if side == waiting]))
    if organisation := filters.get("organisation"):
        found = found.where(Proposal.organisation_id == organisation)
    return found
