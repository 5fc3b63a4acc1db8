"""The focus areas of an organisation, each with the goals that it serves: one form for all of them."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.organisations import queries, service
from services.partners.organisations.pages.blueprint import pages, show_form
from services.partners.organisations.sections import fill_section, list_areas, make_section_schema, read_section
from shared.errors import Stale
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow


@pages.get("/<uuid:organisation_id>/focus")
@allow("organisations.edit")
def edit_focus(organisation_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    values = fill_section("focus", organisation)
    return _show(organisation, BoundForm(make_section_schema("focus", values), values))


@pages.post("/<uuid:organisation_id>/focus")
@allow("organisations.edit")
def change_focus(organisation_id: UUID) -> Response | tuple[str, int]:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    typed, form = parse_form(make_section_schema("focus", request.form), request.form)
    if typed is None:
        return _show(organisation, form), 422
    seen = request.form.get("version", type=int, default=0)
    try:
        service.change_organisation(
            session(), identity(), organisation_id, seen, now(), focus=read_section("focus", typed)["focus"]
        )
    except Stale as stale:
        return _show(organisation, form, stale=stale), 412
    flash(_("The focus areas are saved."), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id))


def _show(organisation: Any, form: BoundForm, **context: object) -> str:
    rows = sum(each.name.startswith("area_") for each in form)
    return show_form("focus", form, organisation, rows=rows, focus_areas=list_areas(), **context)
