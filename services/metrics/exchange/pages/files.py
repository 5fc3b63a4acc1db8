"""Bringing figures in from a spreadsheet, or results from IATI: the list of such files, and each one's page."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from services.metrics.exchange import queries
from services.metrics.exchange.models import RESULTS, TAKEN, ExchangeFile
from services.metrics.exchange.pages.blueprint import pages
from services.metrics.exchange.pages.results import show_results, tell_file
from services.metrics.exchange.schemas import STATE_NAMES, STATE_TONES, UploadFiguresSchema
from services.metrics.exchange.service import importing, uploads
from services.metrics.exchange.service.long_files import topic_of
from services.metrics.exchange.service.making import make_file
from services.metrics.known.queries import get_campaign
from shared.errors import Conflict, Invalid, Stale, TooLarge
from shared.identity import Identity
from shared.tables.kept import restore_cells
from shared.tables.writing import XLSX, BadRow, write_to_mend
from shared.web.answers import PageQuery, parse_query
from shared.web.context import files, identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.live import Topic
from shared.web.policy import allow
from shared.web.saving import seen_version
from shared.web.uploads import XML, send_temporary, takes_files


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
    file = sent["file"]
    bring = importing.upload_results if file.media_type == XML.media_type else uploads.upload_figures
    try:
        found = bring(session(), identity(), campaign_id, file, files(), now())
    except Invalid as problem:
        return _list_page(campaign_id, form.with_errors({"file": " ".join(problem.fields.values())})), 422
    except TooLarge as problem:
        return _list_page(campaign_id, form.with_errors({"file": problem.detail})), 422
    return redirect(url_for("exchange.show", campaign_id=campaign_id, exchange_id=found.id))


@pages.get("/<uuid:exchange_id>")
@allow("figures.exchange")
def show(campaign_id: UUID, exchange_id: UUID) -> str:
    found = queries.get_file(session(), identity(), campaign_id, exchange_id)
    return show_results(found) if found.kind == RESULTS else _file_page(campaign_id, exchange_id)


@pages.get("/<uuid:exchange_id>/take")
@allow("figures.exchange")
def ask_to_take(campaign_id: UUID, exchange_id: UUID) -> str:
    found = queries.get_sheet(session(), identity(), campaign_id, exchange_id)
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
    if found.state == TAKEN:
        taken = found.added + found.corrected
        flash(ngettext("One figure is taken.", "%(num)s figures are taken.", taken), "success")
    return redirect(url_for("exchange.show", campaign_id=campaign_id, exchange_id=exchange_id))


@pages.get("/<uuid:exchange_id>/to-mend.xlsx")
@allow("figures.exchange")
def download_to_mend(campaign_id: UUID, exchange_id: UUID) -> Response:
    """The wrong rows as they were given, with what to mend beside them."""
    found = queries.get_sheet(session(), identity(), campaign_id, exchange_id)
    target = make_file()
    if found.rows:
        write_to_mend(target, found.titles, _list_bad_rows(found))
    else:
        with files().open(found.sha256) as content:
            look = uploads.look_again(session(), found, content, now())
        bad = (
            BadRow(line.row.cells, {look.matched.get(name): reason for name, reason in line.errors.items()})
            for line in look.lines
            if line.errors
        )
        write_to_mend(target, look.titles, bad)
    stem = found.file_name.rpartition(".")[0] or found.file_name
    return send_temporary(target, XLSX, _("%(name)s to mend", name=stem) + ".xlsx")


def render_progress(reading: Any, who: Identity, exchange_id: UUID) -> str:
    """The part of a long file's page that changes while the worker is at it."""
    found = queries.get_file_by_id(reading, who, exchange_id)
    return render_template("exchange/_progress.html", found=found, states=STATE_NAMES)


PROGRESS = Topic(
    path="exchange/<uuid:exchange_id>", permission="figures.exchange", channel=topic_of, render=render_progress
)


def _list_bad_rows(found: ExchangeFile) -> Iterator[BadRow]:
    for row in queries.iterate_wrong_rows(session(), found.id):
        errors = {found.matched.get(name): reason for name, reason in row.errors.items()}
        yield BadRow(restore_cells(row.cells), errors)


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
    return render_template("exchange/show.html", problem=problem, **tell_file(found))
