"""The blueprint that all pages of this feature hang on, and what several of them need."""

from typing import Any

from flask import Blueprint

from services.metrics.dashboard.queries import read_board
from services.metrics.dashboard.story import STATUS_TONES, STATUS_WORDS
from services.metrics.sharing.models import PublicPage
from services.metrics.sharing.view import tell_public
from shared.identity import SYSTEM
from shared.web.context import session, settings, today

pages = Blueprint(
    "sharing",
    __name__,
    url_prefix="/metrics",
    template_folder="../templates",
    static_folder="../static",
    static_url_path="/static/sharing",
)


def see_publicly(page: PublicPage) -> dict[str, Any]:
    """What a template shows of the page: the same to everybody, whoever is signed in."""
    board = read_board(session(), SYSTEM, page.campaign_id, today())
    return {
        "public": page,
        "campaign": board.campaign,
        "stories": tell_public(board, page.kpis, settings().brand_colour, today(), shows_shares=page.shows_shares),
        "credited": [each.name for each in board.partners if each.name],
        "as_of": today(),
        "is_over": today() > board.campaign.ends_on,
        "words": STATUS_WORDS,
        "tones": STATUS_TONES,
    }
