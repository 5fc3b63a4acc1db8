"""Freezing a report, issuing it again, and sending it: each says first what will happen."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.metrics.known.queries import name_organisations
from services.metrics.reports import queries
from services.metrics.reports.document import read_document
from services.metrics.reports.drawing import draw_files
from services.metrics.reports.pages.blueprint import pages, render_page
from services.metrics.reports.schemas import ReissueSchema
from services.metrics.reports.service.editions import freeze_report, publish_report, reissue_report
from services.metrics.reports.words import name_report
from shared.errors import Conflict, Problem, Stale
from shared.web.context import files, identity, now, session, settings, today
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, decide_form, seen_version


@pages.get("/reports/<uuid:report_id>/freeze")
@allow("reports.edit")
def ask_to_freeze(report_id: UUID) -> str:
    return _freeze_page(report_id)


@pages.post("/reports/<uuid:report_id>/freeze")
@allow("reports.edit")
def freeze(report_id: UUID) -> Saved:
    draw = partial(draw_files, store=files(), settings=settings())
    why = _("Reported on in: %(report)s", report=name_report(queries.get_report(session(), identity(), report_id)))
    try:
        edition = freeze_report(session(), identity(), report_id, seen_version(), now(), today(), draw, why)
    except (Stale, Conflict) as refused:
        return _freeze_page(report_id, refused), refused.status
    flash(
        _("Edition %(number)s is frozen. Nobody outside has it yet: send it when you like.", number=edition.number),
        "success",
    )
    return redirect(url_for("reports.show", report_id=report_id))


@pages.get("/reports/<uuid:report_id>/reissue")
@allow("reports.edit")
def ask_to_reissue(report_id: UUID) -> str:
    return _reissue_page(report_id, BoundForm(ReissueSchema()))


@pages.post("/reports/<uuid:report_id>/reissue")
@allow("reports.edit")
def reissue(report_id: UUID) -> Saved:
    def save(wanted: Any) -> Response:
        reissue_report(session(), identity(), report_id, seen_version(), now(), wanted["reason"])
        flash(_("The report is a draft again. The edition before stays as it is."), "success")
        return redirect(url_for("reports.edit", report_id=report_id))

    return decide_form(ReissueSchema(), save, partial(_reissue_page, report_id))


@pages.get("/reports/<uuid:report_id>/editions/<int:number>/send")
@allow("reports.edit")
def ask_to_send(report_id: UUID, number: int) -> str:
    return _send_page(report_id, number)


@pages.post("/reports/<uuid:report_id>/editions/<int:number>/send")
@allow("reports.edit")
def send(report_id: UUID, number: int) -> Saved:
    try:
        publish_report(session(), identity(), report_id, number, now(), settings().base_url)
    except Conflict as refused:
        return _send_page(report_id, number, refused), refused.status
    flash(_("The mails are on their way. Below you see who has read the report."), "success")
    return redirect(url_for("reports.show", report_id=report_id, edition=number))


def _freeze_page(report_id: UUID, problem: Problem | None = None) -> str:
    report = queries.get_report(session(), identity(), report_id)
    return render_page("reports/freeze.html", report, problem=problem)


def _reissue_page(report_id: UUID, form: BoundForm, problem: Problem | None = None) -> str:
    report = queries.get_report(session(), identity(), report_id)
    return render_page("reports/reissue.html", report, form=form, problem=problem)


def _send_page(report_id: UUID, number: int, problem: Problem | None = None) -> str:
    report = queries.get_report(session(), identity(), report_id)
    edition = queries.get_edition(session(), identity(), report_id, number)
    copies = queries.list_copies(session(), edition.id)
    ours = next(copy for copy in copies if copy.organisation_id is None)
    partners = [
        (copy.organisation_id, copy.digest == ours.digest, _count_provisional(copy.document))
        for copy in copies if copy.organisation_id
    ]  # fmt: skip
    return render_page(
        "reports/send.html",
        report,
        edition=edition,
        partners=partners,
        names=name_organisations(session(), {each[0] for each in partners}),
        problem=problem,
    )


def _count_provisional(document: dict[str, Any]) -> int:
    """In how many KPIs the copy holds figures that are not verified."""
    return sum(bool(kpi.provisional) for kpi in read_document(document).kpis)
