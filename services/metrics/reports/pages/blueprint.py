"""The blueprint that all pages of reports hang on, and what several of them need."""

from typing import Any

from flask import Blueprint, Response, render_template
from markupsafe import Markup

from services.metrics.known.queries import get_campaign
from services.metrics.reports import queries
from services.metrics.reports.document import ReportDocument, read_document
from services.metrics.reports.models import Edition, Report
from services.metrics.reports.service.composing import compose_report
from services.metrics.reports.view import ReportView
from services.metrics.reports.words import FORM_NAMES, PART_NAMES, name_report
from shared.errors import NotFound
from shared.files import StoredFile
from shared.markdown import render_html
from shared.web.context import identity, now, session, settings, today
from shared.web.uploads import send_picture, send_stored

pages = Blueprint("reports", __name__, url_prefix="/metrics", template_folder="../templates")


def render_page(template: str, report: Report, **context: Any) -> str:
    """A page about one report."""
    return render_template(
        template,
        report=report,
        name=name_report(report),
        campaign=get_campaign(session(), identity(), report.campaign_id),
        **context,
    )


def lay_out(report: Report, edition: Edition | None, place: str) -> dict[str, Any]:
    """What a page needs to show an edition, or the draft; its pictures lie at `place` below all reports."""
    readings = queries.list_readings(session(), [edition.id]) if edition else []
    return {
        "name": name_report(report),
        "edition": edition,
        "view": ReportView(read_report(report, edition), settings().brand_colour),
        "mine": next((each for each in readings if each.person_id == identity().person_id), None),
        "forms": FORM_NAMES,
        "parts": PART_NAMES,
        "pictures_at": f"/metrics/reports/{place}/pictures",
        "pictures_of": "",
        # Cleaned of everything but a few tags by `render_html`.
        "draw_text": lambda text: Markup(render_html(text)),  # noqa: S704
    }


def read_report(report: Report, edition: Edition | None) -> ReportDocument:
    """The edition's document as the reader may see it; without an edition the draft as of now."""
    if edition is None:
        return compose_report(session(), identity(), report, now(), today())
    return read_document(queries.get_copy(session(), identity(), edition).document)


def send_document_picture(report: Report, edition: Edition | None, sha256: str) -> Response:
    """A picture or a logo that the document names; raises `NotFound` for any other."""
    document = read_report(report, edition)
    if sha256 in {each.logo for each in document.credits}:
        return send_picture(sha256, "logo")
    if sha256 not in document.pictures:
        raise NotFound
    kept = document.pictures[sha256]
    return send_stored(StoredFile(kept.name, kept.media_type, kept.size, kept.sha256))
