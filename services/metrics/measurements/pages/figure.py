"""One figure for people: its whole chain, its evidence, and entering one for a partner."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response

from services.metrics.alerts.levels import REPORTED, SUM, WEIGHTED_MEAN
from services.metrics.indicators.queries import get_kpi, list_kpis
from services.metrics.known.queries import get_campaign, list_partners, name_organisations
from services.metrics.measurements.queries import records
from services.metrics.measurements.schemas import EntryFormSchema, FigureEvidenceSchema
from services.metrics.measurements.service import entry
from services.metrics.measurements.words import ACTIONS, FIELDS, FLAG_NAMES, SOURCE_NAMES, STATUS_NAMES, STATUS_TONES
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, NotFound
from shared.fields import ExactNumber
from shared.files import StoredFile
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm, parse_form
from shared.web.history import tell_history
from shared.web.policy import allow
from shared.web.uploads import send_stored, takes_files

pages = Blueprint("figures", __name__, url_prefix="/metrics/campaigns/<uuid:campaign_id>/figures")


@pages.get("/<uuid:figure_id>")
@allow("figures.read")
def show(campaign_id: UUID, figure_id: UUID) -> str:
    return _figure_page(campaign_id, figure_id, BoundForm(FigureEvidenceSchema()))


@pages.get("/<uuid:figure_id>/evidence")
@allow("figures.read")
def show_evidence(campaign_id: UUID, figure_id: UUID) -> Response:
    figure = records.get_figure(session(), identity(), campaign_id, figure_id, today=today())
    kept = figure.evidence or {}
    # A photo of a list of names is for its partner and for us, though the sum is everybody's.
    if "sha256" not in kept or not identity().may_see(figure.organisation_id):
        raise NotFound
    return send_stored(StoredFile(kept["name"], kept["media_type"], kept["size"], kept["sha256"]))


@pages.post("/<uuid:figure_id>/evidence")
@allow("figures.enter")
@takes_files
def add_evidence(campaign_id: UUID, figure_id: UUID) -> Response | tuple[str, int]:
    given, form = parse_form(FigureEvidenceSchema(), request.form, files=request.files)
    if given is None:
        return _figure_page(campaign_id, figure_id, form), 422
    try:
        entry.add_evidence(session(), identity(), campaign_id, figure_id, now(), **given)
    except Invalid as invalid:
        return _figure_page(campaign_id, figure_id, form.with_errors(invalid.fields)), 422
    except Conflict as conflict:
        return _figure_page(campaign_id, figure_id, form.with_errors({"": conflict.detail})), 409
    flash(_("The evidence is added."), "success")
    return redirect(url_for("figures.show", campaign_id=campaign_id, figure_id=figure_id))


@pages.get("/new")
@allow("figures.enter")
def new(campaign_id: UUID) -> str:
    return _entry_page(campaign_id, None)


@pages.post("/new")
@allow("figures.enter")
@takes_files
def create(campaign_id: UUID) -> Response | tuple[str, int]:
    kpi = get_kpi(session(), identity(), campaign_id, request.args.get("kpi", ""))
    schema, choices = _entry_schema(kpi), _choices(campaign_id)
    typed, form = parse_form(schema, request.form, files=request.files, choices=choices)
    if typed is None:
        return _entry_page(campaign_id, form), 422
    given = {name: value for name, value in typed.items() if not name.startswith("part-")}
    given["note_text"] = given.pop("note", None)
    try:
        figure_id = entry.enter_figure(
            session(), identity(), campaign_id, now(), kpi=kpi.key, parts=_read_parts(kpi, typed), **given
        )
    except Invalid as invalid:
        return _entry_page(campaign_id, form.with_errors(invalid.fields)), 422
    except Conflict as conflict:
        return _entry_page(campaign_id, form.with_errors({"reference": conflict.detail})), 409
    flash(_("The figure is entered."), "success")
    return redirect(url_for("figures.show", campaign_id=campaign_id, figure_id=figure_id))


def _choices(campaign_id: UUID) -> dict[str, list[tuple[Any, str]]]:
    partners = list_partners(session(), campaign_id)
    return {"organisation_id": [(each.organisation_id, each.name or _("Name not yet known")) for each in partners]}


def _entry_schema(kpi: Any) -> Schema:
    """The form for one KPI: with a weight if it is a weighted mean, and a field for each of its categories."""
    parts: dict[str, Any] = {}
    for dimension in kpi.dimensions if kpi.aggregation == SUM else []:
        for category in dimension["categories"]:
            label = f"{dimension['name']}: {category['name']}"
            parts[_part(dimension, category)] = ExactNumber(metadata={"label": label, "widget": "decimal"})
    made: type[Schema] = EntryFormSchema.from_dict(parts, name="PartedEntrySchema")
    left_out = ["kpi", "parts"] + ([] if parts else ["parts_note"])
    return made(exclude=left_out if kpi.aggregation == WEIGHTED_MEAN else [*left_out, "weight"])


def _part(dimension: Mapping[str, Any], category: Mapping[str, Any]) -> str:
    return f"part-{dimension['key']}-{category['key']}"


def _read_parts(kpi: Any, typed: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    parts = {
        dimension["key"]: {
            category["key"]: typed[_part(dimension, category)]
            for category in dimension["categories"]
            if typed.get(_part(dimension, category)) is not None
        }
        for dimension in kpi.dimensions
    }
    return {key: given for key, given in parts.items() if given}


def _entry_page(campaign_id: UUID, form: BoundForm | None) -> str:
    campaign = get_campaign(session(), identity(), campaign_id)
    kpis = [kpi for kpi in list_kpis(session(), campaign_id) if kpi.aggregation in REPORTED]
    key = request.args.get("kpi") or (kpis[0].key if len(kpis) == 1 else "")
    kpi = next((each for each in kpis if each.key == key), None)
    if kpi is not None and form is None:
        form = BoundForm(_entry_schema(kpi), choices=_choices(campaign_id))
    # Parts stand beside the figure that they add up to.
    first = ("organisation_id", "value", "weight", "period_start", "period_end")
    fields = [each.name for each in form] if form else []
    order = [name for name in first if name in fields] + [name for name in fields if name.startswith("part-")]
    order += [name for name in fields if name not in order]
    return render_template("measurements/new.html", campaign=campaign, kpis=kpis, kpi=kpi, form=form, order=order)


def _figure_page(campaign_id: UUID, figure_id: UUID, form: BoundForm) -> str:
    figure = records.get_figure(session(), identity(), campaign_id, figure_id, today=today())
    chain = records.list_chain(session(), identity(), figure, today=today())
    kpi = next(each for each in list_kpis(session(), campaign_id) if each.id == figure.kpi_id)
    claim = records.map_claims(session(), [figure.claim_id]).get(figure.claim_id) if figure.claim_id else None
    shares = [(UUID(each["organisation_id"]), each["value"]) for each in claim.shares] if claim else []
    mine = identity().may_see(figure.organisation_id)
    return render_template(
        "measurements/show.html",
        campaign=get_campaign(session(), identity(), campaign_id),
        figure=figure,
        kpi=kpi,
        chain=chain,
        decisions=records.list_verdicts(session(), [each.id for each in chain]),
        flags=records.map_flags(session(), [figure.id]).get(figure.id, []) if mine else [],
        shares=shares,
        claim=claim,
        names=name_organisations(session(), {figure.organisation_id, *(each for each, _value in shares)}),
        named={dimension["key"]: dimension for dimension in kpi.dimensions},
        statuses=STATUS_NAMES,
        tones=STATUS_TONES,
        sources=SOURCE_NAMES,
        flag_names=FLAG_NAMES,
        mine=mine,
        form=form,
        entries=tell_history(list_history(session(), figure.id), ACTIONS, FIELDS, {}) if mine else [],
    )
