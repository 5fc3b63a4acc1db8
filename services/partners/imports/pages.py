"""Bringing a spreadsheet of organisations in, for people; and the register as a spreadsheet."""

import tempfile
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.partners.history import tell_history
from services.partners.imports import models, queries, service
from services.partners.imports.schemas import (
    ACTION_NAMES,
    OUTCOME_NAMES,
    OUTCOME_TONES,
    REASON_NAMES,
    STATE_NAMES,
    STATE_TONES,
    VERDICT_NAMES,
    VERDICT_TONES,
    RowsQuery,
    UploadSchema,
    list_columns,
    make_columns_schema,
)
from services.partners.organisations.queries import iterate_organisations, name_organisations
from services.partners.organisations.sheet import (
    FilterSchema,
    SheetSchema,
    list_titles,
    name_fields,
    write_row,
)
from shared.database.history import list_history
from shared.errors import Invalid
from shared.identity import Identity
from shared.tables.cells import say_cell
from shared.tables.kept import restore_cells
from shared.tables.matching import missing_columns, table_fields
from shared.tables.places import Cell, name_column
from shared.tables.text_files import ENCODINGS
from shared.tables.writing import CSV, XLSX, BadRow, write_csv, write_to_mend, write_xlsx
from shared.web.answers import PageQuery, parse_query
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.live import Topic
from shared.web.policy import allow
from shared.web.uploads import send_temporary, takes_files

pages = Blueprint("imports", __name__, url_prefix="/partners", template_folder="templates")
#: Up to here a file is made in memory; beyond, on disk. Bytes.
IN_MEMORY = 4 << 20


@pages.get("/imports")
@allow("organisations.edit")
def index() -> str:
    return _list_page(BoundForm(UploadSchema()))


@pages.post("/imports")
@allow("organisations.edit")
@takes_files
def upload() -> Answer | tuple[str, int]:
    sent, form = parse_form(UploadSchema(), request.form, files=request.files)
    if sent is None:
        return _list_page(form), 422
    started = service.start_import(session(), identity(), sent["file"], now())
    return redirect(url_for("imports.show", import_id=started.id))


@pages.get("/imports/<uuid:import_id>")
@allow("organisations.edit")
def show(import_id: UUID) -> str:
    found = queries.get_import(session(), import_id)
    return _import_page(found, _columns_form(found, found.matched))


@pages.post("/imports/<uuid:import_id>/columns")
@allow("organisations.edit")
def choose_columns(import_id: UUID) -> Answer | tuple[str, int]:
    found = queries.get_import(session(), import_id)
    schema, choices = _columns_schema(found)
    chosen, form = parse_form(schema, request.form, choices=choices)
    if chosen is None:
        return _import_page(found, form), 422
    matched = {name: at for name, at in chosen.items() if at is not None}
    try:
        seen = request.form.get("version", type=int, default=0)
        service.choose_columns(session(), identity(), import_id, seen, matched, now())
    except Invalid as problem:
        return _import_page(found, form.with_errors(problem.fields)), 422
    flash(_("The rows are checked anew with these columns."), "success")
    return redirect(url_for("imports.show", import_id=import_id))


@pages.post("/imports/<uuid:import_id>/read")
@allow("organisations.edit")
def read_again(import_id: UUID) -> Answer:
    found = queries.get_import(session(), import_id)
    sheet, encoding = request.form.get("sheet"), request.form.get("encoding")
    service.read_again(
        session(), identity(), import_id, now(),
        sheet=sheet if sheet in found.sheets else None, encoding=encoding if encoding in ENCODINGS else None,
    )  # fmt: skip
    return redirect(url_for("imports.show", import_id=import_id))


@pages.post("/imports/<uuid:import_id>/choices")
@allow("organisations.edit")
def choose(import_id: UUID) -> Answer:
    everywhere = request.form.get("all", "")
    if everywhere:
        service.choose_for_likely(session(), identity(), import_id, everywhere, now())
    else:
        chosen = {int(name[4:]): action for name, action in request.form.items() if _is_choice(name)}
        service.choose_actions(session(), identity(), import_id, chosen, now())
    flash(_("Your choices are kept. Nothing goes in before you start the import."), "success")
    verdict, cursor = request.args.get("verdict"), request.args.get("cursor")
    return redirect(url_for("imports.show", import_id=import_id, verdict=verdict, cursor=cursor, _anchor="rows"))


@pages.get("/imports/<uuid:import_id>/start")
@allow("organisations.edit")
def ask_to_start(import_id: UUID) -> str:
    found = queries.get_import(session(), import_id)
    return render_template("imports/start.html", found=found, **_count(found))


@pages.post("/imports/<uuid:import_id>/start")
@allow("organisations.edit")
def start(import_id: UUID) -> Answer:
    service.run_import(session(), identity(), import_id, now())
    return redirect(url_for("imports.show", import_id=import_id))


@pages.post("/imports/<uuid:import_id>/again")
@allow("organisations.edit")
def try_again(import_id: UUID) -> Answer:
    service.try_again(session(), identity(), import_id, now())
    return redirect(url_for("imports.show", import_id=import_id))


