"""Handing over: what is open, who takes it, then exactly what will happen, then it happens."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.contacts.queries import find_liaison, get_contact, list_contacts, name_contacts
from services.partners.handovers import queries, service
from services.partners.handovers.schemas import FORMER_NAMES, HandoverSchema
from services.partners.organisations.queries import get_organisation
from shared.errors import Conflict, Invalid
from shared.web.context import identity, now, session, today, whole_address
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow, needs_of

pages = Blueprint("handovers", __name__, url_prefix="/partners", template_folder="templates")


@pages.get("/organisations/<uuid:organisation_id>/handover")
@allow("contacts.edit")
def ask(organisation_id: UUID) -> str:
    return _ask_page(
        organisation_id, BoundForm(HandoverSchema(), {"since": today()}, choices=_choices(organisation_id))
    )


@pages.post("/organisations/<uuid:organisation_id>/handover")
@allow("contacts.edit")
def hand_over(organisation_id: UUID) -> str | Response | tuple[str, int]:
    details, form = parse_form(HandoverSchema(), request.form, choices=_choices(organisation_id))
    if details is None:
        return _ask_page(organisation_id, form), 422
    seen = request.form.get("liaison", type=UUID)
    if "confirmed" not in request.form or seen is None:
        return _confirm_page(organisation_id, form, details)
    try:
        service.hand_over(
            session(), identity(), organisation_id, seen, service.Wish(**details), now(), today(),
            find_address=find_address,
        )  # fmt: skip
    except Invalid as invalid:
        return _ask_page(organisation_id, form.with_errors(invalid.fields)), 422
    except Conflict as refused:
        return _ask_page(organisation_id, form, refused=refused.detail), 409
    name = get_contact(session(), identity(), details["successor_id"]).name
    flash(_("%(name)s is the liaison now. Both get a mail.", name=name), "success")
    return redirect(url_for("contacts.index", organisation_id=organisation_id))


@pages.get("/organisations/<uuid:organisation_id>/handovers")
@allow("interactions.read")
def index(organisation_id: UUID) -> str:
    found = queries.list_handovers(session(), identity(), organisation_id)
    ids = {id for each in found for id in (each.former_id, each.successor_id)}
    return render_template(
        "handovers/index.html",
        organisation=get_organisation(session(), identity(), organisation_id),
        handovers=found,
        names=name_contacts(session(), ids),
    )


def find_address(purpose: str, secret: str) -> str | None:
    """The page that a scoped link of this purpose opens; what purposes there are is read from the routes."""
    for rule in current_app.url_map.iter_rules():
        needs = needs_of(current_app.view_functions[rule.endpoint])
        if (
            needs is not None
            and needs.purpose == purpose
            # Files and steps of the page stand below it.
            and rule.rule.endswith("/s/<secret>")
            and "GET" in (rule.methods or ())
        ):
            return whole_address(url_for(rule.endpoint, secret=secret))
    return None


def _choices(organisation_id: UUID) -> dict[str, list[tuple[UUID, str]]]:
    contacts = list_contacts(session(), identity(), organisation_id)
    return {"successor_id": [(each.id, each.name) for each in contacts if not each.is_liaison]}


def _ask_page(organisation_id: UUID, form: BoundForm, refused: str | None = None) -> str:
    return render_template("handovers/ask.html", form=form, refused=refused, **_about(organisation_id))


def _confirm_page(organisation_id: UUID, form: BoundForm, details: dict[str, Any]) -> str:
    return render_template(
        "handovers/confirm.html",
        form=form,
        details=details,
        successor=get_contact(session(), identity(), details["successor_id"]),
        formers=FORMER_NAMES,
        **_about(organisation_id),
    )


def _about(organisation_id: UUID) -> dict[str, Any]:
    organisation = get_organisation(session(), identity(), organisation_id)
    liaison = find_liaison(session(), organisation_id)
    open_ = queries.list_open_things(session(), organisation_id, liaison.id, now(), today()) if liaison else None
    return {"organisation": organisation, "liaison": liaison, "open": open_}
