"""Reported figures for people: what came in, and which of it counts."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from services.metrics.indicators.queries import find_kpi, list_kpis
from services.metrics.known.queries import get_campaign, list_partners, name_organisations
from services.metrics.measurements import queries
from services.metrics.measurements.schemas import STATUS_NAMES, FigureQuery, RejectSchema, VerifySchema
from services.metrics.measurements.service.verdicts import reject_figures, verify_figures
from shared.errors import Conflict, Invalid
from shared.web.answers import parse_query
from shared.web.context import identity, now, session
from shared.web.policy import allow

pages = Blueprint(
    "measurements", __name__, url_prefix="/metrics/campaigns/<uuid:campaign_id>/figures", template_folder="templates"
)
STATUS_TONES = {
    "provisional": "warning",
    "verified": "good",
    "rejected": "bad",
    "returned": "warning",
    "superseded": "neutral",
}


@pages.get("")
@allow("figures.read")
def index(campaign_id: UUID) -> str:
    return _list_page(campaign_id)


@pages.post("/verify")
@allow("figures.decide")
def verify(campaign_id: UUID) -> Response | tuple[str, int]:
    wanted, problem = _read(VerifySchema())
    if wanted is None:
        return _list_page(campaign_id, problem), 422
    try:
        changed = verify_figures(session(), identity(), campaign_id, wanted["ids"], now())
    except (Invalid, Conflict) as refused:
        return _list_page(campaign_id, _say(refused)), refused.status
    flash(ngettext("One figure is verified.", "%(num)s figures are verified.", changed), "success")
    return redirect(_back(campaign_id))


@pages.post("/reject")
@allow("figures.decide")
def reject(campaign_id: UUID) -> Response | tuple[str, int]:
    wanted, problem = _read(RejectSchema())
    if wanted is None:
        return _list_page(campaign_id, problem), 422
    try:
        changed = reject_figures(session(), identity(), campaign_id, wanted["ids"], wanted["reason"], now())
    except (Invalid, Conflict) as refused:
        return _list_page(campaign_id, _say(refused)), refused.status
    flash(ngettext("One figure is rejected.", "%(num)s figures are rejected.", changed), "success")
    return redirect(_back(campaign_id))


def _read(schema: VerifySchema) -> tuple[dict[str, Any] | None, str]:
    """What was chosen and typed, or what is missing."""
    typed = {"ids": request.form.getlist("ids")}
    if isinstance(schema, RejectSchema):
        typed["reason"] = request.form.get("reason", "")  # type: ignore[assignment]
    try:
        return dict(schema.load(typed)), ""
    except ValidationError as error:
        wrong = dict(error.messages_dict)
        return None, _("Choose at least one figure.") if "ids" in wrong else _(
            "Say why, so that the partner can put it right."
        )


def _say(refused: Invalid | Conflict) -> str:
    return " ".join(refused.fields.values()) if isinstance(refused, Invalid) else refused.detail


def _back(campaign_id: UUID) -> str:
    return url_for("measurements.index", campaign_id=campaign_id, **_kept(parse_query(FigureQuery())))


def _kept(wanted: dict[str, Any]) -> dict[str, Any]:
    """The filters, to come back to the same list. Never whatever else the address says: `url_for` has options."""
    return {name: wanted[name] for name in ("status", "organisation_id", "kpi") if wanted[name]}


def _list_page(campaign_id: UUID, problem: str = "") -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    wanted = parse_query(FigureQuery())
    kpis = list_kpis(session(), campaign_id)
    chosen = find_kpi(session(), campaign_id, wanted["kpi"]) if wanted["kpi"] else None
    kpi_ids = [chosen.id] if chosen else [kpi.id for kpi in kpis]
    filters = {name: wanted[name] for name in ("status", "organisation_id", "cursor", "limit")}
    page = queries.find_figures(session(), identity(), kpi_ids, **filters)
    partners = list_partners(session(), campaign_id)
    names = name_organisations(session(), {each.organisation_id for each in page.items})
    return render_template(
        "measurements/index.html",
        campaign=campaign,
        page=page,
        wanted=wanted,
        kept=_kept(wanted),
        counts=queries.count_figures(session(), identity(), kpi_ids),
        kpis={kpi.id: kpi for kpi in kpis},
        kpi_choices=[(kpi.key, kpi.name) for kpi in kpis],
        partners=[(each.organisation_id, each.name or _("Name not yet known")) for each in partners],
        names=names,
        statuses=STATUS_NAMES,
        tones=STATUS_TONES,
        problem=problem,
        ticked=set(request.form.getlist("ids")),
        reason=request.form.get("reason", ""),
    )
