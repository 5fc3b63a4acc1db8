"""Home: what waits for you, and what happened lately."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import get_timezone
from flask_babel import gettext as _

from services.notifications.announcements.queries import count_drafts, list_drafts
from services.notifications.feed.reading import read_feed
from services.notifications.feed.service import TOPIC
from services.notifications.messages.queries import count_troubled, list_troubled
from shared.clock import utc_now
from shared.identity import EDITORS, Identity
from shared.web.answers import PageQuery, parse_query
from shared.web.context import identity, session
from shared.web.filters import format_date
from shared.web.live import Topic
from shared.web.policy import allow

pages = Blueprint("home", __name__, url_prefix="/notifications", template_folder="templates")
#: How much of the feed stands on one page.
LIMIT = 30


@pages.get("/")
@allow("feed.read")
def index() -> str:
    wanted = parse_query(PageQuery())
    older = wanted["cursor"] is not None
    return render_template("home/index.html", news=_render_news(session(), identity(), wanted["cursor"]), older=older)


def render_home(session: Any, viewer: Identity) -> str:
    """The part of Home that keeps itself up to date."""
    return _render_news(session, viewer, None)


HOME_TOPIC = Topic(
    path="home",
    permission="feed.read",
    channel=lambda: TOPIC,
    render=render_home,
    audience=lambda who: (who.role in EDITORS, who.organisation_id, who.locale, who.time_zone),
)


def _render_news(session: Any, viewer: Identity, cursor: str | None) -> str:
    page = read_feed(session, viewer, cursor=cursor, limit=LIMIT)
    zone = get_timezone()
    today = utc_now().astimezone(zone).date()
    days = groupby(page.items, key=lambda story: story.at.astimezone(zone).date())
    waiting = viewer.role in EDITORS and cursor is None
    return render_template(
        "home/_news.html",
        viewer=viewer,
        is_editor=viewer.role in EDITORS,
        days=[(_name_day(day, today), list(stories)) for day, stories in days],
        next_cursor=page.next_cursor,
        cursor=cursor,
        args=request.args,
        drafts=list_drafts(session) if waiting else [],
        draft_count=count_drafts(session) if waiting else 0,
        troubled=list_troubled(session) if waiting else [],
        troubled_count=count_troubled(session) if waiting else 0,
    )


def _name_day(day: date, today: date) -> str:
    """The day as people call it: today and yesterday by these words."""
    names = {today: _("Today"), today - timedelta(days=1): _("Yesterday")}
    return str(names.get(day) or format_date(day))
