"""Dashboards for people: all campaigns at a glance, and one campaign kept up to date while it is open."""

from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, render_template, request, send_from_directory
from flask_babel import gettext
from flask_babel import gettext as _
from markupsafe import Markup

from services.metrics.dashboard.numbers import write_numbers
from services.metrics.dashboard.overview import OVERDUE, read_overview
from services.metrics.dashboard.queries import Board, KpiBoard, read_board
from services.metrics.dashboard.schemas import BoardQuery, OverviewQuery
from services.metrics.dashboard.story import (
    STATUS_TONES,
    STATUS_WORDS,
    KpiStory,
    list_part_names,
    name_partner,
    tell_kpi,
)
from services.metrics.dashboard.words import CAUSE_WORDS, SORT_WORDS
from services.metrics.giving.queries import Giving, read_giving
from services.metrics.giving.words import KIND_NAMES
from services.metrics.known.queries import list_causes
from services.metrics.measurements.queries import count_figures
from services.metrics.measurements.queries.totals import EVERYTHING, Selection
from shared.charts import make_picture, stand_alone
from shared.database.history import list_history
from shared.errors import NotFound
from shared.identity import Identity
from shared.web.answers import parse_query
from shared.web.context import identity, session, settings, today
from shared.web.live import Topic
from shared.web.look import FOREVER
from shared.web.policy import allow, public

pages = Blueprint("dashboard", __name__, url_prefix="/metrics", template_folder="templates")
#: A drawing of one KPI: its trend, its shares, or the key of a dimension.
CHART = "/campaigns/<uuid:campaign_id>/kpis/<key>/<chart>"
STYLES = Path(__file__).parent / "static"


@pages.get("/")
@allow("dashboard.read")
def index() -> str:
    wanted = parse_query(OverviewQuery())
    overview = read_overview(session(), identity(), today(), **wanted)
    return render_template(
        "dashboard/index.html",
        overview=overview,
        wanted=wanted,
        chosen=bool(wanted["search"] or wanted["state"] or wanted["cause"]),
        states=[*STATUS_WORDS.items(), (OVERDUE, _("Figures overdue"))],
        causes=[(each, CAUSE_WORDS.get(each, each)) for each in list_causes(session(), identity())],
        sorts=SORT_WORDS.items(),
        words=STATUS_WORDS,
        tones=STATUS_TONES,
        describe=lambda brief: brief.explain(gettext),
        styles=version_styles(),
    )


@pages.get("/campaigns/<uuid:campaign_id>")
@allow("dashboard.read")
def show(campaign_id: UUID) -> str:
    told = _tell(session(), identity(), campaign_id, Selection(**parse_query(BoardQuery())))
    return render_template(
        "dashboard/show.html",
        # What is taken along is what is shown: the same selection, seen with the same eyes.
        query=f"?{urlencode(request.args)}" if request.args else "",
        partners=[(each.organisation_id, each.name or _("Name not yet known")) for each in told["board"].partners],
        part_names=list_part_names(told["board"].kpis),
        waiting=count_figures(
            session(), identity(), [story.kpi.kpi_id for story in told["stories"]], today=today()
        ).get("provisional", 0),
        entries=list_history(session(), campaign_id),
        **told,
    )


@pages.get(CHART + ".svg")
@allow("dashboard.read")
def show_chart(campaign_id: UUID, key: str, chart: str) -> Response:
    return Response(stand_alone(_draw(campaign_id, key, chart)), mimetype="image/svg+xml")


@pages.get(CHART + ".png")
@allow("dashboard.read")
def show_picture(campaign_id: UUID, key: str, chart: str) -> Response:
    return Response(make_picture(_draw(campaign_id, key, chart)), mimetype="image/png")


@pages.get(CHART + ".csv")
@allow("dashboard.read")
def send_numbers(campaign_id: UUID, key: str, chart: str) -> Response:
    made = write_numbers(_find_story(campaign_id, key).kpi, chart)
    disposition = f'attachment; filename="{key}-{chart}.csv"'
    return Response(made, mimetype="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})


@pages.get("/static/dashboard.css")
@public("a stylesheet tells no secrets")
def serve_styles() -> Response:
    response = send_from_directory(STYLES, "dashboard.css")
    if "v" in request.args:
        response.cache_control.public, response.cache_control.max_age = True, FOREVER
    return response


@cache
def version_styles() -> str:
    """Changes with the stylesheet, so that its address does."""
    return sha256((STYLES / "dashboard.css").read_bytes()).hexdigest()[:12]


def render_board(session: Any, who: Identity, campaign_id: UUID) -> str:
    """The part of a campaign's dashboard that is kept up to date; it holds no form, because several people share it."""
    return render_template("dashboard/board.html", **_tell(session, who, campaign_id))


TOPICS = (
    Topic(
        "campaigns/<uuid:campaign_id>",
        "dashboard.read",
        lambda campaign_id: f"campaign:{campaign_id}",
        render_board,
    ),
)


def _tell(session: Any, who: Identity, campaign_id: UUID, chosen: Selection = EVERYTHING) -> dict[str, Any]:
    board = read_board(session, who, campaign_id, today(), chosen)
    return {
        "board": board,
        "giving": _read_giving(session, who, campaign_id, chosen),
        "gift_kinds": KIND_NAMES,
        "campaign": board.campaign,
        "stories": [_tell_kpi(board, kpi) for kpi in board.kpis],
        "words": STATUS_WORDS,
        "tones": STATUS_TONES,
        "styles": version_styles(),
        "name_partner": name_partner,
    }


def _read_giving(session: Any, who: Identity, campaign_id: UUID, chosen: Selection) -> Giving:
    # A month is chosen by its first day.
    until = (chosen.until + timedelta(days=31)).replace(day=1) - timedelta(days=1) if chosen.until else None
    partner = chosen.organisation_id
    return read_giving(session, who, campaign_id, today(), since=chosen.since, until=until, organisation_id=partner)


def _tell_kpi(board: Board, kpi: KpiBoard) -> KpiStory:
    chosen = board.chosen
    return tell_kpi(
        kpi, settings().brand_colour, today(), board.marks, narrowed=bool(chosen), with_parts=chosen.part is None
    )


def _draw(campaign_id: UUID, key: str, chart: str) -> Markup:
    story = _find_story(campaign_id, key)
    drawings = {"trend": story.trend, "shares": story.shares, **{each.key: each.drawing for each in story.parts}}
    if chart not in drawings:
        raise NotFound(_("There is no such chart yet."))
    return drawings[chart]


def _find_story(campaign_id: UUID, key: str) -> KpiStory:
    board = read_board(session(), identity(), campaign_id, today(), Selection(**parse_query(BoardQuery())))
    for kpi in board.kpis:
        if kpi.key == key and kpi.series:
            return _tell_kpi(board, kpi)
    raise NotFound(_("There is no such chart yet."))
