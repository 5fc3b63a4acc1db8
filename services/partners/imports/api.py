"""Imports for programs: send a file, ask how far it is, let it go in."""

from typing import Any
from uuid import UUID

from services.partners.imports import queries, service
from services.partners.imports.schemas import ImportRowSchema, ImportSchema, LikelySchema, RowsQuery, UploadSchema
from shared.web.answers import page_schema
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow
from shared.web.uploads import takes_files

api = Blueprint(
    "imports_api",
    __name__,
    url_prefix="/partners/api/v1/imports",
    description="Spreadsheets of organisations on their way into the register",
)


@api.post("")
@allow("organisations.edit")
@takes_files
@api.arguments(UploadSchema, location="files")
@api.response(202, ImportSchema)
def upload_import(sent: dict[str, Any]) -> Any:
    """Send a spreadsheet. It is read and checked after this answer; nothing goes in before it is started."""
    return _tell(service.start_import(session(), identity(), sent["file"], now()))


@api.get("/<uuid:import_id>")
@allow("organisations.edit")
@api.response(200, ImportSchema)
def show_import(import_id: UUID) -> Any:
    """Where an import stands, and how many rows are how."""
    return _tell(queries.get_import(session(), import_id))


@api.get("/<uuid:import_id>/rows")
@allow("organisations.edit")
@api.arguments(RowsQuery, location="query")
@api.response(200, page_schema(ImportRowSchema))
def list_import_rows(wanted: dict[str, Any], import_id: UUID) -> Any:
    """The rows in the order of the file, each with what was found in it and what became of it."""
    queries.get_import(session(), import_id)
    return queries.find_rows(session(), import_id, **wanted)


@api.post("/<uuid:import_id>/start")
@allow("organisations.edit")
@api.arguments(LikelySchema)
@api.response(202, ImportSchema)
def start_import(wanted: dict[str, Any], import_id: UUID) -> Any:
    """Let the good rows go in; wrong ones stay behind. Rows that may be there already are left out unless told."""
    if wanted["likely"]:
        service.choose_for_likely(session(), identity(), import_id, wanted["likely"], now())
    return _tell(service.run_import(session(), identity(), import_id, now()))


@api.post("/<uuid:import_id>/again")
@allow("organisations.edit")
@api.response(202, ImportSchema)
def try_import_again(import_id: UUID) -> Any:
    """Go on with an import that failed for another reason than its file, from where it stopped."""
    return _tell(service.try_again(session(), identity(), import_id, now()))


def _tell(found: Any) -> dict[str, Any]:
    counts = {
        "verdicts": {name or "unseen": times for name, times in queries.count_verdicts(session(), found.id).items()},
        "outcomes": {name or "waiting": times for name, times in queries.count_outcomes(session(), found.id).items()},
    }
    names = {each.attribute or name: each for name, each in ImportSchema().fields.items() if name != "counts"}
    return {**{name: getattr(found, name) for name in names}, "counts": counts}
