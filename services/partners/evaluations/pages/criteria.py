"""Sets of criteria for people."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from services.partners.evaluations import queries
from services.partners.evaluations.schemas import CriteriaSetSchema
from services.partners.evaluations.service import criteria as service
from services.partners.evaluations.words import tell_history
from shared.database.history import list_history
from shared.errors import Invalid, Stale
from shared.fields import plain
from shared.web.context import identity, now, session
from shared.web.form_words import say_plainly
from shared.web.policy import allow
from shared.web.saving import seen_version

pages = Blueprint("criteria", __name__, url_prefix="/partners/evaluations/criteria", template_folder="../templates")
#: Empty criteria at the end of the form, to be filled in.
SPARE = 2
PARTS = ("key", "name", "weight", "one", "five")


@pages.get("")
@allow("evaluations.read")
def index() -> str:
    return render_template(
        "evaluations/criteria.html", sets=queries.list_sets(session()), newest=queries.list_newest_versions(session())
    )


@pages.get("/new")
@allow("evaluations.edit")
def new() -> str:
    return _form_page(None, "", [])


@pages.post("/new")
@allow("evaluations.edit")
def create() -> Response | tuple[str, int]:
    name, typed = _read_typed()
    try:
        details = _load(name, typed)
        made = service.create_set(session(), identity(), now(), **details)
    except Invalid as invalid:
        return _form_page(None, name, typed, invalid.fields), 422
    flash(_("“%(name)s” is ready for rounds.", name=made.name), "success")
    return redirect(url_for("criteria.show", set_id=made.id))


@pages.get("/<uuid:set_id>")
@allow("evaluations.read")
def show(set_id: UUID) -> str:
    found = queries.get_set(session(), set_id)
    return render_template(
        "evaluations/criteria_set.html",
        set=found,
        versions=queries.list_versions(session(), set_id),
        uses=queries.count_rounds_by_version(session(), set_id),
        entries=tell_history(list_history(session(), set_id)),
    )


@pages.get("/<uuid:set_id>/edit")
@allow("evaluations.edit")
def edit(set_id: UUID) -> str:
    found, newest = queries.get_set(session(), set_id), queries.get_newest_version(session(), set_id)
    there = [
        {"key": each.key, "name": each.name, "weight": plain(each.weight), "one": each.one, "five": each.five}
        for each in newest.criteria
    ]
    return _form_page(found, found.name, there)


@pages.post("/<uuid:set_id>/edit")
@allow("evaluations.edit")
def change(set_id: UUID) -> Response | tuple[str, int]:
    found = queries.get_set(session(), set_id)
    name, typed = _read_typed()
    seen = seen_version()
    try:
        details = _load(name, typed)
        changed = service.change_set(session(), identity(), set_id, seen, now(), **details)
    except Stale as stale:
        return _form_page(found, name, typed, stale=stale), 412
    except Invalid as invalid:
        return _form_page(found, name, typed, invalid.fields), 422
    flash(_("Version %(number)s is saved. Rounds keep the version that they began with.", number=changed.version),
          "success")  # fmt: skip
    return redirect(url_for("criteria.show", set_id=set_id))


def _read_typed() -> tuple[str, list[dict[str, str]]]:
    """The name and the criteria as typed; a criterion without any words is left out."""
    rows = []
    for number in range(service.MOST_CRITERIA + SPARE):
        row = {part: request.form.get(f"{part}-{number}", "").strip() for part in PARTS}
        if any(row[part] for part in PARTS if part != "key"):
            rows.append(row)
    return request.form.get("name", "").strip(), rows


def _load(name: str, typed: list[dict[str, str]]) -> dict[str, Any]:
    """What the form means; raises `Invalid` with paths such as `criteria.0.weight`."""
    rows = [{part: text for part, text in row.items() if text or part != "key"} for row in typed]
    try:
        return dict(CriteriaSetSchema().load({"name": name, "criteria": rows}))
    except ValidationError as error:
        raise Invalid(_flatten(error.normalized_messages())) from error  # type: ignore[no-untyped-call]


def _flatten(messages: dict[Any, Any], path: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, found in messages.items():
        here = f"{path}.{name}" if path else str(name)
        if isinstance(found, dict):
            flat |= _flatten(found, here)
        else:
            flat[here] = " ".join(say_plainly(str(each), "text") for each in found)
    return flat


def _form_page(
    found: Any, name: str, typed: list[dict[str, str]], errors: dict[str, str] | None = None, stale: Any = None
) -> str:
    rows = [*typed, *(dict.fromkeys(PARTS, "") for _spare in range(SPARE if typed else SPARE + 2))]
    return render_template(
        "evaluations/criteria_form.html", set=found, name=name, rows=rows, errors=errors or {}, stale=stale
    )
