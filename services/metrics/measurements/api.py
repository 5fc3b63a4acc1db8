"""The ledger for programs."""

from typing import Any
from uuid import UUID

from services.metrics.indicators.queries import get_kpi, list_kpis
from services.metrics.known.queries import get_campaign
from services.metrics.measurements import queries
from services.metrics.measurements.schemas import (
    DecidedSchema,
    FigureQuery,
    FigureSchema,
    RejectSchema,
    VerifySchema,
)
from services.metrics.measurements.service import verdicts
from shared.web.answers import page_schema
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow

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
    return queries.find_figures(session(), identity(), choose_kpis(campaign_id, wanted.pop("kpi")), **wanted)


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


def choose_kpis(campaign_id: UUID, key: str | None) -> list[UUID]:
    """The ids of the campaign's KPIs, or of the one with this key; raises `NotFound` for what one may not see."""
    if key:
        return [get_kpi(session(), identity(), campaign_id, key).id]
    get_campaign(session(), identity(), campaign_id)
    return [kpi.id for kpi in list_kpis(session(), campaign_id)]
