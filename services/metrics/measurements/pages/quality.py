"""What was noticed about figures, and what changed after months were reported on, for people."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.metrics.indicators.queries import find_kpi, list_kpis
from services.metrics.known.queries import get_campaign, list_partners, name_organisations
from services.metrics.measurements.queries import records
from services.metrics.measurements.schemas import ExplainSchema, FlagQuery, LockSchema, RestatementQuery
from services.metrics.measurements.service.flags import explain_flag
from services.metrics.measurements.service.locks import lock_months
from services.metrics.measurements.words import ACTIONS, FIELDS, FLAG_NAMES, STATUS_NAMES
from shared.database.history import list_history
from shared.errors import Conflict, Invalid
from shared.web.answers import parse_query
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm, parse_form
from shared.web.history import tell_history
from shared.web.policy import allow

pages = Blueprint("quality", __name__, url_prefix="/metrics/campaigns/<uuid:campaign_id>/figures")


@pages.get("/flags")
@allow("figures.read")
def flags(campaign_id: UUID) -> str:
    return _flags_page(campaign_id)


@pages.post("/flags/<uuid:flag_id>/explain")
@allow("figures.decide")
def explain(campaign_id: UUID, flag_id: UUID) -> Response | tuple[str, int]:
    given, form = parse_form(ExplainSchema(), request.form)
    if given is None:
        return _flags_page(campaign_id, flag_id, " ".join(line.message for line in form.error_lines)), 422
    try:
        explain_flag(session(), identity(), campaign_id, flag_id, given["note"], now())
    except Conflict as conflict:
        return _flags_page(campaign_id, flag_id, conflict.detail), 409
    flash(_("It is explained."), "success")
    return redirect(url_for("quality.flags", campaign_id=campaign_id))


@pages.get("/restatements")
@allow("figures.read")
def restatements(campaign_id: UUID) -> str:
    return _restatements_page(campaign_id, BoundForm(LockSchema()))


@pages.post("/locks")
@allow("figures.lock")
def lock(campaign_id: UUID) -> Response | tuple[str, int]:
    given, form = parse_form(LockSchema(), request.form)
    if given is None:
        return _restatements_page(campaign_id, form), 422
    try:
        locked = lock_months(session(), identity(), campaign_id, given["first"], given["last"], now(), given["reason"])
    except Invalid as invalid:
        return _restatements_page(campaign_id, form.with_errors(invalid.fields)), 422
    flash(ngettext("One month is locked.", "%(num)s months are locked.", locked), "success")
    return redirect(url_for("quality.restatements", campaign_id=campaign_id))


def _flags_page(campaign_id: UUID, refused_id: UUID | None = None, problem: str = "") -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    wanted = parse_query(FlagQuery())
    kpis = {kpi.id: kpi for kpi in list_kpis(session(), campaign_id)}
    chosen = find_kpi(session(), campaign_id, wanted["kpi"]) if wanted["kpi"] else None
    page = records.find_flags(
        session(), identity(), [chosen.id] if chosen else list(kpis), kind=wanted["kind"],
        organisation_id=wanted["organisation_id"], open_only=not wanted["all"], cursor=wanted["cursor"],
        limit=wanted["limit"],
    )  # fmt: skip
    partners = list_partners(session(), campaign_id) if identity().is_staff else []
    return render_template(
        "measurements/flags.html",
        campaign=campaign,
        page=page,
        kpis=kpis,
        wanted=wanted,
        partners=[(each.organisation_id, each.name or _("Name not yet known")) for each in partners],
        kpi_choices=[(kpi.key, kpi.name) for kpi in kpis.values()],
        names=name_organisations(session(), {each.organisation_id for each in page.items}),
        flag_names=FLAG_NAMES,
        refused_id=refused_id,
        problem=problem,
        typed=request.form.get("note", ""),
    )


def _restatements_page(campaign_id: UUID, form: BoundForm) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    wanted = parse_query(RestatementQuery())
    page = records.find_restatements(session(), identity(), campaign_id, today=today(), **wanted)
    entries = [each for each in list_history(session(), campaign_id) if each.action == "locked months"]
    return render_template(
        "measurements/restatements.html",
        campaign=campaign,
        page=page,
        locks=records.list_locks(session(), campaign_id),
        kpis={kpi.id: kpi for kpi in list_kpis(session(), campaign_id)},
        names=name_organisations(session(), {each.organisation_id for each in page.items}),
        statuses=STATUS_NAMES,
        name_month=lambda month: format_date(month, "MMMM y"),
        form=form,
        entries=tell_history(entries, ACTIONS, FIELDS, {}),
    )
