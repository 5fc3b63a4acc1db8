"""Figures as files, for people: take them out, fill in a template, bring a file in."""

import json
import tempfile
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from services.metrics.exchange import queries
from services.metrics.exchange.iati import write_iati
from services.metrics.exchange.schemas import (
    STATE_NAMES,
    STATE_TONES,
    ExportQuery,
    PublisherQuery,
    UploadFiguresSchema,
)
from services.metrics.exchange.service import uploads
from services.metrics.exchange.service.results import tell_results
from services.metrics.exchange.sheet import SheetSchema, list_titles, name_partners, write_row
from services.metrics.indicators.queries import find_kpi, list_kpis
from services.metrics.known.queries import get_campaign, list_partners
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, Stale, TooLarge
from shared.fields import plain
from shared.tables.matching import table_fields, title_of
from shared.tables.places import Cell
from shared.tables.templates import write_template
from shared.tables.writing import CSV, XLSX, BadRow, write_csv, write_to_mend, write_xlsx
from shared.web import history
from shared.web.answers import PageQuery, parse_query
from shared.web.context import files, identity, now, session, settings, today
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import seen_version
from shared.web.uploads import takes_files

pages = Blueprint(
    "exchange", __name__, url_prefix="/metrics/campaigns/<uuid:campaign_id>/exchange", template_folder="templates"
)
#: Up to here a file is made in memory; beyond, on disk. Bytes.
IN_MEMORY = 4 << 20
ACTIONS = {
    "uploaded a file of figures": _l("uploaded the file"),
    "took figures from a file": _l("took the figures"),
}
DETAILS = {"added": _l("New"), "corrected": _l("Corrected"), "left_out": _l("Left out")}


@pages.get("")
@allow("figures.read")
def index(campaign_id: UUID) -> str:
    return _list_page(campaign_id, BoundForm(UploadFiguresSchema()))


@pages.post("")
@allow("figures.exchange")
@takes_files
def upload(campaign_id: UUID) -> Answer | tuple[str, int]:
    sent, form = parse_form(UploadFiguresSchema(), request.form, files=request.files)
    if sent is None:
        return _list_page(campaign_id, form), 422
    try:
        found = uploads.upload_figures(session(), identity(), campaign_id, sent["file"], files(), now())
    except Invalid as problem:
        return _list_page(campaign_id, form.with_errors({"file": " ".join(problem.fields.values())})), 422
    except TooLarge as problem:
        return _list_page(campaign_id, form.with_errors({"file": problem.detail})), 422
    return redirect(url_for("exchange.show", campaign_id=campaign_id, exchange_id=found.id))


@pages.get("/<uuid:exchange_id>")
@allow("figures.exchange")
def show(campaign_id: UUID, exchange_id: UUID) -> str:
    return _file_page(campaign_id, exchange_id)


@pages.get("/<uuid:exchange_id>/take")
@allow("figures.exchange")
def ask_to_take(campaign_id: UUID, exchange_id: UUID) -> str:
    found = queries.get_file(session(), identity(), campaign_id, exchange_id)
    campaign = get_campaign(session(), identity(), campaign_id)
    return render_template("exchange/take.html", campaign=campaign, found=found)


@pages.post("/<uuid:exchange_id>/take")
@allow("figures.exchange")
def take(campaign_id: UUID, exchange_id: UUID) -> Answer | tuple[str, int]:
    # The button says how many rows are left out: who presses it knows.
    partial = request.form.get("partial") == "yes"
    try:
        found = uploads.take_figures(
            session(), identity(), campaign_id, exchange_id, seen_version(), files(), now(), partial=partial
        )
    except (Conflict, Stale, Invalid) as problem:
        words = " ".join(problem.fields.values()) if isinstance(problem, Invalid) else problem.detail
        return _file_page(campaign_id, exchange_id, words), problem.status
    taken = found.added + found.corrected
    flash(ngettext("One figure is taken.", "%(num)s figures are taken.", taken), "success")
    return redirect(url_for("exchange.show", campaign_id=campaign_id, exchange_id=exchange_id))


@pages.get("/<uuid:exchange_id>/to-mend.xlsx")
@allow("figures.exchange")
def download_to_mend(campaign_id: UUID, exchange_id: UUID) -> Response:
    """The wrong rows as they were given, with what to mend beside them."""
    found = queries.get_file(session(), identity(), campaign_id, exchange_id)
    with files().open(found.sha256) as content:
        look = uploads.look_again(session(), found, content, now())
    bad = (
        BadRow(line.row.cells, {look.matched.get(name): reason for name, reason in line.errors.items()})
        for line in look.lines
        if line.errors
    )
    target = _make_file()
    write_to_mend(target, look.titles, bad)
    stem = found.file_name.rpartition(".")[0] or found.file_name
    return _send(target, XLSX, _("%(name)s to mend", name=stem) + ".xlsx")


