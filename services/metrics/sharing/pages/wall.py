"""A campaign's figures for a screen on a wall: large, dark, and up to date by themselves."""

from typing import Any
from uuid import UUID

from flask import render_template
from flask_babel import gettext

from services.metrics.alerts.judgement import describe
from services.metrics.dashboard.queries import read_board
from services.metrics.dashboard.story import STATUS_TONES, STATUS_WORDS
from services.metrics.sharing.pages.blueprint import pages
from shared.identity import Identity
from shared.web.context import identity, session, today
from shared.web.live import Topic
from shared.web.policy import allow


@pages.get("/campaigns/<uuid:campaign_id>/wall")
@allow("dashboard.read")
def show_wall(campaign_id: UUID) -> str:
    return render_template("sharing/wall.html", **_read(session(), identity(), campaign_id))


def render_tiles(session: Any, who: Identity, campaign_id: UUID) -> str:
    """The part of the wall that is kept up to date."""
    return render_template("sharing/tiles.html", **_read(session, who, campaign_id))


TOPICS = (
    Topic(
        "campaigns/<uuid:campaign_id>/wall",
        "dashboard.read",
        lambda campaign_id: f"campaign:{campaign_id}",
        render_tiles,
    ),
)


def _read(session: Any, who: Identity, campaign_id: UUID) -> dict[str, Any]:
    board = read_board(session, who, campaign_id, today())
    return {
        "campaign": board.campaign,
        "kpis": board.kpis,
        "words": STATUS_WORDS,
        "tones": STATUS_TONES,
        "describe": lambda kpi: describe(kpi.judgement, gettext),
    }