@pages.get("/imports/<uuid:import_id>/to-mend.xlsx")
@allow("organisations.edit")
def download_to_mend(import_id: UUID) -> Response:
    """The rows that did not go in, as they were given, with what to mend beside them."""
    found = queries.get_import(session(), import_id)

    def list_bad() -> Iterator[BadRow]:
        for row in queries.iterate_bad_rows(session(), import_id):
            errors = {found.matched.get(name): reason for name, reason in row.errors.items()}
            yield BadRow(restore_cells(row.cells), errors)

    stem = found.file_name.rpartition(".")[0] or found.file_name
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the answer closes it
    write_to_mend(file, found.titles, list_bad())
    return send_temporary(file, XLSX, _("%(name)s to mend", name=stem) + ".xlsx")


@pages.get("/organisations/export.<file_kind>")
@allow("organisations.export")
def export(file_kind: str) -> Response:
    """The register, or what the filters leave of it, as a file that imports again unchanged."""
    if file_kind not in {"csv", "xlsx"}:
        abort(404)
    filters = parse_query(FilterSchema())
    schema = SheetSchema()

    def list_rows() -> Iterator[list[Cell]]:
        for organisation in iterate_organisations(session(), identity(), **filters):
            yield write_row(schema, organisation)

    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the answer closes it
    name = f"{_('Organisations')} {now().date().isoformat()}.{file_kind}"
    if file_kind == "csv":
        write_csv(file, list_titles(schema), list_rows())
        return send_temporary(file, CSV, name)
    write_xlsx(file, list_titles(schema), list_rows(), sheet=_("Organisations"))
    return send_temporary(file, XLSX, name)


def render_progress(reading: Any, _who: Identity, import_id: UUID) -> str:
    """The part of an import's page that changes while the worker is at it."""
    found = queries.get_import(reading, import_id)
    return render_template("imports/_progress.html", found=found, states=STATE_NAMES)


PROGRESS = Topic(
    path="imports/<uuid:import_id>",
    permission="organisations.edit",
    channel=service.topic_of,
    render=render_progress,
)


def _list_page(form: BoundForm) -> str:
    wanted = parse_query(PageQuery())
    return render_template(
        "imports/index.html",
        form=form,
        page=queries.find_imports(session(), **wanted),
        total=queries.count_imports(session()),
        states=STATE_NAMES,
        state_tones=STATE_TONES,
    )


def _import_page(found: Any, form: BoundForm) -> str:
    wanted = parse_query(RowsQuery())
    under_way = found.state in models.UNDER_WAY
    page = None if under_way else queries.find_rows(session(), found.id, **wanted)
    rows = page.items if page else []
    names = name_fields(SheetSchema())
    return render_template(
        "imports/show.html",
        found=found,
        form=form,
        page=page,
        wanted=wanted,
        under_way=under_way,
        cells={row.number: _say_cells(found, row) for row in rows},
        existing=name_organisations(session(), [row.organisation_id for row in rows if row.organisation_id]),
        names=names,
        missing=[names[name] for name in missing_columns(SheetSchema(), found.matched)],
        unused=_list_unused(found),
        earlier=queries.find_earlier(session(), found),
        encodings=ENCODINGS,
        allowed=service.allowed_actions,
        column=name_column,
        entries=tell_history(list_history(session(), found.id), identity()),
        **_count(found),
        **_words(),
    )


def _say_cells(found: Any, row: Any) -> dict[str, str]:
    cells = restore_cells(row.cells)
    return {name: say_cell(cells[at]) for name, at in found.matched.items() if at < len(cells)}


def _list_unused(found: Any) -> list[str]:
    used = set(found.matched.values())
    return [title for at, title in enumerate(found.titles) if at not in used and title]


def _columns_schema(found: Any) -> tuple[Any, dict[str, list[tuple[str, str]]]]:
    schema = SheetSchema()
    required = {name for name, each in table_fields(schema).items() if each.required}
    names = name_fields(schema)
    return make_columns_schema(names, required), dict.fromkeys(names, list_columns(found.titles))


def _columns_form(found: Any, matched: dict[str, int]) -> BoundForm:
    schema, choices = _columns_schema(found)
    return BoundForm(schema, matched, choices=choices)


def _is_choice(name: str) -> bool:
    return name.startswith("row-") and name[4:].isdecimal() and len(name) < 12


def _count(found: Any) -> dict[str, Any]:
    return {
        "verdicts": queries.count_verdicts(session(), found.id),
        "actions": queries.count_actions(session(), found.id),
        "outcomes": queries.count_outcomes(session(), found.id),
    }


def _words() -> dict[str, Any]:
    return {
        "states": STATE_NAMES,
        "state_tones": STATE_TONES,
        "verdict_names": VERDICT_NAMES,
        "verdict_tones": VERDICT_TONES,
        "action_names": ACTION_NAMES,
        "outcome_names": OUTCOME_NAMES,
        "outcome_tones": OUTCOME_TONES,
        "reason_names": REASON_NAMES,
    }
