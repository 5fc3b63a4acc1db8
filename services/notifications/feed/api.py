"""What happened lately, for programs."""

from typing import Any

from flask_smorest import Blueprint

from services.notifications.feed.reading import read_feed
from services.notifications.feed.schemas import StorySchema
from shared.web.answers import PageQuery, page_schema
from shared.web.context import identity, session
from shared.web.policy import allow

api = Blueprint("feed_api", __name__, url_prefix="/notifications/api/v1/feed", description="What happened lately")


@api.get("")
@allow("feed.read")
@api.arguments(PageQuery, location="query")
@api.response(200, page_schema(StorySchema))
def list_stories(wanted: dict[str, Any]) -> Any:
    """What happened lately that the caller may see, newest first, a page at a time."""
    return read_feed(session(), identity(), **wanted)
