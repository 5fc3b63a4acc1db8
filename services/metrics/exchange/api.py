"""Files of figures and results for programs. Figures are read one by one, filtered and paged, under /measurements."""

from typing import Any
from uuid import UUID

from flask import Response

from services.metrics.exchange import queries
from services.metrics.exchange.schemas import (
    ChoicesSchema,
    ExchangeFileSchema,
    ExportQuery,
    ImportResultsSchema,
    PlanSchema,
    PublisherQuery,
    TakeSchema,
    UploadFiguresSchema,
)
from services.metrics.exchange.service import importing, making, uploads
from shared.web.answers import PageQuery, page_schema
from shared.web.api import Blueprint
from shared.web.context import files, identity, now, session, settings, today
from shared.web.policy import allow
from shared.web.uploads import XML, send_temporary, takes_files

api = Blueprint(
    "exchange_api",
    __name__,
    url_prefix="/metrics/api/v1/campaigns/<uuid:campaign_id>/exchange",
    description="Spreadsheets of figures on their way into the ledger",
)


@api.get("")
@allow("figures.exchange")
@api.arguments(PageQuery, location="query")
@api.response(200, page_schema(ExchangeFileSchema))
def list_files(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """The files that were uploaded for the campaign, the newest first, a page at a time."""
    return queries.find_files(session(), identity(), campaign_id, **wanted)


@api.post("")
@allow("figures.exchange")
@takes_files
@api.arguments(UploadFiguresSchema, location="files")
@api.response(201, ExchangeFileSchema)
def upload_file(sent: dict[str, Any], campaign_id: UUID) -> Any:
    """Have a spreadsheet, or results in IATI (XML), looked at. Nothing changes before it is taken or imported."""
    file = sent["file"]
    bring = importing.upload_results if file.media_type == XML.media_type else uploads.upload_figures
    return bring(session(), identity(), campaign_id, file, files(), now())


@api.get("/<uuid:exchange_id>")
@allow("figures.exchange")
@api.response(200, ExchangeFileSchema)
def show_file(campaign_id: UUID, exchange_id: UUID) -> Any:
    """What was found in a file, or what was taken of it."""
    return queries.get_file(session(), identity(), campaign_id, exchange_id)


@api.post("/<uuid:exchange_id>/take")
@allow("figures.exchange")
@api.arguments(TakeSchema)
@api.response(200, ExchangeFileSchema)
def take_file(wanted: dict[str, Any], campaign_id: UUID, exchange_id: UUID) -> Any:
    """Bring the rows into the ledger: all of them, or the good ones if that is said.

    A long file is taken a moment later; until then its state is "taking".
    """
    seen, partial = wanted["version"], wanted["good_only"]
    return uploads.take_figures(session(), identity(), campaign_id, exchange_id, seen, files(), now(), partial=partial)


@api.get("/<uuid:results_id>/results")
@allow("figures.exchange")
@api.response(200, PlanSchema)
def show_plan(campaign_id: UUID, results_id: UUID) -> Any:
    """What a file of results would do now, value by value, with the places of what can't go in."""
    found = queries.get_file(session(), identity(), campaign_id, results_id)
    return importing.look_at_results(session(), identity(), found, files(), now())


@api.post("/<uuid:results_id>/results")
@allow("figures.exchange")
@api.arguments(ChoicesSchema)
@api.response(200, ExchangeFileSchema)
def choose(wanted: dict[str, Any], campaign_id: UUID, results_id: UUID) -> Any:
    """Say whose an activity's figures are and which KPI an indicator goes to."""
    seen, choices = wanted["version"], wanted["choices"]
    return importing.choose_for_results(
        session(), identity(), campaign_id, results_id, seen, choices, files(), now()
    )  # fmt: skip


@api.post("/<uuid:results_id>/results/import")
@allow("figures.exchange")
@api.arguments(ImportResultsSchema)
@api.response(200, ExchangeFileSchema)
def import_results(wanted: dict[str, Any], campaign_id: UUID, results_id: UUID) -> Any:
    """Do what the file would do, all of it or nothing."""
    return importing.take_results(
        session(), identity(), campaign_id, results_id, wanted["version"], wanted["plan"], files(), now(),
        reason=wanted["reason"], partial=wanted["good_only"],
    )  # fmt: skip


@api.get("/template.xlsx")
@allow("figures.exchange")
@api.response(200)
def download_template(campaign_id: UUID) -> Response:
    """An empty sheet for the campaign's figures, with its KPIs and partners to choose from."""
    return _send(making.make_template(session(), identity(), campaign_id))


@api.get("/figures.<any(csv, xlsx, json):file_kind>")
@allow("figures.read")
@api.arguments(ExportQuery, location="query")
@api.response(200)
def download_figures(wanted: dict[str, Any], campaign_id: UUID, file_kind: str) -> Response:
    """All figures that you may see, or what the filters leave of them, in a file that can be uploaded again."""
    return _send(making.make_figures(session(), identity(), campaign_id, file_kind, wanted, today()))


@api.get("/results.xml")
@allow("figures.read")
@api.arguments(PublisherQuery, location="query")
@api.response(200)
def download_results(wanted: dict[str, Any], campaign_id: UUID) -> Response:
    """Baselines, targets and what is verified, as results in IATI 2.03."""
    name = settings().brand_name
    return _send(making.make_results(session(), identity(), campaign_id, wanted["publisher"], name, now()))


def _send(made: making.Made) -> Response:
    return send_temporary(made.file, made.media_type, made.name)
