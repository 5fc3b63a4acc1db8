"""Reported figures for people: what came in, and which of it counts."""

from datetime import date
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
from services.metrics.measurements.queries import records
from services.metrics.measurements.schemas import (
    DecideMatchingSchema,
    FigureQuery,
    FilterQuery,
    RejectSchema,
    VerifySchema,
)
from services.metrics.measurements.service.verdicts import (
    MATCHING_AT_ONCE,
    decide_matching,
    reject_figures,
    return_figures,
    verify_figures,
)
from services.metrics.measurements.words import FLAG_NAMES, SOURCE_NAMES, STATUS_NAMES, STATUS_TONES
from shared.clock import new_id
from shared.errors import Conflict, Invalid
from shared.web.answers import parse_query
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow

pages = Blueprint(
    "measurements",
    __name__,
    url_prefix="/metrics/campaigns/<uuid:campaign_id>/figures",
    template_folder="../templates",
)


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


@pages.post("/return")
@allow("figures.decide")
def give_back(campaign_id: UUID) -> Response | tuple[str, int]:
    wanted, problem = _read(RejectSchema())
    if wanted is None:
        return _list_page(campaign_id, problem), 422
    try:
        changed = return_figures(session(), identity(), campaign_id, wanted["ids"], wanted["reason"], now())
    except (Invalid, Conflict) as refused:
        return _list_page(campaign_id, _say(refused)), refused.status
    flash(ngettext("One figure is returned.", "%(num)s figures are returned.", changed), "success")
    return redirect(_back(campaign_id))


@pages.get("/decide")
@allow("figures.decide")
def ask_matching(campaign_id: UUID) -> str:
    verdict = request.args.get("verdict", "verified")
    values = {"verdict": verdict, "up_to": new_id()}
    return _matching_page(campaign_id, BoundForm(DecideMatchingSchema(only=_ASKED), values))


@pages.post("/decide")
@allow("figures.decide")
def decide_all(campaign_id: UUID) -> Response | tuple[str, int]:
    wanted, form = parse_form(DecideMatchingSchema(only=_ASKED), request.form)
    if wanted is None:
        return _matching_page(campaign_id, form), 422
    filters = parse_query(FilterQuery())
    verdict, reason = wanted["verdict"], wanted["reason"]
    try:
        changed = decide_matching(
            session(), identity(), campaign_id, verdict, reason, now(), up_to=wanted["up_to"], **filters
        )
    except Invalid as refused:
        return _matching_page(campaign_id, form.with_errors(refused.fields)), 422
    flash(ngettext("One figure is decided on.", "%(num)s figures are decided on.", changed), "success")
    return redirect(_back(campaign_id))


_ASKED = ("verdict", "reason", "up_to")


def _matching_page(campaign_id: UUID, form: BoundForm) -> str:
    """What would be decided on, before it is."""
    campaign = get_campaign(session(), identity(), campaign_id)
    filters = parse_query(FilterQuery())
    key = filters.pop("kpi")
    meant = {**filters, "status": filters["status"] or "provisional"}
    count = queries.count_matching(session(), _choose_kpis(campaign_id, key), **meant)
    return render_template(
        "measurements/decide.html",
        campaign=campaign,
        form=form,
        verdict=form["verdict"].value or "verified",
        matching=count,
        most=MATCHING_AT_ONCE,
        kept=_kept({**filters, "kpi": key}),
        back=_back(campaign_id),
    )


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
    return url_for("measurements.index", campaign_id=campaign_id, **_kept(parse_query(FilterQuery())))


def _kept(wanted: dict[str, Any]) -> dict[str, Any]:
    """The filters, to come back to the same list. Never whatever else the address says: `url_for` has options."""
    kept = {name: wanted[name] for name in FilterQuery().fields if wanted.get(name) is not None}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in kept.items()}


def _choose_kpis(campaign_id: UUID, key: str | None) -> list[UUID]:
    chosen = find_kpi(session(), campaign_id, key) if key else None
    return [chosen.id] if chosen else [kpi.id for kpi in list_kpis(session(), campaign_id)]


def _list_page(campaign_id: UUID, problem: str = "") -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    wanted = parse_query(FigureQuery())
    kpis = list_kpis(session(), campaign_id)
    kpi_ids = _choose_kpis(campaign_id, wanted["kpi"])
    filters = {name: value for name, value in wanted.items() if name != "kpi"}
    page = queries.find_figures(session(), identity(), kpi_ids, today=today(), **filters)
    partners = list_partners(session(), campaign_id)
    names = name_organisations(session(), {each.organisation_id for each in page.items})
    shown = [figure.id for figure in page.items if identity().may_see(figure.organisation_id)]
    return render_template(
        "measurements/index.html",
        campaign=campaign,
        page=page,
        wanted=wanted,
        kept=_kept(wanted),
        counts=queries.count_figures(session(), identity(), kpi_ids, today=today()),
        kpis={kpi.id: kpi for kpi in kpis},
        kpi_choices=[(kpi.key, kpi.name) for kpi in kpis],
        partners=[(each.organisation_id, each.name or _("Name not yet known")) for each in partners],
        names=names,
        statuses=STATUS_NAMES,
        tones=STATUS_TONES,
        sources=SOURCE_NAMES,
        flag_names=FLAG_NAMES,
        flags=records.map_flags(session(), shown),
        problem=problem,
        ticked=set(request.form.getlist("ids")),
        reason=request.form.get("reason", ""),
    )
