"""Decisions for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.campaigns.decisions import queries, service
from services.campaigns.decisions.models import Decision
from services.campaigns.decisions.schemas import DecisionQuery, DecisionSchema, WithdrawalSchema
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, today
from shared.web.policy import allow

api = Blueprint("decisions_api", __name__, url_prefix="/campaigns/api/v1", description="What was decided in a campaign")


@api.get("/campaigns/<uuid:campaign_id>/decisions")
@allow("campaigns.read")
@api.arguments(DecisionQuery, location="query")
@api.response(200, page_schema(DecisionSchema))
def list_decisions(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """The campaign's decisions, the latest first, a page at a time."""
    return queries.find_decisions(session(), identity(), campaign_id, **wanted)


@api.post("/campaigns/<uuid:campaign_id>/decisions")
@allow("campaigns.edit")
@api.arguments(DecisionSchema)
@api.response(201, DecisionSchema)
def record_decision(details: dict[str, Any], campaign_id: UUID) -> Response:
    """Put a decision on record."""
    made = service.record_decision(session(), identity(), campaign_id, now(), today(), **details)
    return _answer(made, 201)


@api.get("/decisions/<uuid:decision_id>")
@allow("campaigns.read")
@api.response(200, DecisionSchema)
def show_decision(decision_id: UUID) -> Response:
    """One decision, with its ETag."""
    return _answer(queries.get_decision(session(), identity(), decision_id))


@api.put("/decisions/<uuid:decision_id>")
@allow("campaigns.edit")
@api.arguments(DecisionSchema)
@api.response(200, DecisionSchema)
def change_decision(details: dict[str, Any], decision_id: UUID) -> Response:
    """Put a decision in other words; needs If-Match."""
    seen = expected_version()
    return _answer(service.change_decision(session(), identity(), decision_id, seen, now(), today(), **details))


@api.post("/decisions/<uuid:decision_id>/withdrawal")
@allow("campaigns.edit")
@api.arguments(WithdrawalSchema)
@api.response(200, DecisionSchema)
def withdraw_decision(wanted: dict[str, Any], decision_id: UUID) -> Response:
    """Let a decision hold no longer; it stays on record with the reason."""
    return _answer(service.withdraw_decision(session(), identity(), decision_id, wanted["reason"], now()))


def _answer(decision: Decision, status: int = 200) -> Response:
    response = set_etag(jsonify(DecisionSchema().dump(decision)), decision.version)
    response.status_code = status
    return response
