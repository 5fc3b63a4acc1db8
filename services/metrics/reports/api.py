"""Reports for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.metrics.reports import queries
from services.metrics.reports.document import write_document
from services.metrics.reports.schemas import EditionQuery, ReportQuery, ReportSchema
from services.metrics.reports.service.composing import compose_report
from services.metrics.reports.service.writing import start_report
from shared.errors import NotFound
from shared.web.answers import page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, today
from shared.web.policy import allow
from shared.web.uploads import send_stored

api = Blueprint("reports_api", __name__, url_prefix="/metrics/api/v1", description="Reports of campaigns")


@api.get("/campaigns/<uuid:campaign_id>/reports")
@allow("reports.read")
@api.arguments(ReportQuery, location="query")
@api.response(200, page_schema(ReportSchema))
def list_reports(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """The campaign's reports, the latest period first, a page at a time; partners get those sent to them."""
    return queries.find_reports(session(), identity(), campaign_id, **wanted)


@api.post("/campaigns/<uuid:campaign_id>/reports")
@allow("reports.edit")
@api.arguments(ReportSchema)
@api.response(201, ReportSchema)
def add_report(wanted: dict[str, Any], campaign_id: UUID) -> Response:
    """Start a report as a draft."""
    report = start_report(session(), identity(), campaign_id, now(), **wanted)
    response = set_etag(jsonify(ReportSchema().dump(report)), report.version)
    response.status_code = 201
    return response


@api.get("/reports/<uuid:report_id>")
@allow("reports.read")
@api.response(200, ReportSchema)
def show_report(report_id: UUID) -> Response:
    """One report, with its ETag."""
    report = queries.get_report(session(), identity(), report_id)
    return set_etag(jsonify(ReportSchema().dump(report)), report.version)


@api.get("/reports/<uuid:report_id>/document")
@allow("reports.read")
@api.arguments(EditionQuery, location="query")
@api.response(200)
def show_document(wanted: dict[str, Any], report_id: UUID) -> Any:
    """All that an edition says, with your rights: figures exact, as strings. Without any edition yet, the draft."""
    report = queries.get_report(session(), identity(), report_id)
    if not report.edition and wanted["edition"] is None:
        return jsonify(write_document(compose_report(session(), identity(), report, now(), today())))
    edition = queries.get_edition(session(), identity(), report_id, wanted["edition"])
    return jsonify(queries.get_copy(session(), identity(), edition).document)


@api.get("/reports/<uuid:report_id>/files/<form>")
@allow("reports.read")
@api.arguments(EditionQuery, location="query")
def download_report(wanted: dict[str, Any], report_id: UUID, form: str) -> Response:
    """A frozen edition as `pdf` or `xlsx`, as it was drawn then."""
    queries.get_report(session(), identity(), report_id)
    edition = queries.get_edition(session(), identity(), report_id, wanted["edition"])
    copy = queries.get_copy(session(), identity(), edition)
    if form not in copy.files:
        raise NotFound("A report comes as pdf or xlsx.")
    return send_stored(copy.file(form))
