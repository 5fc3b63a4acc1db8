"""Every SELECT on the feed. A liaison sees the news of their organisation and of its campaigns."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.notifications.feed.models import FeedItem
from services.notifications.known.queries import campaigns_of
from shared.database.paging import Page, fetch_page
from shared.identity import Identity


def find_items(session: Session, viewer: Identity, *, cursor: str | None = None, limit: int) -> Page[FeedItem]:
    """What the viewer may see of what happened, newest first, one page."""
    found = select(FeedItem)
    if not viewer.is_staff:
        theirs = campaigns_of(viewer.organisation_id)
        found = found.where(
            FeedItem.staff_only.is_(False),
            or_(FeedItem.campaign_id.in_(theirs), FeedItem.organisation_id == viewer.organisation_id),
        )
    return fetch_page(session, found, FeedItem.at, FeedItem.id, cursor=cursor, limit=limit)


def is_known_key(session: Session, key: str) -> bool:
    return session.scalar(select(FeedItem.id).where(FeedItem.key == key)) is not None
