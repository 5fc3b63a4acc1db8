"""Joint work and adjustments for people, and where a KPI takes its figures from."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response

from services.metrics.alerts.levels import SUM
from services.metrics.indicators.queries import find_source, get_kpi, list_kpis
from services.metrics.known.queries import get_campaign, list_partners, name_organisations
from services.metrics.measurements.queries import records
from services.metrics.measurements.schemas import AdjustmentSchema, JointSchema, SourceSchema
from services.metrics.measurements.service import joint as service
from services.metrics.measurements.service import sources
from services.metrics.measurements.words import STATUS_NAMES, STATUS_TONES
from shared.errors import Conflict, Invalid
from shared.fields import ExactNumber
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow

pages = Blueprint("joint", __name__, url_prefix="/metrics/campaigns/<uuid:campaign_id>/figures")


@pages.get("/joint")
@allow("figures.read")
def index(campaign_id: UUID) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    kpis = {kpi.id: kpi for kpi in list_kpis(session(), campaign_id)}
    entries = records.list_joint_work(session(), identity(), list(kpis), today=today())
    return render_template(
        "measurements/joint.html",
        campaign=campaign,
        kpis=kpis,
        notes=entries[::-1],
        names=name_organisations(session(), {each for entry in entries for each, _value in entry.shares}),
        statuses=STATUS_NAMES,
        tones=STATUS_TONES,
    )


@pages.get("/joint/new")
@allow("figures.enter")
def new_claim(campaign_id: UUID) -> str:
    return _form_page(campaign_id, "joint", BoundForm(_joint_schema(campaign_id), choices=_choices(campaign_id)))


@pages.post("/joint/new")
@allow("figures.enter")
def create_claim(campaign_id: UUID) -> Response | tuple[str, int]:
    typed, form = parse_form(_joint_schema(campaign_id), request.form, choices=_choices(campaign_id))
    if typed is None:
        return _form_page(campaign_id, "joint", form), 422
    given = {name: value for name, value in typed.items() if not name.startswith("share-")}
    shares = {
        each.organisation_id: typed[f"share-{each.organisation_id}"]
        for each in list_partners(session(), campaign_id)
        if typed.get(f"share-{each.organisation_id}") is not None
    }
    given["note_text"] = given.pop("note")
    try:
        service.enter_joint_claim(session(), identity(), campaign_id, now(), shares=shares, **given)
    except Invalid as invalid:
        return _form_page(campaign_id, "joint", form.with_errors(_about_shares(invalid))), 422
    except Conflict as conflict:
        return _form_page(campaign_id, "joint", form.with_errors({"reference": conflict.detail})), 409
    flash(_("The joint work is entered as each partner's share."), "success")
    return redirect(url_for("joint.index", campaign_id=campaign_id))


@pages.get("/adjustments/new")
@allow("figures.enter")
def new_adjustment(campaign_id: UUID) -> str:
    return _form_page(campaign_id, "adjustment", BoundForm(AdjustmentSchema(), choices=_choices(campaign_id)))


@pages.post("/adjustments/new")
@allow("figures.enter")
def create_adjustment(campaign_id: UUID) -> Response | tuple[str, int]:
    given, form = parse_form(AdjustmentSchema(), request.form, choices=_choices(campaign_id))
    if given is None:
        return _form_page(campaign_id, "adjustment", form), 422
    try:
        service.enter_adjustment(session(), identity(), campaign_id, now(), **given)
    except Invalid as invalid:
        return _form_page(campaign_id, "adjustment", form.with_errors(invalid.fields)), 422
    flash(_("The adjustment is entered and counts."), "success")
    return redirect(url_for("joint.index", campaign_id=campaign_id))


@pages.get("/sources/<key>")
@allow("kpis.edit")
def edit_source(campaign_id: UUID, key: str) -> str:
    kpi = get_kpi(session(), identity(), campaign_id, key)
    source = find_source(session(), kpi.id)
    values = {name: getattr(source, name) for name in SourceSchema().fields} if source else None
    return _source_page(campaign_id, kpi, BoundForm(SourceSchema(), values))


@pages.post("/sources/<key>")
@allow("kpis.edit")
def change_source(campaign_id: UUID, key: str) -> Response | tuple[str, int]:
    kpi = get_kpi(session(), identity(), campaign_id, key)
    wanted, form = parse_form(SourceSchema(), request.form)
    if wanted is None:
        return _source_page(campaign_id, kpi, form), 422
    try:
        sources.set_source(session(), identity(), campaign_id, key, now(), **wanted)
    except Invalid as invalid:
        return _source_page(campaign_id, kpi, form.with_errors(invalid.fields)), 422
    flash(_("From now on %(kpi)s takes its figures from there.", kpi=kpi.name), "success")
    return redirect(url_for("dashboard.show", campaign_id=campaign_id))


def _joint_schema(campaign_id: UUID) -> Schema:
    shares: dict[str, Any] = {
        f"share-{each.organisation_id}": ExactNumber(
            metadata={"label": _("Share of %(partner)s, in %%", partner=each.name or "?"), "widget": "decimal"}
        )
        for each in list_partners(session(), campaign_id)
    }
    return JointSchema.from_dict(shares, name="SharedSchema")(exclude=["shares"])


def _about_shares(invalid: Invalid) -> dict[str, str]:
    """Shares have a field for each partner: what is wrong with all of them stands above the form."""
    return {"" if field == "shares" else field: reason for field, reason in invalid.fields.items()}


def _choices(campaign_id: UUID) -> dict[str, list[tuple[Any, str]]]:
    named = [
        (each.organisation_id, each.name or _("Name not yet known")) for each in list_partners(session(), campaign_id)
    ]
    kpis = [(kpi.key, kpi.name) for kpi in list_kpis(session(), campaign_id) if kpi.aggregation == SUM]
    return {"kpi": kpis, "organisation_id": named, "claimant_id": named}


def _form_page(campaign_id: UUID, which: str, form: BoundForm) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    # What it is about first, then when, how much and whose.
    first = ("kpi", "period_start", "period_end", "organisation_id", "value", "claimant_id")
    names = [each.name for each in form]
    order = [name for name in first if name in names] + [name for name in names if name.startswith("share-")]
    order += [name for name in names if name not in order]
    return render_template(f"measurements/new_{which}.html", campaign=campaign, form=form, order=order)


def _source_page(campaign_id: UUID, kpi: Any, form: BoundForm) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    return render_template("measurements/source.html", campaign=campaign, kpi=kpi, form=form)
