"""The list's filters kept under a name, by each person for themselves or for all colleagues."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.organisations import queries, service
from services.partners.organisations.pages.blueprint import pages
from services.partners.organisations.schemas import FilterSchema, SavedViewSchema
from shared.web.answers import parse_query
from shared.web.context import identity, now, session
from shared.web.forms import parse_form
from shared.web.policy import allow


@pages.get("/views")
@allow("views.own")
def list_views() -> str:
    views = queries.list_views(session(), identity())
    return render_template("organisations/views.html", views=views)


@pages.post("/views")
@allow("views.own")
def save_view() -> Response | tuple[str, int]:
    """Keep the filters of the address that the form was sent to."""
    filters: dict[str, Any] = {
        key: str(value) for key, value in FilterSchema().dump(parse_query(FilterSchema())).items() if value
    }
    named, form = parse_form(SavedViewSchema(), request.form)
    if named is None:
        return render_template("organisations/save_view.html", form=form, filters=filters), 422
    view = service.save_view(session(), identity(), filters=filters, now=now(), **named)
    flash(_("The view %(name)s is saved.", name=view.name), "success")
    return redirect(url_for("organisations.index", **filters))


@pages.post("/views/<uuid:view_id>/delete")
@allow("views.own")
def delete_view(view_id: UUID) -> Response:
    view = service.delete_view(session(), identity(), view_id)
    flash(_("The view %(name)s is deleted.", name=view.name), "success")
    return redirect(url_for("organisations.list_views"))
