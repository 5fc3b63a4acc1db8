"""Every SELECT on agreements. A liaison finds their own organisation's, and of its versions those that were offered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session

from services.partners.agreements.models import STANDING, Agreement, Answer, Side, State, Version, VersionState
from services.partners.attention import ENDING, NEAR, PATIENCE, start_of
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

T = TypeVar("T")


@dataclass(frozen=True)
class WaitingOffer:
    """Terms on offer that wait for our answer, or for long for the partner's; `since` the side that waits has."""

    organisation_id: UUID
    since: date
    agreement_id: UUID
    title: str
    waits_for_us: bool
    answer_by: date | None


def get_agreement(session: Session, viewer: Identity, agreement_id: UUID, *, lock: bool = False) -> Agreement:
    """The agreement; raises `NotFound` if there is none or the viewer may not see it.

    With `lock`, nobody else changes it or answers it until the transaction ends.
    """
    found = session.get(Agreement, agreement_id, with_for_update=lock or None, populate_existing=lock)
    if found is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    if not viewer.is_staff and not session.scalar(select(_was_offered(agreement_id))):
        raise NotFound
    return found


def get_version(session: Session, viewer: Identity, agreement: Agreement, number: int) -> Version:
    """One version of an agreement that the viewer may see; raises `NotFound`."""
    found = session.scalar(
        _seen_by(viewer, select(Version).where(Version.agreement_id == agreement.id, Version.number == number))
    )
    if found is None:
        raise NotFound
    return found


def get_version_by_id(session: Session, version_id: UUID) -> tuple[Agreement, Version]:
    """A version and its agreement, whoever asks; raises `NotFound`."""
    version = session.get(Version, version_id)
    if version is None:
        raise NotFound
    return session.get_one(Agreement, version.agreement_id), version


def list_versions(session: Session, viewer: Identity, agreement_id: UUID) -> Sequence[Version]:
    """The agreement's versions that the viewer may see, newest first."""
    found = select(Version).where(Version.agreement_id == agreement_id).order_by(Version.number.desc())
    return session.scalars(_seen_by(viewer, found)).all()


def list_answers(session: Session, versions: Collection[Version]) -> Sequence[Answer]:
    """What either side said to these versions, oldest first."""
    ids = [version.id for version in versions]
    return session.scalars(select(Answer).where(Answer.version_id.in_(ids)).order_by(Answer.id)).all()


def find_agreements(
    session: Session,
    viewer: Identity,
    *,
    search: str = "",
    state: str | None = None,
    organisation: UUID | None = None,
    cursor: str | None,
    limit: int,
) -> Page[Agreement]:
    """Agreements that the viewer may see, newest first, one page; `search` is a part of the title in any case."""
    found = _filter(select(Agreement), viewer, search, state, organisation)
    return fetch_page(session, found, Agreement.id, cursor=cursor, limit=limit)


def count_agreements(
    session: Session,
    viewer: Identity,
    *,
    search: str = "",
    state: str | None = None,
    organisation: UUID | None = None,
) -> int:
    return session.scalar(_filter(select(func.count(Agreement.id)), viewer, search, state, organisation)) or 0


def list_standing(session: Session, organisation_id: UUID) -> Sequence[Agreement]:
    """The organisation's agreements that hold, or will from their first day on."""
    found = select(Agreement).where(Agreement.organisation_id == organisation_id, Agreement.state.in_(STANDING))
    return session.scalars(found).all()


def select_waiting_offers(today: date) -> Select[UUID, date]:
    """(organisation's id, since when) of every offer that waits: for us at once, for the partner once it is overdue."""
    answered, waiting = _waiting_offers(today)
    found: Select[UUID, date] = waiting.with_only_columns(Agreement.organisation_id, _since(answered))
    return found


def list_waiting_offers(session: Session, organisation_ids: Collection[UUID], today: date) -> Sequence[WaitingOffer]:
    """The same at these organisations, in one query, the longest first."""
    answered, waiting = _waiting_offers(today)
    since = _since(answered)
    found = waiting.with_only_columns(
        Agreement.organisation_id, since, Agreement.id, Agreement.title, answered.is_not(None), Version.answer_by
    ).where(Agreement.organisation_id.in_(organisation_ids))
    return [WaitingOffer(*row) for row in session.execute(found.order_by(since, Version.id))]


