"""Exit packs for people: signed in, or from a link that staff mailed."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.partners.contacts.queries import find_liaison
from services.partners.exits import queries, service
from services.partners.exits.parts import PARTS
from services.partners.exits.schemas import STATE_NAMES, STATE_TONES
from services.partners.organisations.queries import get_organisation
from shared.errors import Conflict
from shared.identity import Identity
from shared.web.context import identity, link, now, session, whole_address
from shared.web.live import Topic
from shared.web.policy import allow, scoped
from shared.web.uploads import send_stored

pages = Blueprint("exits", __name__, url_prefix="/partners", template_folder="templates")


@pages.get("/organisations/<uuid:organisation_id>/exit")
@allow("exits.take")
def show(organisation_id: UUID) -> str:
    return _page("exits/show.html", session(), identity(), organisation_id)


@pages.post("/organisations/<uuid:organisation_id>/exit")
@allow("exits.take")
def ask(organisation_id: UUID) -> Answer:
    service.ask_pack(session(), identity(), organisation_id, now())
    return redirect(url_for("exits.show", organisation_id=organisation_id))


@pages.post("/exit-packs/<uuid:pack_id>/download")
@allow("exits.take")
def take(pack_id: UUID) -> Response:
    return send_stored(service.take_pack(session(), identity(), pack_id, now()))


@pages.get("/organisations/<uuid:organisation_id>/exit/link")
@allow("exits.send")
def ask_to_send(organisation_id: UUID) -> str:
    return _link_page(organisation_id)


@pages.post("/organisations/<uuid:organisation_id>/exit/link")
@allow("exits.send")
def send(organisation_id: UUID) -> Answer | tuple[str, int]:
    links = whole_address(url_for("exits.show_by_link", secret=""))
    try:
        service.send_link(session(), identity(), organisation_id, now(), links)
    except Conflict as problem:
        return _link_page(organisation_id, problem.detail), problem.status
    flash(_("The link is on its way."), "success")
    return redirect(url_for("exits.show", organisation_id=organisation_id))


@pages.get("/exits/s/<secret>")
@scoped(service.PURPOSE)
def show_by_link(secret: str) -> str:
    return _page("exits/by_link.html", session(), identity(), link().subject_id, secret=secret)


@pages.post("/exits/s/<secret>")
@scoped(service.PURPOSE)
def act_by_link(secret: str) -> Answer:
    """Ask for a pack, or take the one that is named."""
    wanted = next((each for each in _packs(link().subject_id) if str(each.id) == request.form.get("pack")), None)
    if wanted is not None:
        return send_stored(service.take_pack(session(), identity(), wanted.id, now()))
    service.ask_pack(session(), identity(), link().subject_id, now())
    return redirect(url_for("exits.show_by_link", secret=secret))


def render_progress(reading: Any, who: Identity, organisation_id: UUID) -> str:
    """The part of the page that changes while a pack is gathered."""
    return _page("exits/_progress.html", reading, who, organisation_id)


PROGRESS = Topic(
    path="exits/<uuid:organisation_id>", permission="exits.take", channel=service.topic_of, render=render_progress
)


def _packs(organisation_id: UUID) -> Any:
    return queries.list_packs(session(), identity(), organisation_id)


def _page(template: str, reading: Any, who: Identity, organisation_id: UUID, **more: Any) -> str:
    packs = queries.list_packs(reading, who, organisation_id)
    return render_template(
        template,
        organisation=get_organisation(reading, who, organisation_id),
        building=next((each for each in packs if each.state == "building"), None),
        failed=next((each for each in packs if each.state == "failed"), None),
        ready=[each for each in packs if each.state == "ready"],
        parts=PARTS,
        states=STATE_NAMES,
        tones=STATE_TONES,
        **more,
    )


def _link_page(organisation_id: UUID, refused: str = "") -> str:
    return render_template(
        "exits/link.html",
        organisation=get_organisation(session(), identity(), organisation_id),
        liaison=find_liaison(session(), organisation_id),
        refused=refused,
    )
