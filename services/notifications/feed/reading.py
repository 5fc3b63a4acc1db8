"""One page of the feed, as its reader sees it: the rows, the names in them, the sentences."""

from typing import Any

from services.notifications.feed import queries
from services.notifications.feed.stories import Names, Story, tell_stories
from services.notifications.known.queries import name_campaigns, name_organisations
from shared.database.paging import Page
from shared.identity import Identity


def read_feed(session: Any, viewer: Identity, *, cursor: str | None = None, limit: int) -> Page[Story]:
    """What happened lately that the viewer may see, newest first, in three queries."""
    page = queries.find_items(session, viewer, cursor=cursor, limit=limit)
    names = Names(
        name_campaigns(session, {item.campaign_id for item in page.items if item.campaign_id}),
        name_organisations(session, {item.organisation_id for item in page.items if item.organisation_id}),
    )
    return Page(tell_stories(page.items, names, to_staff=viewer.is_staff), page.next_cursor)
