"""Asking an organisation for its profile, and taking over what it sends, change by change."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as AnyResponse
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.contacts.queries import find_liaison
from services.partners.history import tell_history
from services.partners.organisations.queries import get_organisation
from services.partners.organisations.sections import say_value
from services.partners.profiles import queries, service
from services.partners.profiles.models import FILE, LOGO, RECORD
from services.partners.profiles.schemas import CHANGE_NAMES, STATE_NAMES, AskSchema, UpdateQuery
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, NotFound, Problem, Stale
from shared.files import StoredFile
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, now, session, whole_address
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import seen_version
from shared.web.uploads import send_stored

pages = Blueprint("profiles", __name__, url_prefix="/partners", template_folder="../templates")


@pages.get("/organisations/<uuid:organisation_id>/profile-updates")
@allow("profiles.read")
def index(organisation_id: UUID) -> str:
    wanted = parse_query(UpdateQuery())
    page = queries.find_updates(session(), identity(), organisation_id=organisation_id, **wanted)
    return render_template(
        "profiles/index.html",
        organisation=get_organisation(session(), identity(), organisation_id),
        page=page,
        next_address=next_address(page),
        states=STATE_NAMES,
        open_update=queries.find_open_update(session(), organisation_id),
    )


@pages.get("/organisations/<uuid:organisation_id>/profile-updates/ask")
@allow("profiles.decide")
def ask(organisation_id: UUID) -> str:
    return _ask_page(organisation_id, BoundForm(AskSchema()))


@pages.post("/organisations/<uuid:organisation_id>/profile-updates/ask")
@allow("profiles.decide")
def send_question(organisation_id: UUID) -> Response | tuple[str, int]:
    said, form = parse_form(AskSchema(), request.form)
    if said is None:
        return _ask_page(organisation_id, form), 422
    try:
        service.ask_profile(
            session(), identity(), organisation_id, now(), message=said["message"],
            address=lambda secret: whole_address(url_for("own_profile.show_by_link", secret=secret)),
        )  # fmt: skip
    except Conflict:
        return _ask_page(organisation_id, form), 409
    flash(_("The mail is on its way."), "success")
    return redirect(url_for("profiles.index", organisation_id=organisation_id))


@pages.get("/profile-updates/<uuid:update_id>")
@allow("profiles.read")
def show(update_id: UUID) -> str:
    return _review_page(update_id)


@pages.post("/profile-updates/<uuid:update_id>")
@allow("profiles.decide")
def decide(update_id: UUID) -> Response | tuple[str, int]:
    update = queries.get_sent_update(session(), identity(), update_id)
    decisions = {
        each.id: service.Decision(choice == "take", request.form.get(f"reason_{each.id}", "").strip()[:1000])
        for each in update.waiting
        if (choice := request.form.get(f"choice_{each.id}")) in ("take", "leave")
    }
    seen = seen_version()
    try:
        update = service.decide_changes(session(), identity(), update_id, decisions, seen, now())
    except (Conflict, Stale, Invalid) as refused:
        return _review_page(update_id, refused), refused.status
    if update.waiting:
        flash(_("Saved. The rest still waits for a decision."), "success")
    else:
        flash(_("Everything is decided. Whoever sent it is told by mail."), "success")
    return redirect(url_for("profiles.show", update_id=update_id))


@pages.get("/profile-changes/<uuid:change_id>/file")
@allow("profiles.read")
def send_file(change_id: UUID) -> AnyResponse:
    change = queries.get_change(session(), identity(), change_id)
    if change.name not in (LOGO, FILE):
        raise NotFound
    return send_stored(StoredFile(**change.wanted["file"]))


def _ask_page(organisation_id: UUID, form: BoundForm) -> str:
    return render_template(
        "profiles/ask.html",
        organisation=get_organisation(session(), identity(), organisation_id),
        liaison=find_liaison(session(), organisation_id),
        form=form,
    )


def _review_page(update_id: UUID, refused: Problem | None = None) -> str:
    update = queries.get_sent_update(session(), identity(), update_id)
    organisation = get_organisation(session(), identity(), update.organisation_id)
    return render_template(
        "profiles/review.html",
        update=update,
        organisation=organisation,
        rows=[_tell_change(each, organisation) for each in update.changes],
        sender=service.find_sender(session(), update),
        states=STATE_NAMES,
        decisions=CHANGE_NAMES,
        refused=refused,
        typed=request.form,
        entries=tell_history(list_history(session(), update.id), identity()),
    )


def _tell_change(change: Any, organisation: Any) -> dict[str, Any]:
    """A change in words: was, would be, and what it is by now where that is another thing."""
    told: dict[str, Any] = {"change": change, "label": service.name_change(change), "meanwhile": None}
    if change.name in (LOGO, RECORD, FILE):
        return told | {"was": "", "wanted": "", "meanwhile": None}
    current = getattr(organisation, change.name)
    moved = change.state == "waiting" and (current or None) != (change.was or None)
    return told | {
        "was": say_value(change.name, change.was),
        "wanted": say_value(change.name, change.wanted),
        "meanwhile": say_value(change.name, current) if moved else None,
    }
