"""Finding a report, reading it, taking it along, and saying that one has read it."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.metrics.known.queries import get_campaign, name_organisations
from services.metrics.reports import queries
from services.metrics.reports.drawing import draw_pdf, draw_workbook, name_file
from services.metrics.reports.models import DRAFT, Edition, Report
from services.metrics.reports.pages.blueprint import lay_out, pages, read_report, send_document_picture
from services.metrics.reports.schemas import EditionQuery, ReportQuery
from services.metrics.reports.service.editions import acknowledge_report
from services.metrics.reports.story import tell_history
from services.metrics.reports.words import (
    FORM_NAMES,
    KIND_NAMES,
    RHYTHM_NAMES,
    STATE_NAMES,
    STATE_TONES,
    name_report,
)
from shared.database.history import list_history
from shared.errors import NotFound
from shared.tables.writing import XLSX
from shared.web.answers import parse_query
from shared.web.context import files, identity, now, session, settings
from shared.web.policy import allow
from shared.web.uploads import send_made, send_stored


@pages.get("/campaigns/<uuid:campaign_id>/reports")
@allow("reports.read")
def index(campaign_id: UUID) -> str:
    wanted = parse_query(ReportQuery())
    return render_template(
        "reports/index.html",
        campaign=get_campaign(session(), identity(), campaign_id),
        page=queries.find_reports(session(), identity(), campaign_id, **wanted),
        total=queries.count_reports(session(), identity(), campaign_id),
        cadence=queries.find_cadence(session(), campaign_id),
        wanted=wanted,
        kinds=KIND_NAMES,
        states=STATE_NAMES,
        tones=STATE_TONES,
        rhythms=RHYTHM_NAMES,
        name_report=name_report,
    )


@pages.get("/reports/<uuid:report_id>")
@allow("reports.read")
def show(report_id: UUID) -> str:
    report = queries.get_report(session(), identity(), report_id)
    edition = _find_edition(report)
    editions = queries.list_editions(session(), identity(), report_id)
    readings = queries.list_readings(session(), [each.id for each in editions])
    layout = lay_out(report, edition, f"{report_id}")
    if edition:
        layout["pictures_of"] = f"?edition={edition.number}"
    return render_template(
        "reports/show.html",
        report=report,
        campaign=get_campaign(session(), identity(), report.campaign_id),
        editions=editions,
        readings=readings,
        readers=name_organisations(session(), {each.organisation_id for each in readings}),
        states=STATE_NAMES,
        tones=STATE_TONES,
        # What people did in the house is not for partners.
        entries=tell_history(list_history(session(), report_id)) if identity().is_staff else None,
        **layout,
    )


@pages.get("/reports/<uuid:report_id>/pictures/<picture>")
@allow("reports.read")
def show_picture(report_id: UUID, picture: str) -> Response:
    """A picture of a story, or a partner's logo, as far as the report names it."""
    report = queries.get_report(session(), identity(), report_id)
    return send_document_picture(report, _find_edition(report), picture)


@pages.get("/reports/<uuid:report_id>/files/<form>")
@allow("reports.read")
def download(report_id: UUID, form: str) -> Response:
    """An edition's file as it was frozen, or the draft drawn just now."""
    report = queries.get_report(session(), identity(), report_id)
    if form not in FORM_NAMES:
        raise NotFound(_("A report comes as PDF or as a workbook."))
    edition = _find_edition(report)
    if edition:
        return send_stored(queries.get_copy(session(), identity(), edition).file(form))
    document = read_report(report, None)
    content = draw_pdf(document, files(), settings()) if form == "pdf" else draw_workbook(document)
    return send_made(content, "application/pdf" if form == "pdf" else XLSX, f"{name_file(document)}.{form}")


@pages.post("/reports/<uuid:report_id>/read")
@allow("reports.acknowledge")
def acknowledge(report_id: UUID) -> Answer:
    number = request.form.get("edition", type=int, default=0)
    acknowledge_report(session(), identity(), report_id, number, now())
    flash(_("Thank you. Those who wrote the report now see that you have read it."), "success")
    return redirect(url_for("reports.show", report_id=report_id, edition=number))


def _find_edition(report: Report) -> Edition | None:
    """The edition that is asked for; without one, ours see the draft while there is one, and partners the newest."""
    number: Any = parse_query(EditionQuery())["edition"]
    if number is None and report.state == DRAFT and identity().is_staff:
        return None
    return queries.get_edition(session(), identity(), report.id, number)
