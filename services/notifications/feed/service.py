"""Adding to the feed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.notifications.feed import queries
from services.notifications.feed.models import FeedItem, Kind
from shared.messaging.wake import announce

#: Announced when Home has something new to show.
TOPIC = "home"


def tell(
    session: Session,
    kind: Kind | str,
    key: str,
    at: datetime,
    *,
    campaign_id: UUID | None = None,
    organisation_id: UUID | None = None,
    staff_only: bool = False,
    **data: Any,
) -> None:
    """Add a piece of news, once per `key`. `data` is plain JSON that `stories` makes a sentence of."""
    if queries.is_known_key(session, key):
        return
    item = FeedItem(
        created_at=at,
        key=key,
        at=at,
        kind=Kind(kind),
        campaign_id=campaign_id,
        organisation_id=organisation_id,
        staff_only=staff_only,
        data=data,
    )
    session.add(item)
    session.flush()
    announce(session, TOPIC)


def move_news(session: Session, from_id: UUID, to_id: UUID) -> None:
    """Let the news of an organisation be that of the one that it was merged into."""
    session.execute(update(FeedItem).where(FeedItem.organisation_id == from_id).values(organisation_id=to_id))
