"""Every SELECT on profile updates. An organisation's own people find theirs, staff find what was sent."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Select, func, select
from sqlalchemy.orm import Session

from services.partners.organisations.queries import get_organisation
from services.partners.profiles.models import OPEN, SENT, ProfileChange, ProfileUpdate
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


def get_update(session: Session, viewer: Identity, update_id: UUID) -> ProfileUpdate:
    """The update; raises `NotFound` if there is none or the viewer may not see it."""
    found = session.get(ProfileUpdate, update_id)
    if found is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    return found


def get_sent_update(session: Session, viewer: Identity, update_id: UUID) -> ProfileUpdate:
    """Like `get_update`, of what was sent: what is still being written is not ours to read."""
    found = get_update(session, viewer, update_id)
    if found.state == OPEN:
        raise NotFound
    return found


def find_latest_update(session: Session, viewer: Identity, organisation_id: UUID) -> ProfileUpdate | None:
    """The organisation's newest update, in whatever state."""
    get_organisation(session, viewer, organisation_id)
    found = select(ProfileUpdate).where(ProfileUpdate.organisation_id == organisation_id)
    return session.scalar(found.order_by(ProfileUpdate.id.desc()).limit(1))


def find_open_update(session: Session, organisation_id: UUID) -> ProfileUpdate | None:
    """What the organisation is writing just now."""
    found = select(ProfileUpdate).where(ProfileUpdate.organisation_id == organisation_id, ProfileUpdate.state == OPEN)
    return session.scalar(found.order_by(ProfileUpdate.id.desc()).limit(1))


def lock_update(session: Session, update_id: UUID) -> None:
    """Make others who want this lock wait until the transaction ends."""
    session.execute(select(ProfileUpdate.id).where(ProfileUpdate.id == update_id).with_for_update())


def find_updates(
    session: Session,
    viewer: Identity,
    *,
    organisation_id: UUID | None = None,
    state: str | None = None,
    cursor: str | None,
    limit: int,
) -> Page[ProfileUpdate]:
    """What was sent, the newest first, one page; of one organisation or of all that the viewer may see."""
    found = select(ProfileUpdate).where(ProfileUpdate.state != OPEN)
    if organisation_id is not None:
        get_organisation(session, viewer, organisation_id)
        found = found.where(ProfileUpdate.organisation_id == organisation_id)
    elif not viewer.is_staff:
        found = found.where(ProfileUpdate.organisation_id == viewer.organisation_id)
    if state is not None:
        found = found.where(ProfileUpdate.state == state)
    return fetch_page(session, found, ProfileUpdate.created_at, ProfileUpdate.id, cursor=cursor, limit=limit)


def get_change(session: Session, viewer: Identity, change_id: UUID) -> ProfileChange:
    """A change that was sent; raises `NotFound` like `get_update`."""
    found = session.get(ProfileChange, change_id)
    if found is None:
        raise NotFound
    get_sent_update(session, viewer, found.update_id)
    return found


def select_waiting_updates() -> Select[UUID, date]:
    """(organisation's id, the day it was sent) of every update that waits for us."""
    return select(ProfileUpdate.organisation_id, func.date(ProfileUpdate.sent_at, type_=Date)).where(
        ProfileUpdate.state == SENT
    )


def find_waiting_updates(session: Session, organisation_ids: Collection[UUID]) -> Mapping[UUID, tuple[UUID, datetime]]:
    """Organisation's id -> the id of its newest update that waits for us and when it was sent, in one query."""
    found = select(ProfileUpdate.organisation_id, ProfileUpdate.id, ProfileUpdate.sent_at).where(
        ProfileUpdate.organisation_id.in_(organisation_ids), ProfileUpdate.state == SENT
    )
    rows = session.execute(found.order_by(ProfileUpdate.id))
    return {row.organisation_id: (row.id, row.sent_at) for row in rows if row.sent_at is not None}
