"""Templates for people: the list, writing one with its fields, and its versions."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow import Schema, ValidationError
from werkzeug.wrappers import Response

from services.partners.proposals import queries
from services.partners.proposals.models import Template
from services.partners.proposals.pages.blueprint import pages
from services.partners.proposals.schemas import (
    KIND_NAMES,
    MOST_FIELDS,
    ProposalFieldSchema,
    ProposalTemplateSchema,
    TemplateQuery,
)
from services.partners.proposals.service import templates as service
from services.partners.proposals.story import tell_history
from services.partners.proposals.wording import Draft, compare_versions
from shared.database.history import list_history
from shared.errors import Invalid, Stale
from shared.markdown import render_html
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import seen_version

Answer = Response | tuple[str, int]
#: Empty rows for more fields.
SPARE = 3


@pages.get("/proposals/templates")
@allow("proposals.edit")
def list_templates() -> str:
    wanted = parse_query(TemplateQuery())
    page = queries.find_templates(session(), **wanted)
    return render_template(
        "proposals/templates.html", page=page, wanted=wanted, next_address=next_address(page),
        uses=queries.count_uses(session(), [each.id for each in page.items]),
    )  # fmt: skip


@pages.get("/proposals/templates/new")
@allow("proposals.edit")
def new_template() -> str:
    return _form_page(None, BoundForm(_form_schema(SPARE)), SPARE)


@pages.post("/proposals/templates/new")
@allow("proposals.edit")
def add_template() -> Answer:
    def save(wording: service.Wording, _seen: int) -> Template:
        return service.add_template(session(), identity(), now(), wording)

    return _save(None, save)


@pages.get("/proposals/templates/<uuid:template_id>")
@allow("proposals.edit")
def show_template(template_id: UUID) -> str:
    template = queries.get_template(session(), template_id)
    versions = queries.list_template_versions(session(), template_id)
    number = request.args.get("version", type=int, default=template.latest)
    version = next((each for each in versions if each.number == number), versions[0])
    former = next((each for each in versions if each.number < version.number), None)
    newer, older = (Draft(each.title, each.text, [], {}) for each in (version, former or version))
    return render_template(
        "proposals/template.html", template=template, version=version, versions=versions, former=former,
        changes=compare_versions(older, newer), kinds=KIND_NAMES,
        # Cleaned of everything but a few tags by `render_html`.
        text=Markup(render_html(version.text)),  # noqa: S704
        entries=tell_history(list_history(session(), template_id)),
    )  # fmt: skip


@pages.get("/proposals/templates/<uuid:template_id>/edit")
@allow("proposals.edit")
def edit_template(template_id: UUID) -> str:
    template = queries.get_template(session(), template_id)
    version = queries.get_template_version(session(), template_id, template.latest)
    rows = min(len(version.fields) + SPARE, MOST_FIELDS)
    given = {f"{name}_{row}": value for row, each in enumerate(version.fields) for name, value in each.items()}
    return _form_page(
        template, BoundForm(_form_schema(rows), {"title": version.title, "text": version.text, **given}), rows
    )


@pages.post("/proposals/templates/<uuid:template_id>/edit")
@allow("proposals.edit")
def change_template(template_id: UUID) -> Answer:
    def save(wording: service.Wording, seen: int) -> Template:
        return service.change_template(session(), identity(), template_id, seen, now(), wording)

    return _save(queries.get_template(session(), template_id), save)


@pages.post("/proposals/templates/<uuid:template_id>/retire")
@allow("proposals.edit")
def retire_template(template_id: UUID) -> Response:
    seen, retired = seen_version(), "back" not in request.form
    service.retire_template(session(), identity(), template_id, seen, now(), retired=retired)
    flash(_("The template is out of use.") if retired else _("The template is in use again."), "success")
    return redirect(url_for("proposals.show_template", template_id=template_id))


def _form_schema(rows: int) -> Schema:
    """The template's title and text, and `rows` rows of a field each; an empty row is none."""
    own: dict[str, Any] = {
        name: each for name, each in ProposalTemplateSchema().fields.items() if name in ("title", "text")
    }
    for row in range(rows):
        for name, each in ProposalFieldSchema().fields.items():
            # What a row needs is checked when the row is known not to be empty.
            each.required = False
            if name != "kind":
                each.validators, each.load_default = [], ""
            own[f"{name}_{row}"] = each
    return Schema.from_dict(own)()


def _read_fields(given: Mapping[str, Any], rows: int) -> Mapping[int, dict[str, Any]]:
    """Row -> its field as kept, for those that are not empty; raises `Invalid` by the form's own names."""
    found: dict[int, dict[str, Any]] = {}
    problems: dict[str, str] = {}
    for row in range(rows):
        raw = {name: given[f"{name}_{row}"] for name in ProposalFieldSchema().fields}
        if not any(raw[name] for name in ("name", "label", "default", "unit")):
            continue
        try:
            found[row] = dict(ProposalFieldSchema().dump(ProposalFieldSchema().load(raw)))
        except ValidationError as error:
            messages = error.normalized_messages()  # type: ignore[no-untyped-call]
            problems |= {f"{name}_{row}": " ".join(texts) for name, texts in messages.items()}
    if problems:
        raise Invalid(problems)
    return found


def _save(template: Template | None, save: Any) -> Answer:
    rows = min(sum(name.startswith("name_") for name in request.form), MOST_FIELDS)
    given, form = parse_form(_form_schema(rows), request.form)
    if given is None:
        return _form_page(template, form, rows), 422
    found: Mapping[int, dict[str, Any]] = {}
    try:
        found = _read_fields(given, rows)
        wording = service.Wording(title=given["title"], text=given["text"], fields=list(found.values()))
        saved = save(wording, seen_version())
    except Invalid as invalid:
        problems = {_place(name, list(found)): text for name, text in invalid.fields.items()}
        return _form_page(template, form.with_errors(problems), rows), 422
    except Stale as stale:
        return _form_page(template, form, rows, stale), 412
    flash(_("Saved as version %(number)s.", number=saved.latest), "success")
    return redirect(url_for("proposals.show_template", template_id=saved.id))


def _place(name: str, rows: Sequence[int]) -> str:
    """What a use case calls "fields.2.name", as the form calls it; `rows` are those of the fields."""
    parts = name.split(".")
    return f"{parts[2]}_{rows[int(parts[1])]}" if parts[0] == "fields" else name


def _form_page(template: Template | None, form: BoundForm, rows: int, stale: Stale | None = None) -> str:
    return render_template(
        "proposals/template_form.html", template=template, form=form, rows=rows, stale=stale,
        names=list(ProposalFieldSchema().fields),
    )  # fmt: skip