@pages.get("/template.xlsx")
@allow("figures.exchange")
def template(campaign_id: UUID) -> Response:
    """An empty sheet for the campaign's figures, with drop-downs and an explanation."""
    campaign = get_campaign(session(), identity(), campaign_id)
    kpis = list_kpis(session(), campaign_id)
    fields = table_fields(SheetSchema())
    columns = [(title_of(name, each), str(each.metadata["help"])) for name, each in fields.items()]
    choices = {0: [kpi.key for kpi in kpis if kpi.formula is None], 1: sorted(_partner_names(campaign_id).values())}
    guide: list[tuple[str, ...]] = [(_("Column"), _("What goes there")), *columns, ("", "")]
    guide.append((_("KPI"), _("What it is"), _("Unit"), _("Parts")))
    guide += [(kpi.key, kpi.name, kpi.unit, _say_dimensions(kpi)) for kpi in kpis if kpi.formula is None]
    target = _make_file()
    write_template(target, _("Figures"), columns, choices, (_("How to fill it in"), guide), _("Lists"))
    return _send(target, XLSX, f"{campaign.title} {_('template')}.xlsx")


@pages.get("/figures.<any(csv, xlsx, json):file_kind>")
@allow("figures.read")
def export(campaign_id: UUID, file_kind: str) -> Response:
    """The figures that one may see, or what the filters leave of them. The file can be uploaded again as it is."""
    campaign = get_campaign(session(), identity(), campaign_id)
    target, name = _make_file(), f"{campaign.title} {today().isoformat()}.{file_kind}"
    schema = SheetSchema()
    if file_kind == "json":
        target.write(b"[")
        for number, row in enumerate(_list_plain(campaign_id)):
            target.write((",\n" if number else "\n").encode() + json.dumps(row, ensure_ascii=False).encode())
        target.write(b"\n]\n")
        return _send(target, "application/json", name)
    if file_kind == "csv":
        write_csv(target, [*list_titles(schema), _("State")], _list_rows(campaign_id))
        return _send(target, CSV, name)
    write_xlsx(target, [*list_titles(schema), _("State")], _list_rows(campaign_id), sheet=_("Figures"))
    return _send(target, XLSX, name)


@pages.get("/results.xml")
@allow("figures.read")
def export_results(campaign_id: UUID) -> Response:
    """The campaign's results as IATI 2.03: baselines, targets and what is verified."""
    wanted = parse_query(PublisherQuery())
    activity = tell_results(session(), identity(), campaign_id, wanted["publisher"], settings().brand_name)
    target = _make_file()
    target.write(write_iati(activity, now()))
    return _send(target, "application/xml", f"{activity.title} IATI.xml")


def _list_rows(campaign_id: UUID) -> Iterator[list[Cell]]:
    schema, partners = SheetSchema(), _partner_names(campaign_id)
    for figure, key in _list_figures(campaign_id):
        partner = partners.get(figure.organisation_id) or str(figure.organisation_id)
        yield [*write_row(schema, figure, key, partner), figure.status]


def _list_plain(campaign_id: UUID) -> Iterator[dict[str, Any]]:
    for figure, key in _list_figures(campaign_id):
        yield {
            "kpi": key,
            "organisation_id": str(figure.organisation_id),
            "value": plain(figure.value),
            "period_start": figure.period_start.isoformat(),
            "period_end": figure.period_end.isoformat(),
            "reference": figure.reference,
            "weight": None if figure.weight is None else plain(figure.weight),
            "parts": figure.parts,
            "parts_note": figure.parts_note,
            "note": figure.note,
            "evidence": (figure.evidence or {}).get("link"),
            "status": figure.status,
        }


def _list_figures(campaign_id: UUID) -> Iterator[tuple[Any, str]]:
    wanted = parse_query(ExportQuery())
    chosen = find_kpi(session(), campaign_id, key) if (key := wanted.pop("kpi")) else None
    kpis = {kpi.id: kpi.key for kpi in ([chosen] if chosen else list_kpis(session(), campaign_id))}
    for figure in queries.iterate_figures(session(), identity(), list(kpis), today(), **wanted):
        yield figure, kpis[figure.kpi_id]


def _partner_names(campaign_id: UUID) -> dict[UUID, str]:
    return name_partners(list_partners(session(), campaign_id))


def _say_dimensions(kpi: Any) -> str:
    return "; ".join(
        f"{each['key']}: {', '.join(category['key'] for category in each['categories'])}" for each in kpi.dimensions
    )


def _make_file() -> Any:
    # The answer closes it.
    return tempfile.SpooledTemporaryFile(IN_MEMORY)


def _send(file: Any, media_type: str, name: str) -> Response:
    file.seek(0)
    answer = send_file(file, media_type, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _list_page(campaign_id: UUID, form: BoundForm) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    page = None
    if identity().is_staff:
        page = queries.find_files(session(), identity(), campaign_id, **parse_query(PageQuery()))
    return render_template(
        "exchange/index.html", campaign=campaign, form=form, page=page, states=STATE_NAMES, tones=STATE_TONES
    )


def _file_page(campaign_id: UUID, exchange_id: UUID, problem: str = "") -> str:
    found = queries.get_file(session(), identity(), campaign_id, exchange_id)
    return render_template(
        "exchange/show.html",
        campaign=get_campaign(session(), identity(), campaign_id),
        found=found,
        problem=problem,
        states=STATE_NAMES,
        tones=STATE_TONES,
        entries=history.tell_history(list_history(session(), found.id), ACTIONS, DETAILS, {}),
    )
