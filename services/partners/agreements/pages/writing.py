"""Writing the terms, part by part and line by line; each saves the draft on our side."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.agreements import queries
from services.partners.agreements.models import Agreement, Version
from services.partners.agreements.pages.blueprint import pages
from services.partners.agreements.schemas import TitleSchema
from services.partners.agreements.service import drafting
from services.partners.agreements.terms import PARTS, Part, complete_terms, dump_part
from services.partners.organisations.queries import get_organisation
from shared.errors import NotFound
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import save_form, seen_version

Answer = str | Response | tuple[str, int]


@pages.get("/organisations/<uuid:organisation_id>/agreements/new")
@allow("agreements.edit")
def new(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    return render_template("agreements/new.html", organisation=organisation, form=BoundForm(TitleSchema()))


@pages.post("/organisations/<uuid:organisation_id>/agreements/new")
@allow("agreements.edit")
def draft(organisation_id: UUID) -> Answer:
    organisation = get_organisation(session(), identity(), organisation_id)
    given, form = parse_form(TitleSchema(), request.form)
    if given is None:
        return render_template("agreements/new.html", organisation=organisation, form=form), 422
    agreement = drafting.draft_agreement(
        session(), identity(), organisation_id, now(), title=given["title"], terms=complete_terms()
    )
    flash(_("The draft is there. Fill in its parts in any order. Nobody outside sees it yet."), "success")
    return redirect(url_for("agreements.show", agreement_id=agreement.id))


@pages.get("/agreements/<uuid:agreement_id>/title")
@allow("agreements.edit")
def edit_title(agreement_id: UUID) -> str:
    agreement, version = _newest(agreement_id)
    return _form_page(agreement, version, _("Title"), BoundForm(TitleSchema(), {"title": agreement.title}))


@pages.post("/agreements/<uuid:agreement_id>/title")
@allow("agreements.edit")
def change_title(agreement_id: UUID) -> Answer:
    def save(agreement: Agreement, seen: int, given: Any) -> None:
        drafting.retitle_agreement(session(), identity(), agreement.id, seen, now(), given["title"])

    return _save(agreement_id, _("Title"), TitleSchema(), save)


@pages.get("/agreements/<uuid:agreement_id>/terms/<part_name>")
@allow("agreements.edit")
def edit_part(agreement_id: UUID, part_name: str) -> str:
    agreement, version = _newest(agreement_id)
    part = _find_part(part_name, listed=False)
    kept = part.schema().load(version.terms[part.name])
    return _form_page(agreement, version, part.label, BoundForm(part.schema(), kept))


@pages.post("/agreements/<uuid:agreement_id>/terms/<part_name>")
@allow("agreements.edit")
def change_part(agreement_id: UUID, part_name: str) -> Answer:
    part = _find_part(part_name, listed=False)

    def save(agreement: Agreement, seen: int, given: Any) -> None:
        content = dump_part(part, given)
        drafting.write_part(session(), identity(), agreement.id, seen, now(), part.name, content)

    return _save(agreement_id, part.label, part.schema(), save, part.name)


@pages.get("/agreements/<uuid:agreement_id>/terms/<list_name>/lines/new")
@allow("agreements.edit")
def new_line(agreement_id: UUID, list_name: str) -> str:
    agreement, version = _newest(agreement_id)
    part = _find_part(list_name, listed=True)
    return _form_page(agreement, version, part.add, BoundForm(part.schema()))


@pages.post("/agreements/<uuid:agreement_id>/terms/<list_name>/lines/new")
@allow("agreements.edit")
def add_line(agreement_id: UUID, list_name: str) -> Answer:
    part = _find_part(list_name, listed=True)
    return _save(agreement_id, part.add, part.schema(), _line_saver(part, None), part.name)


@pages.get("/agreements/<uuid:agreement_id>/terms/<list_name>/lines/<int:position>")
@allow("agreements.edit")
def edit_line(agreement_id: UUID, list_name: str, position: int) -> str:
    agreement, version = _newest(agreement_id)
    part = _find_part(list_name, listed=True)
    line = part.schema().load(_find_line(version, part, position))
    return _form_page(agreement, version, part.label, BoundForm(part.schema(), line), part=part, position=position)


@pages.post("/agreements/<uuid:agreement_id>/terms/<list_name>/lines/<int:position>")
@allow("agreements.edit")
def change_line(agreement_id: UUID, list_name: str, position: int) -> Answer:
    part = _find_part(list_name, listed=True)
    return _save(agreement_id, part.label, part.schema(), _line_saver(part, position), part.name)


@pages.get("/agreements/<uuid:agreement_id>/terms/<list_name>/lines/<int:position>/remove")
@allow("agreements.edit")
def ask_to_remove_line(agreement_id: UUID, list_name: str, position: int) -> str:
    agreement, version = _newest(agreement_id)
    part = _find_part(list_name, listed=True)
    line = _find_line(version, part, position)
    return render_template(
        "agreements/remove_line.html", agreement=agreement, version=version, part=part, name=line[part.named],
        position=position,
    )  # fmt: skip


@pages.post("/agreements/<uuid:agreement_id>/terms/<list_name>/lines/<int:position>/remove")
@allow("agreements.edit")
def remove_line(agreement_id: UUID, list_name: str, position: int) -> Response:
    part = _find_part(list_name, listed=True)
    seen = seen_version()
    drafting.remove_line(session(), identity(), agreement_id, seen, now(), part.name, position)
    return _back(agreement_id, part.name)


def _line_saver(part: Part, position: int | None) -> Callable[[Agreement, int, Any], None]:
    def save(agreement: Agreement, seen: int, given: Any) -> None:
        line = part.schema().dump(given)
        drafting.write_line(session(), identity(), agreement.id, seen, now(), part.name, line, position)

    return save


def _save(
    agreement_id: UUID, heading: str, schema: Any, save: Callable[[Agreement, int, Any], None], anchor: str = "main"
) -> Answer:
    """Take the form and save it; what was typed stays when it is wrong, or when someone was faster."""
    agreement, version = _newest(agreement_id)

    def write(given: Any) -> Response:
        save(agreement, seen_version(), given)
        return _back(agreement_id, anchor)

    return save_form(schema, write, partial(_form_page, agreement, version, heading))


def _back(agreement_id: UUID, anchor: str) -> Response:
    flash(_("Saved."), "success")
    return redirect(url_for("agreements.show", agreement_id=agreement_id, _anchor=anchor))


def _form_page(agreement: Agreement, version: Version, heading: str, form: BoundForm, **context: Any) -> str:
    return render_template(
        "agreements/form.html", agreement=agreement, version=version, heading=heading, form=form, **context
    )


def _newest(agreement_id: UUID) -> tuple[Agreement, Version]:
    agreement = queries.get_agreement(session(), identity(), agreement_id)
    return agreement, queries.get_version(session(), identity(), agreement, agreement.latest)


def _find_part(name: str, *, listed: bool) -> Part:
    part = PARTS.get(name)
    if part is None or part.listed != listed:
        raise NotFound
    return part


def _find_line(version: Version, part: Part, position: int) -> Any:
    lines = version.terms[part.name]
    if position >= len(lines):
        abort(404)
    return lines[position]
