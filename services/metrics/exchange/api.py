"""Files of figures for programs. Figures themselves are read, filtered and paged, under /measurements."""

from typing import Any
from uuid import UUID

from services.metrics.exchange import queries
from services.metrics.exchange.schemas import ExchangeFileSchema, TakeSchema, UploadFiguresSchema
from services.metrics.exchange.service import uploads
from shared.web.answers import PageQuery, page_schema
from shared.web.api import Blueprint
from shared.web.context import files, identity, now, session
from shared.web.policy import allow
from shared.web.uploads import takes_files

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
    """Have a spreadsheet looked at, row by row. No figure changes before it is taken."""
    return uploads.upload_figures(session(), identity(), campaign_id, sent["file"], files(), now())


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
    """Bring the rows into the ledger: all of them, or the good ones if that is said."""
    seen, partial = wanted["version"], wanted["good_only"]
    return uploads.take_figures(session(), identity(), campaign_id, exchange_id, seen, files(), now(), partial=partial)
