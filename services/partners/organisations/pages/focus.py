"""The focus areas of an organisation, each with the goals that it serves: one form for all of them."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from services.partners.organisations import queries, service
from services.partners.organisations.models import GOALS, MOST_FOCUS_AREAS
from services.partners.organisations.pages.blueprint import pages, show_form
from services.partners.organisations.schemas import read_area
from services.partners.organisations.words import AREA_NAMES, GOAL_NAMES, name_area, name_goal
from shared.errors import Stale
from shared.fields import Line
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow

#: Empty rows under those that are filled.
SPARE = 2


@pages.get("/<uuid:organisation_id>/focus")
@allow("organisations.edit")
def edit_focus(organisation_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    values: dict[str, Any] = {}
    for row, each in enumerate(organisation.focus):
        values |= {f"area_{row}": name_area(each["area"]), f"goals_{row}": each["goals"]}
    rows = min(len(organisation.focus) + SPARE, MOST_FOCUS_AREAS)
    return _show(organisation, BoundForm(_make_schema(rows), values), rows)


@pages.post("/<uuid:organisation_id>/focus")
@allow("organisations.edit")
def change_focus(organisation_id: UUID) -> Response | tuple[str, int]:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    rows = sum(f"area_{row}" in request.form for row in range(MOST_FOCUS_AREAS))
    typed, form = parse_form(_make_schema(rows), request.form)
    if typed is None:
        return _show(organisation, form, rows), 422
    unnamed = [row for row in range(rows) if typed.get(f"goals_{row}") and not typed.get(f"area_{row}")]
    if unnamed:
        form = form.with_errors({f"area_{row}": _("Name the focus area that serves these goals.") for row in unnamed})
        return _show(organisation, form, rows), 422
    focus: dict[str, set[int]] = {}
    for row in range(rows):
        if area := typed.get(f"area_{row}"):
            focus.setdefault(read_area(area), set()).update(typed.get(f"goals_{row}", ()))
    listed = [{"area": area, "goals": sorted(goals)} for area, goals in focus.items()]
    seen = request.form.get("version", type=int, default=0)
    try:
        service.change_organisation(session(), identity(), organisation_id, seen, now(), focus=listed)
    except Stale as stale:
        return _show(organisation, form, rows, stale=stale), 412
    flash(_("The focus areas are saved."), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id))


def _show(organisation: Any, form: BoundForm, rows: int, **context: object) -> str:
    areas = sorted(str(name) for name in AREA_NAMES.values())
    return show_form("focus", form, organisation, rows=rows, areas=areas, name_goal=name_goal, **context)


def _make_schema(rows: int) -> Schema:
    made: dict[str, Any] = {}
    for row in range(rows):
        made[f"area_{row}"] = Line(
            allow_none=True, longest=100, metadata={"label": _l("Focus area"), "list": "areas", "autocomplete": "off"}
        )
        made[f"goals_{row}"] = fields.List(
            fields.Integer(validate=validate.OneOf(GOALS)),
            metadata={"label": _l("Goals that it serves"), "choices": {goal: name_goal(goal) for goal in GOAL_NAMES}},
        )
    return Schema.from_dict(made, name="FocusForm")()
