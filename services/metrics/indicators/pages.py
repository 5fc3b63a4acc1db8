"""KPIs for people: adding one to a campaign, and changing its target."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.metrics.indicators import queries
from services.metrics.indicators.schemas import KpiSchema, TargetSchema
from services.metrics.indicators.service.kpis import create_kpi
from services.metrics.indicators.service.targets import change_target
from services.metrics.known.queries import get_campaign
from shared.errors import Conflict, Invalid, Stale
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint(
    "indicators", __name__, url_prefix="/metrics/campaigns/<uuid:campaign_id>/kpis", template_folder="templates"
)


@pages.get("/new")
@allow("kpis.edit")
def new(campaign_id: UUID) -> str:
    return _form_page(campaign_id, BoundForm(KpiSchema()))


@pages.post("/new")
@allow("kpis.edit")
def create(campaign_id: UUID) -> Response | tuple[str, int]:
    details, form = parse_form(KpiSchema(), request.form)
    if details is None:
        return _form_page(campaign_id, form), 422
    try:
        kpi = create_kpi(session(), identity(), campaign_id, now(), **details)
    except Invalid as invalid:
        return _form_page(campaign_id, form.with_errors(invalid.fields)), 422
    except Conflict as conflict:
        return _form_page(campaign_id, form.with_errors({"key": conflict.detail})), 409
    flash(
        _("%(kpi)s is added. Partners can report figures for it with the key %(key)s.", kpi=kpi.name, key=kpi.key),
        "success",
    )
    return redirect(url_for("dashboard.show", campaign_id=campaign_id))


@pages.get("/<key>/target")
@allow("kpis.edit")
def edit_target(campaign_id: UUID, key: str) -> str:
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)
    return _target_page(campaign_id, key, BoundForm(TargetSchema(), {"target": kpi.target}))


@pages.post("/<key>/target")
@allow("kpis.edit")
def set_target(campaign_id: UUID, key: str) -> Saved:
    def save(wanted: Any) -> Response:
        kpi = change_target(session(), identity(), campaign_id, key, seen_version(), now(), **wanted)
        flash(_("The target of %(kpi)s is changed.", kpi=kpi.name), "success")
        return redirect(url_for("dashboard.show", campaign_id=campaign_id))

    return save_form(TargetSchema(), save, partial(_target_page, campaign_id, key))


def _form_page(campaign_id: UUID, form: BoundForm) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    return render_template("indicators/form.html", campaign=campaign, form=form)


def _target_page(campaign_id: UUID, key: str, form: BoundForm, stale: Stale | None = None) -> str:
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)
    campaign = get_campaign(session(), identity(), campaign_id)
    return render_template("indicators/target.html", campaign=campaign, kpi=kpi, form=form, stale=stale)
