"""The ledger for programs."""

from typing import Any
from uuid import UUID

from services.metrics.indicators.queries import get_kpi, list_kpis
from services.metrics.known.queries import get_campaign
from services.metrics.measurements import queries
from services.metrics.measurements.queries import overdue, records
from services.metrics.measurements.schemas import (
    AdjustmentSchema,
    DecidedSchema,
    DecideMatchingSchema,
    EnteredSchema,
    EntrySchema,
    ExplainSchema,
    FigureEvidenceSchema,
    FigureQuery,
    FigureSchema,
    FlagQuery,
    FlagSchema,
    JointNotesSchema,
    JointSchema,
    LockedMonthsSchema,
    LockSchema,
    OverdueQuery,
    OverdueSchema,
    RejectSchema,
    RestatementQuery,
    RestatementSchema,
    SourceSchema,
    VerifySchema,
    WholeFigureSchema,
)
from services.metrics.measurements.service import entry, flags, joint, locks, sources, verdicts
from shared.web.answers import page_schema
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, today
from shared.web.policy import allow
from shared.web.uploads import takes_files

api = Blueprint(
    "measurements_api",
    __name__,
    url_prefix="/metrics/api/v1/campaigns/<uuid:campaign_id>/measurements",
    description="Reported figures: provisional until verified, or rejected",
)


