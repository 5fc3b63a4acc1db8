"""Every SELECT on announcements. They are for staff, which the policy sees to."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notifications.announcements.models import Announcement, State
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


def get_announcement(session: Session, viewer: Identity, announcement_id: UUID, *, lock: bool = False) -> Announcement:
    """The announcement; raises `NotFound` if there is none or the viewer is no member of staff."""
    found = select(Announcement).where(Announcement.id == announcement_id)
    announcement = session.scalar(found.with_for_update() if lock else found) if viewer.is_staff else None
    if announcement is None:
        raise NotFound
    return announcement


def find_announcements(
    session: Session,
    *,
    search: str = "",
    state: str | None = None,
    campaign: UUID | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[Announcement]:
    """Announcements, newest first, one page; `search` is a part of the title in any case."""
    found = select(Announcement)
    if search:
        found = found.where(Announcement.sort_title.contains(search.casefold(), autoescape=True))
    if state:
        found = found.where(Announcement.state == state)
    if campaign:
        found = found.where(Announcement.campaign_id == campaign)
    return fetch_page(session, found, Announcement.id, cursor=cursor, limit=limit)


def count_announcements(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Announcement)) or 0


def list_drafts(session: Session, limit: int = 5) -> Sequence[Announcement]:
    """Drafts, newest first: they wait for a person."""
    found = select(Announcement).where(Announcement.state == State.DRAFT).order_by(Announcement.id.desc())
    return session.scalars(found.limit(limit)).all()


def count_drafts(session: Session) -> int:
    drafts = select(func.count()).select_from(Announcement).where(Announcement.state == State.DRAFT)
    return session.scalar(drafts) or 0


def find_by_key(session: Session, key: str) -> Announcement | None:
    return session.scalar(select(Announcement).where(Announcement.key == key))
