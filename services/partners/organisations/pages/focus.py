"""The focus areas of an organisation, each with the goals that it serves: one form for all of them."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.organisations import queries, service
from services.partners.organisations.pages.blueprint import pages, show_form
from services.partners.organisations.sections import fill_section, list_areas, make_section_schema, read_section
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version


@pages.get("/<uuid:organisation_id>/focus")
@allow("organisations.edit")
def edit_focus(organisation_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    values = fill_section("focus", organisation)
    return _show(organisation, BoundForm(make_section_schema("focus", values), values))


@pages.post("/<uuid:organisation_id>/focus")
@allow("organisations.edit")
def change_focus(organisation_id: UUID) -> Saved:
    organisation = queries.get_organisation(session(), identity(), organisation_id)

    def save(typed: Any) -> Response:
        focus = read_section("focus", typed)["focus"]
        service.change_organisation(session(), identity(), organisation_id, seen_version(), now(), focus=focus)
        flash(_("The focus areas are saved."), "success")
        return redirect(url_for("organisations.show", organisation_id=organisation_id))

    return save_form(make_section_schema("focus", request.form), save, partial(_show, organisation))


def _show(organisation: Any, form: BoundForm, **context: object) -> str:
    rows = sum(each.name.startswith("area_") for each in form)
    return show_form("focus", form, organisation, rows=rows, focus_areas=list_areas(), **context)
