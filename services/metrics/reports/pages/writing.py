"""Starting a report, writing its text, and agreeing how often there is one."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.metrics.known.queries import get_campaign
from services.metrics.reports import queries
from services.metrics.reports.models import FINAL, PROGRESS
from services.metrics.reports.pages.blueprint import pages, render_page
from services.metrics.reports.schemas import CadenceSchema, NarrativeSchema, ReportSchema
from services.metrics.reports.service.writing import agree_cadence, start_report, write_narrative
from shared.errors import Conflict, Problem, Stale
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, decide_form, save_form, seen_version


@pages.get("/campaigns/<uuid:campaign_id>/reports/new")
@allow("reports.edit")
def new(campaign_id: UUID) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    kind = FINAL if campaign.ends_on < today() else PROGRESS
    days = {"starts_on": campaign.starts_on, "ends_on": campaign.ends_on}
    return _start_page(campaign_id, BoundForm(ReportSchema(), {"kind": kind, **days}))


@pages.post("/campaigns/<uuid:campaign_id>/reports/new")
@allow("reports.edit")
def create(campaign_id: UUID) -> Saved:
    def save(wanted: Any) -> Response:
        report = start_report(session(), identity(), campaign_id, now(), **wanted)
        flash(_("The draft is there. Its figures follow by themselves; its text is yours to write."), "success")
        return redirect(url_for("reports.edit", report_id=report.id))

    return decide_form(ReportSchema(), save, partial(_start_page, campaign_id))


@pages.get("/reports/<uuid:report_id>/edit")
@allow("reports.edit")
def edit(report_id: UUID) -> str:
    report = queries.get_report(session(), identity(), report_id)
    return _text_page(report_id, BoundForm(NarrativeSchema(), report.narrative))


@pages.post("/reports/<uuid:report_id>/edit")
@allow("reports.edit")
def write(report_id: UUID) -> Saved:
    def save(texts: Any) -> Response:
        write_narrative(session(), identity(), report_id, seen_version(), now(), texts)
        flash(_("The text is saved."), "success")
        return redirect(url_for("reports.show", report_id=report_id))

    return decide_form(NarrativeSchema(), save, partial(_text_page, report_id))


@pages.get("/campaigns/<uuid:campaign_id>/reports/cadence")
@allow("reports.edit")
def edit_cadence(campaign_id: UUID) -> str:
    cadence = queries.find_cadence(session(), campaign_id)
    given = CadenceSchema().dump(cadence) if cadence else {"rhythm": "quarterly", "grace_days": 14}
    return _cadence_page(campaign_id, BoundForm(CadenceSchema(), given))


@pages.post("/campaigns/<uuid:campaign_id>/reports/cadence")
@allow("reports.edit")
def set_cadence(campaign_id: UUID) -> Saved:
    def save(wanted: Any) -> Response:
        agree_cadence(session(), identity(), campaign_id, seen_version(), now(), today(), **wanted)
        flash(_("It is set how often this campaign is reported on."), "success")
        return redirect(url_for("reports.index", campaign_id=campaign_id))

    return save_form(CadenceSchema(), save, partial(_cadence_page, campaign_id))


def _start_page(campaign_id: UUID, form: BoundForm, problem: Conflict | Stale | None = None) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    return render_template("reports/new.html", campaign=campaign, form=form, problem=problem)


def _text_page(report_id: UUID, form: BoundForm, problem: Problem | None = None) -> str:
    report = queries.get_report(session(), identity(), report_id)
    return render_page("reports/edit.html", report, form=form, problem=problem)


def _cadence_page(campaign_id: UUID, form: BoundForm, stale: Stale | None = None) -> str:
    return render_template(
        "reports/cadence.html",
        campaign=get_campaign(session(), identity(), campaign_id),
        cadence=queries.find_cadence(session(), campaign_id),
        form=form,
        stale=stale,
    )
