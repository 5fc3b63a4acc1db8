"""KPIs for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.metrics.indicators import queries
from services.metrics.indicators.schemas.fields import keep_keys
from services.metrics.indicators.schemas.kpis import (
    DigestSchema,
    EditSchema,
    FollowUpSchema,
    KpiListSchema,
    KpiSchema,
    SigningSchema,
    TargetSchema,
)
from services.metrics.indicators.service.follow_ups import add_follow_ups
from services.metrics.indicators.service.kpis import create_kpi, edit_kpi
from services.metrics.indicators.service.signing import propose_target, read_signing, sign_target
from services.metrics.indicators.service.targets import change_target
from services.metrics.known.queries import get_campaign
from shared.web.answers import expected_version, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, settings
from shared.web.policy import allow

api = Blueprint(
    "indicators_api",
    __name__,
    url_prefix="/metrics/api/v1/campaigns/<uuid:campaign_id>/kpis",
    description="What campaigns measure themselves by",
)


@api.get("")
@allow("kpis.read")
@api.response(200, KpiListSchema)
def list_kpis(campaign_id: UUID) -> Any:
    """The campaign's KPIs in the order in which they were made."""
    get_campaign(session(), identity(), campaign_id)
    return {"items": queries.list_whole_kpis(session(), campaign_id)}


@api.post("")
@allow("kpis.edit")
@api.arguments(KpiSchema)
@api.response(201, KpiSchema)
def add_kpi(details: dict[str, Any], campaign_id: UUID) -> Any:
    """Add a KPI. Answers 404 with Retry-After until metrics has heard of the campaign."""
    return create_kpi(session(), identity(), campaign_id, now(), **details)


@api.get("/<key>")
@allow("kpis.read")
@api.response(200, KpiSchema)
def show_kpi(campaign_id: UUID, key: str) -> Response:
    """One KPI, with its ETag."""
    return _answer(queries.get_kpi(session(), identity(), campaign_id, key))


@api.patch("/<key>")
@allow("kpis.edit")
@api.arguments(EditSchema(partial=True))
@api.response(200, KpiSchema)
def change_kpi(changes: dict[str, Any], campaign_id: UUID, key: str) -> Response:
    """Change what may still change; needs If-Match. What was signed needs a reason, which stays as a footnote."""
    kpi = queries.get_kpi(session(), identity(), campaign_id, key)
    if "dimensions" in changes:
        changes["dimensions"] = keep_keys(changes["dimensions"], kpi.dimensions)
    return _answer(edit_kpi(session(), identity(), campaign_id, key, expected_version(), now(), **changes))


@api.put("/<key>/target")
@allow("kpis.edit")
@api.arguments(TargetSchema)
@api.response(200, KpiSchema)
def set_target(wanted: dict[str, Any], campaign_id: UUID, key: str) -> Response:
    """Set another target, with the reason for it; needs If-Match. The former target is kept."""
    changed = change_target(session(), identity(), campaign_id, key, expected_version(), now(), **wanted)
    return _answer(changed)


@api.post("/<key>/follow-ups")
@allow("kpis.edit")
@api.arguments(FollowUpSchema)
@api.response(201, KpiListSchema)
def add_kpis_after(wanted: dict[str, Any], campaign_id: UUID, key: str) -> Any:
    """Add KPIs that ask, months after the campaign, where things stand; answers those that are new."""
    return {"items": add_follow_ups(session(), identity(), campaign_id, key, now(), **wanted)}


@api.get("/<key>/signatures")
@allow("kpis.read")
@api.response(200, SigningSchema)
def show_signing(campaign_id: UUID, key: str) -> Any:
    """What stands to be signed, and who has signed just that."""
    return read_signing(session(), queries.get_kpi(session(), identity(), campaign_id, key))


@api.post("/<key>/proposals")
@allow("targets.propose")
@api.arguments(DigestSchema)
@api.response(200, SigningSchema)
def propose(seen: dict[str, Any], campaign_id: UUID, key: str) -> Any:
    """Sign the target for us, and mail the liaisons of the partners that have not signed yet."""
    return propose_target(session(), identity(), campaign_id, key, seen["digest"], now(), settings().base_url)


@api.post("/<key>/signatures")
@allow("targets.sign")
@api.arguments(DigestSchema)
@api.response(200, SigningSchema)
def sign(seen: dict[str, Any], campaign_id: UUID, key: str) -> Any:
    """Sign the target for the liaison's organisation."""
    return sign_target(session(), identity(), campaign_id, key, seen["digest"], now())


def _answer(kpi: Any) -> Response:
    return set_etag(jsonify(KpiSchema().dump(kpi)), kpi.version)