@api.get("")
@allow("figures.read")
@api.arguments(FigureQuery, location="query")
@api.response(200, page_schema(FigureSchema))
def list_figures(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """The campaign's figures, the newest first, a page at a time."""
    kpi_ids = choose_kpis(campaign_id, wanted.pop("kpi"))
    return queries.find_figures(session(), identity(), kpi_ids, today=today(), **wanted)


@api.post("")
@allow("figures.enter")
@api.arguments(EntrySchema)
@api.response(201, EnteredSchema)
def enter_figure(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Enter a figure for a partner, or correct the one that has its reference."""
    given = {"note_text": wanted.pop("note", None), **wanted}
    return {"id": entry.enter_figure(session(), identity(), campaign_id, now(), **given)}


@api.get("/<uuid:figure_id>")
@allow("figures.read")
@api.response(200, WholeFigureSchema)
def show_figure(campaign_id: UUID, figure_id: UUID) -> Any:
    """One figure with its corrections, verdicts and flags."""
    figure = records.get_figure(session(), identity(), campaign_id, figure_id, today=today())
    told = {name: getattr(figure, name) for name in FigureSchema().fields}
    mine = identity().may_see(figure.organisation_id)
    return {
        **told,
        "chain": records.list_chain(session(), identity(), figure, today=today()),
        "verdicts": records.list_verdicts(session(), [figure.id]),
        "flags": records.map_flags(session(), [figure.id]).get(figure.id, []) if mine else [],
    }


@api.post("/<uuid:figure_id>/evidence")
@allow("figures.enter")
@takes_files
@api.arguments(FigureEvidenceSchema(only=["file"]), location="files")
@api.arguments(FigureEvidenceSchema(only=["link"]), location="form")
@api.response(200, FigureSchema)
def add_evidence(sent: dict[str, Any], typed: dict[str, Any], campaign_id: UUID, figure_id: UUID) -> Any:
    """Add evidence to a figure that has none: a file or a link."""
    return entry.add_evidence(session(), identity(), campaign_id, figure_id, now(), **sent, **typed)


@api.post("/verify")
@allow("figures.decide")
@api.arguments(VerifySchema)
@api.response(200, DecidedSchema)
def verify_figures(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Let figures count as verified."""
    return {"changed": verdicts.verify_figures(session(), identity(), campaign_id, wanted["ids"], now())}


@api.post("/reject")
@allow("figures.decide")
@api.arguments(RejectSchema)
@api.response(200, DecidedSchema)
def reject_figures(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Let figures not count, for a reason."""
    changed = verdicts.reject_figures(session(), identity(), campaign_id, wanted["ids"], wanted["reason"], now())
    return {"changed": changed}


@api.post("/return")
@allow("figures.decide")
@api.arguments(RejectSchema)
@api.response(200, DecidedSchema)
def return_figures(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Give figures back to their partners, with a note."""
    changed = verdicts.return_figures(session(), identity(), campaign_id, wanted["ids"], wanted["reason"], now())
    return {"changed": changed}


@api.post("/decide")
@allow("figures.decide")
@api.arguments(DecideMatchingSchema)
@api.response(200, DecidedSchema)
def decide_matching(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Decide on all figures that fit a filter, up to the newest that was seen."""
    verdict, reason = wanted.pop("verdict"), wanted.pop("reason")
    changed = verdicts.decide_matching(session(), identity(), campaign_id, verdict, reason, now(), **wanted)
    return {"changed": changed}


@api.get("/flags")
@allow("figures.read")
@api.arguments(FlagQuery, location="query")
@api.response(200, page_schema(FlagSchema))
def list_flags(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """What was noticed about figures and periods, the newest first, a page at a time."""
    kpi_ids, everything = choose_kpis(campaign_id, wanted.pop("kpi")), wanted.pop("all")
    return records.find_flags(session(), identity(), kpi_ids, open_only=not everything, **wanted)


@api.post("/flags/<uuid:flag_id>/explanation")
@allow("figures.decide")
@api.arguments(ExplainSchema)
@api.response(200, FlagSchema)
def explain_flag(wanted: dict[str, Any], campaign_id: UUID, flag_id: UUID) -> Any:
    """Say what a flag was about; it is closed."""
    return flags.explain_flag(session(), identity(), campaign_id, flag_id, wanted["note"], now())


@api.get("/overdue")
@allow("figures.read")
@api.arguments(OverdueQuery, location="query")
@api.response(200, page_schema(OverdueSchema))
def list_overdue(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Periods whose figures partners owe by the agreed frequency, the latest notice first, a page at a time."""
    get_campaign(session(), identity(), campaign_id)
    return overdue.find_overdue(session(), identity(), campaign_id=campaign_id, **wanted)


@api.get("/joint")
@allow("figures.read")
@api.response(200, JointNotesSchema)
def list_joint_work(campaign_id: UUID) -> Any:
    """Joint claims and adjustments that are in the campaign's sums."""
    kpi_ids = choose_kpis(campaign_id, None)
    return {"items": records.list_joint_work(session(), identity(), kpi_ids, today=today())}


@api.post("/joint")
@allow("figures.enter")
@api.arguments(JointSchema)
@api.response(201, EnteredSchema)
def enter_joint_claim(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Enter work that several partners did together, as each one's share."""
    shares = {each["organisation_id"]: each["share"] for each in wanted.pop("shares")}
    given = {"note_text": wanted.pop("note"), **wanted}
    return joint.enter_joint_claim(session(), identity(), campaign_id, now(), shares=shares, **given)


@api.post("/adjustments")
@allow("figures.enter")
@api.arguments(AdjustmentSchema)
@api.response(201, EnteredSchema)
def enter_adjustment(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Take an overlap out of a partner's figures."""
    return {"id": joint.enter_adjustment(session(), identity(), campaign_id, now(), **wanted)}


@api.get("/locks")
@allow("figures.read")
@api.response(200, LockedMonthsSchema)
def list_locks(campaign_id: UUID) -> Any:
    """The months that were reported on."""
    get_campaign(session(), identity(), campaign_id)
    return {"items": records.list_locks(session(), campaign_id)}


@api.post("/locks")
@allow("figures.lock")
@api.arguments(LockSchema)
@api.response(200, DecidedSchema)
def lock_months(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Lock months: what changes in them from now on is a restatement."""
    changed = locks.lock_months(
        session(), identity(), campaign_id, wanted["first"], wanted["last"], now(), wanted["reason"]
    )
    return {"changed": changed}


@api.get("/restatements")
@allow("figures.read")
@api.arguments(RestatementQuery, location="query")
@api.response(200, page_schema(RestatementSchema))
def list_restatements(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """What changed in locked months, the newest first, a page at a time."""
    return records.find_restatements(session(), identity(), campaign_id, today=today(), **wanted)


@api.put("/sources/<key>")
@allow("kpis.edit")
@api.arguments(SourceSchema)
@api.response(200, SourceSchema)
def set_source(wanted: dict[str, Any], campaign_id: UUID, key: str) -> Any:
    """Say from which reports a KPI takes its figures."""
    get_kpi(session(), identity(), campaign_id, key)
    sources.set_source(session(), identity(), campaign_id, key, now(), **wanted)
    return wanted


def choose_kpis(campaign_id: UUID, key: str | None) -> list[UUID]:
    """The ids of the campaign's KPIs, or of the one with this key; raises `NotFound` for what one may not see."""
    if key:
        return [get_kpi(session(), identity(), campaign_id, key).id]
    get_campaign(session(), identity(), campaign_id)
    return [kpi.id for kpi in list_kpis(session(), campaign_id)]
