"""KPIs for people: adding one to a campaign, all that is known of it, and changing what may still change."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.metrics.alerts.levels import DERIVED, FORMULA, RATIO, SUM
from services.metrics.indicators import queries
from services.metrics.indicators.models import Kpi
from services.metrics.indicators.pages.blueprint import KPIS, pages
from services.metrics.indicators.rhythm import find_next_period
from services.metrics.indicators.schemas.fields import keep_keys, write_dimensions
from services.metrics.indicators.schemas.kpis import EditSchema, KpiSchema, name_fields, narrow_choices
from services.metrics.indicators.service.follow_ups import list_levels
from services.metrics.indicators.service.kpis import create_kpi, edit_kpi, may_be_remade
from services.metrics.indicators.service.signing import read_signing
from services.metrics.indicators.words import tell_footnotes, tell_history, words_of_kpis
from services.metrics.known.queries import get_campaign, list_partners, name_organisations
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.web.context import identity, now, session, settings, today
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version


@pages.get(f"{KPIS}/new")
@allow("kpis.edit")
def new(campaign_id: UUID) -> str:
    return _new_page(campaign_id, BoundForm(_new_schema(), _prefill(), choices=_choices(campaign_id, _begin_as())))


@pages.post(f"{KPIS}/new")
@allow("kpis.edit")
def create(campaign_id: UUID) -> Saved:
    def save(details: Any) -> Response:
        try:
            kpi = create_kpi(session(), identity(), campaign_id, now(), **details)
        except Conflict as conflict:
            raise Invalid({"key": conflict.detail}) from conflict
        flash(_("%(kpi)s is added. Its key is %(key)s.", kpi=kpi.name, key=kpi.key), "success")
        return redirect(url_for("indicators.show", campaign_id=campaign_id, key=kpi.key))

    choices = _choices(campaign_id, _begin_as())
    return save_form(_new_schema(), save, partial(_new_page, campaign_id), choices=choices)


@pages.get(f"{KPIS}/<key>")
@allow("kpis.read")
def show(campaign_id: UUID, key: str) -> str:
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)
    [goal] = queries.list_goals(session(), [kpi])
    changes = queries.list_target_changes(session(), [kpi.id])
    signing = read_signing(session(), kpi)
    names = name_organisations(session(), signing.theirs)
    indicator = queries.get_indicator(session(), kpi.indicator_id) if kpi.indicator_id else None
    parent = queries.get_kpi_by_id(session(), kpi.follows_id) if kpi.follows_id else None
    follow_ups = queries.list_follow_ups(session(), [(parent or kpi).id])
    return render_template(
        "indicators/show.html",
        campaign=get_campaign(session(), identity(), campaign_id),
        kpi=kpi,
        goal=goal,
        words=words_of_kpis(),
        reporters=[names.get(each) or _("Name not yet known") for each in signing.theirs],
        signing=signing,
        signed=any(each.digest != signing.digest for each in queries.list_signatures(session(), kpi.id)),
        names=names,
        us=settings().brand_name,
        period=find_next_period(kpi.frequency, goal.starts_on, goal.ends_on, kpi.grace_days, today()),
        indicator=indicator,
        parent=parent,
        levels=list_levels(session(), [parent or kpi, *follow_ups]) if follow_ups else [],
        footnotes=tell_footnotes(kpi, changes, names),
        entries=tell_history(list_history(session(), kpi.id)),
        derived=kpi.aggregation in DERIVED,
    )


@pages.get(f"{KPIS}/<key>/edit")
@allow("kpis.edit")
def edit(campaign_id: UUID, key: str) -> str:
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)
    values = {**_read(kpi), "dimensions": write_dimensions(kpi.dimensions), "reason": ""}
    form = BoundForm(_edit_schema(kpi), values, choices=_choices(campaign_id, kpi.aggregation))
    return _edit_page(kpi, form)


@pages.post(f"{KPIS}/<key>/edit")
@allow("kpis.edit")
def change(campaign_id: UUID, key: str) -> Saved:
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)

    def save(changes: Any) -> Response:
        if "dimensions" in changes:
            changes["dimensions"] = keep_keys(changes["dimensions"], kpi.dimensions)
        edit_kpi(session(), identity(), campaign_id, key, seen_version(), now(), **changes)
        flash(_("The KPI is saved."), "success")
        return redirect(url_for("indicators.show", campaign_id=campaign_id, key=key))

    choices = _choices(campaign_id, kpi.aggregation)
    return save_form(_edit_schema(kpi), save, partial(_edit_page, kpi), choices=choices)


def _begin_as() -> str:
    """The aggregation that the form for a new KPI begins with."""
    asked = request.values.get("aggregation", "")
    return asked if asked in DERIVED else RATIO if request.args.get("worked_out") else SUM


def _new_schema() -> KpiSchema:
    return KpiSchema(only=name_fields(_begin_as(), creating=True))


def _edit_schema(kpi: Kpi) -> EditSchema:
    return EditSchema(only=name_fields(kpi.aggregation, creating=False, free=may_be_remade(session(), kpi)))


def _prefill() -> Mapping[str, Any] | None:
    """What the form begins with: the definition of the library that was chosen."""
    chosen = request.args.get("indicator", type=UUID)
    if chosen is None:
        return {"aggregation": RATIO} if _begin_as() in (RATIO, FORMULA) else None
    try:
        indicator = queries.get_indicator(session(), chosen)
    except NotFound:
        return None
    names = ("name", "unit", "aggregation", "direction", "means")
    taken = {name: getattr(indicator, name) for name in names}
    lines = write_dimensions(indicator.dimensions)
    return {**taken, "key": indicator.code, "indicator_id": indicator.id, "dimensions": lines}


def _choices(campaign_id: UUID, aggregation: str) -> dict[str, list[tuple[Any, Any]]]:
    partners = list_partners(session(), campaign_id)
    named = [(each.organisation_id, each.name or _("Name not yet known")) for each in partners]
    return {"reporters": named, "aggregation": narrow_choices(aggregation)}


def _read(kpi: Kpi) -> dict[str, Any]:
    names = ("name", "verification", "frequency", "grace_days", "pace", "means", "unit", "aggregation", "formula")
    values = {name: getattr(kpi, name) for name in (*names, "direction", "baseline")}
    return {**values, "reporters": list(kpi.reporters)}


def _new_page(campaign_id: UUID, form: BoundForm, stale: Stale | None = None) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    derived = _begin_as() in DERIVED
    kpis = [each for each in queries.list_kpis(session(), campaign_id) if each.aggregation not in DERIVED]
    library = queries.find_indicators(session(), cursor=None, limit=200).items if not derived else []
    return render_template(
        "indicators/form.html", campaign=campaign, form=form, derived=derived, inputs=kpis, library=library
    )


def _edit_page(kpi: Kpi, form: BoundForm, stale: Stale | None = None) -> str:
    campaign = get_campaign(session(), identity(), kpi.campaign_id)
    free = may_be_remade(session(), kpi)
    return render_template("indicators/edit.html", campaign=campaign, kpi=kpi, form=form, stale=stale, free=free)