def select_ending(today: date) -> Select[UUID, date]:
    """(organisation's id, since when) of every agreement that ends soon; it waits from its last day on."""
    since = case((Agreement.ends_on < today, Agreement.ends_on), else_=today)
    return select(Agreement.organisation_id, since).where(*_ends_by(today + ENDING))


def find_ending(session: Session, organisation_ids: Collection[UUID], today: date) -> Sequence[Agreement]:
    """The same at these organisations, the soonest first."""
    found = select(Agreement).where(Agreement.organisation_id.in_(organisation_ids), *_ends_by(today + ENDING))
    return session.scalars(found.order_by(Agreement.ends_on)).all()


def lock_offered(
    session: Session, answer_until: date, limit: int, *, unreminded: bool = False
) -> Sequence[tuple[Agreement, Version]]:
    """Offers whose last day to answer is `answer_until` at the latest, locked, soonest first."""
    found = (
        select(Agreement, Version)
        .join(Version, Version.agreement_id == Agreement.id)
        .where(Version.state == VersionState.OFFERED, Version.answer_by <= answer_until)
        .order_by(Version.answer_by)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if unreminded:
        found = found.where(Version.reminded_at.is_(None))
    return [(row[0], row[1]) for row in session.execute(found)]


def lock_beginning(session: Session, today: date, limit: int) -> Sequence[Agreement]:
    """Agreed ones whose first day has come, locked."""
    found = select(Agreement).where(Agreement.state == State.AGREED, Agreement.starts_on <= today)
    return session.scalars(found.limit(limit).with_for_update(skip_locked=True)).all()


def lock_ending(session: Session, until: date, limit: int) -> Sequence[Agreement]:
    """Those in force whose last day is `until` at the latest, locked."""
    found = select(Agreement).where(*_ends_by(until))
    return session.scalars(found.order_by(Agreement.ends_on).limit(limit).with_for_update(skip_locked=True)).all()


def lock_coming_ends(session: Session, today: date, limit: int) -> Sequence[Agreement]:
    """Those in force whose coming end is to be told by `today`, locked."""
    found = select(Agreement).where(Agreement.state == State.IN_FORCE, Agreement.tell_end_on <= today)
    return session.scalars(found.limit(limit).with_for_update(skip_locked=True)).all()


def list_latest(session: Session, agreements: Collection[Agreement]) -> Mapping[UUID, Version]:
    """Agreement's id -> its newest version, in one query."""
    ids = [each.id for each in agreements]
    found = (
        select(Version)
        .join(Agreement, Agreement.id == Version.agreement_id)
        .where(Version.agreement_id.in_(ids), Version.number == Agreement.latest)
    )
    return {each.agreement_id: each for each in session.scalars(found)}


def _ends_by(until: date) -> tuple[ColumnElement[bool], ...]:
    return Agreement.state == State.IN_FORCE, Agreement.ends_on <= until


def _waiting_offers(today: date) -> tuple[Any, Any]:
    """When the partner said yes to the version, and the select of what waits."""
    answered = (
        select(func.max(Answer.created_at))
        .where(Answer.version_id == Version.id, Answer.side == Side.PARTNER)
        .correlate(Version)
        .scalar_subquery()
    )
    overdue = or_(Version.offered_at < start_of(today - PATIENCE), Version.answer_by <= today + NEAR)
    waiting = select(Version.id).join(Agreement, Agreement.id == Version.agreement_id)
    return answered, waiting.where(Version.state == VersionState.OFFERED, or_(answered.is_not(None), overdue))


def _since(answered: Any) -> Any:
    return func.date(func.coalesce(answered, Version.offered_at), type_=Date)


def _filter(found: Select[T], viewer: Identity, search: str, state: str | None, organisation: UUID | None) -> Select[T]:
    if not viewer.is_staff:
        found = found.where(Agreement.organisation_id == viewer.organisation_id, _was_offered(Agreement.id))
    if search:
        found = found.where(Agreement.sort_title.contains(search.casefold(), autoescape=True))
    if state:
        found = found.where(Agreement.state == state)
    if organisation:
        found = found.where(Agreement.organisation_id == organisation)
    return found


def _was_offered(agreement_id: Any) -> ColumnElement[bool]:
    return exists().where(Version.agreement_id == agreement_id, Version.offered_at.is_not(None))


def _seen_by(viewer: Identity, found: Select[T]) -> Select[T]:
    return found if viewer.is_staff else found.where(Version.offered_at.is_not(None))
