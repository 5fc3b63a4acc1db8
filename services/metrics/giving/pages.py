"""Contributions and stories for people: lists, one with what is said of it, and its pictures."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.metrics.giving import queries
from services.metrics.giving.models import ACCEPTED, CONTRIBUTIONS, REPORTED, STORIES
from services.metrics.giving.schemas import GivenQuery, GivenVerdictSchema
from services.metrics.giving.service import decide_given
from services.metrics.giving.words import KIND_NAMES, NAMES, STATUS_NAMES, STATUS_TONES, tell_history
from services.metrics.known.queries import get_campaign, list_partners, map_logos, name_organisations
from shared.database.history import list_history
from shared.errors import NotFound, Problem
from shared.web.answers import parse_query
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, decide_form, seen_version
from shared.web.uploads import send_picture, send_stored

pages = Blueprint("giving", __name__, url_prefix="/metrics/campaigns/<uuid:campaign_id>", template_folder="templates")
#: What a page is about; its name is also that of the list in the address.
WHAT = f"<any({CONTRIBUTIONS}, {STORIES}):what>"


@pages.get(f"/{WHAT}")
@allow("giving.read")
def index(campaign_id: UUID, what: str) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    wanted = parse_query(GivenQuery())
    partners = list_partners(session(), campaign_id)
    page = queries.find_given(session(), identity(), campaign_id, what, today=today(), **wanted)
    return render_template(
        "giving/index.html",
        campaign=campaign,
        page=page,
        wanted=wanted,
        partners=[(each.organisation_id, each.name or _("Name not yet known")) for each in partners],
        filtered=bool(wanted["status"] or wanted["organisation_id"]),
        **_words(what, page.items),
    )


@pages.get(f"/{WHAT}/<uuid:given_id>")
@allow("giving.read")
def show(campaign_id: UUID, what: str, given_id: UUID) -> str:
    return _given_page(campaign_id, what, given_id, BoundForm(GivenVerdictSchema(only=["reason"])))


@pages.post(f"/{WHAT}/<uuid:given_id>")
@allow("giving.decide")
def decide(campaign_id: UUID, what: str, given_id: UUID) -> Saved:
    def save(said: Any) -> Answer:
        decide_given(session(), identity(), campaign_id, what, given_id, seen_version(), now(), **said)
        done = {ACCEPTED: {CONTRIBUTIONS: _("It is verified."), STORIES: _("It is published to the partners.")}}
        flash(done.get(said["status"], {}).get(what) or _("It is noted."), "success")
        return redirect(url_for("giving.show", campaign_id=campaign_id, what=what, given_id=given_id))

    return decide_form(GivenVerdictSchema(), save, partial(_given_page, campaign_id, what, given_id))


@pages.get("/stories/<uuid:given_id>/pictures/<int:place>")
@allow("giving.read")
def show_picture(campaign_id: UUID, given_id: UUID, place: int) -> Response:
    story = queries.get_given(session(), identity(), campaign_id, STORIES, given_id, today=today())
    if place >= len(story.pictures):
        raise NotFound
    return send_stored(story.picture(place))


@pages.get("/partners/<uuid:organisation_id>/logo")
@allow("giving.read")
def show_logo(campaign_id: UUID, organisation_id: UUID) -> Response:
    """A partner's logo, for everyone who has a part in the campaign."""
    get_campaign(session(), identity(), campaign_id)
    if organisation_id not in {each.organisation_id for each in list_partners(session(), campaign_id)}:
        raise NotFound
    sha256 = map_logos(session(), [organisation_id]).get(organisation_id)
    if sha256 is None:
        raise NotFound
    return send_picture(sha256, "logo")


def _given_page(campaign_id: UUID, what: str, given_id: UUID, form: BoundForm, problem: Problem | None = None) -> str:
    given = queries.get_given(session(), identity(), campaign_id, what, given_id, today=today())
    return render_template(
        "giving/show.html",
        campaign=get_campaign(session(), identity(), campaign_id),
        given=given,
        form=form,
        problem=problem,
        open_still=given.status == REPORTED,
        # What people said of it in the house is for its partner and for us.
        entries=tell_history(list_history(session(), given.id)) if identity().may_see(given.organisation_id) else None,
        **_words(what, [given]),
    )


def _words(what: str, given: Any) -> dict[str, Any]:
    return {
        "what": what,
        "heading": NAMES[what],
        "kinds": KIND_NAMES,
        "statuses": STATUS_NAMES[what],
        "tones": STATUS_TONES,
        "names": name_organisations(session(), {each.organisation_id for each in given}),
        "query": f"?as={request.args['as']}" if "as" in request.args else "",
    }
