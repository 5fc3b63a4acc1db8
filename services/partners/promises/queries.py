"""Every SELECT on promises. A liaison finds those between us and their own organisation, whoever owes them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from services.partners.contacts.queries import name_contacts
from services.partners.organisations.queries import get_organisation
from services.partners.people.queries import name_people
from services.partners.promises.models import Promise, Side, State
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

T = TypeVar("T")


@dataclass(frozen=True)
class Owing:
    """What is open between us and one organisation: how many promises, how many of them late, the oldest due date."""

    ours: int = 0
    ours_late: int = 0
    theirs: int = 0
    theirs_late: int = 0
    oldest_due: date | None = None


def get_promise(session: Session, viewer: Identity, promise_id: UUID) -> Promise:
    """The promise; raises `NotFound` if there is none or the viewer may not see it."""
    found = session.get(Promise, promise_id)
    if found is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    return found


def find_promises(
    session: Session,
    viewer: Identity,
    today: date,
    *,
    organisation_id: UUID | None = None,
    search: str = "",
    state: str = State.OPEN,
    owed_by: str | None = None,
    mine: bool = False,
    cursor: str | None,
    limit: int,
) -> Page[Promise]:
    """Promises by due date, one page: open ones the earliest first, others the latest first.

    `state` may be "overdue": open and due before `today`. `mine` keeps those that the viewer sees to.
    """
    is_open = state in (State.OPEN, "overdue")
    found = _seen_by(session, viewer, select(Promise), organisation_id)
    found = found.where(Promise.state == (State.OPEN if is_open else state))
    if search:
        found = found.where(Promise.folded.contains(search.casefold(), autoescape=True))
    if state == "overdue":
        found = found.where(Promise.due_on < today)
    if owed_by:
        found = found.where(Promise.owed_by == owed_by)
    if mine:
        found = found.where(Promise.person_id == viewer.person_id)
    return fetch_page(session, found, Promise.due_on, Promise.id, cursor=cursor, limit=limit, descending=not is_open)


def has_promises(session: Session, viewer: Identity, organisation_id: UUID | None = None) -> bool:
    """Whether anything was ever promised, between us and anyone or one organisation."""
    return session.scalar(_seen_by(session, viewer, select(Promise.id), organisation_id).limit(1)) is not None


def list_promises_of(session: Session, viewer: Identity, source: str, source_id: UUID) -> Sequence[Promise]:
    """What was promised in a meeting, an interaction, a proposal or an agreement, in the order of writing."""
    found = select(Promise).where(Promise.source == source, Promise.source_id == source_id)
    return session.scalars(_seen_by(session, viewer, found, None).order_by(Promise.id)).all()


def sum_up_promises(session: Session, organisation_ids: Collection[UUID], today: date) -> Mapping[UUID, Owing]:
    """What is open between us and each of these organisations, in one query; those with nothing open are left out."""
    late = case((Promise.due_on < today, 1), else_=0)
    found = (
        select(Promise.organisation_id, Promise.owed_by, func.count(), func.sum(late), func.min(Promise.due_on))
        .where(Promise.organisation_id.in_(organisation_ids), Promise.state == State.OPEN)
        .group_by(Promise.organisation_id, Promise.owed_by)
    )
    sides: dict[UUID, dict[str, tuple[int, int, date]]] = {}
    for organisation_id, owed_by, count, late_count, oldest in session.execute(found):
        sides.setdefault(organisation_id, {})[owed_by] = (count, int(late_count), oldest)
    return {each: _sum_up(found_sides) for each, found_sides in sides.items()}


def select_overdue(today: date) -> Select[UUID, date]:
    """(organisation's id, the day it was due) of every promise that is late, for the ranking of who waits longest."""
    return select(Promise.organisation_id, Promise.due_on).where(Promise.state == State.OPEN, Promise.due_on < today)


def list_open_promises_of(session: Session, contact_id: UUID) -> Sequence[Promise]:
    """The open promises that this contact sees to, the earliest due first."""
    found = select(Promise).where(Promise.contact_id == contact_id, Promise.state == State.OPEN)
    return session.scalars(found.order_by(Promise.due_on, Promise.id)).all()


def list_due_reminders(session: Session, today: date, limit: int) -> Sequence[Promise]:
    """Open promises whose reminder is due, locked; those that another worker holds are left out."""
    due = select(Promise).where(Promise.remind_on <= today, Promise.state == State.OPEN)
    return session.scalars(due.order_by(Promise.id).limit(limit).with_for_update(skip_locked=True)).all()


def name_owners(session: Session, promises: Collection[Promise]) -> Mapping[UUID, str]:
    """The names of those who see to these promises and of those who closed them, in two queries."""
    ids = {each for promise in promises for each in (promise.owner_id, promise.closed_by) if each}
    return {**name_people(session, ids), **name_contacts(session, ids)} if ids else {}


def _sum_up(sides: Mapping[str, tuple[int, int, date]]) -> Owing:
    ours, ours_late, _ = sides.get(Side.US, (0, 0, None))
    theirs, theirs_late, _ = sides.get(Side.THEM, (0, 0, None))
    return Owing(ours, ours_late, theirs, theirs_late, min(oldest for _, _, oldest in sides.values()))


def _seen_by(session: Session, viewer: Identity, found: Select[T], organisation_id: UUID | None) -> Select[T]:
    if organisation_id is not None:
        get_organisation(session, viewer, organisation_id)
        return found.where(Promise.organisation_id == organisation_id)
    return found if viewer.is_staff else found.where(Promise.organisation_id == viewer.organisation_id)
