"""Opportunities for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.opportunities import queries, service
from services.partners.opportunities.schemas import OpportunityMoveSchema, OpportunityQuery, OpportunitySchema
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow

api = Blueprint(
    "opportunities_api", __name__, url_prefix="/partners/api/v1", description="What we might do together next"
)


@api.get("/opportunities")
@allow("opportunities.read")
@api.arguments(OpportunityQuery, location="query")
@api.response(200, page_schema(OpportunitySchema))
def list_opportunities(wanted: dict[str, Any]) -> Any:
    """Opportunities, the newest first, a page at a time."""
    return queries.find_opportunities(session(), **wanted)


@api.post("/organisations/<uuid:organisation_id>/opportunities")
@allow("opportunities.edit")
@api.arguments(OpportunitySchema)
@api.response(201, OpportunitySchema)
def add_opportunity(details: dict[str, Any], organisation_id: UUID) -> Any:
    """Note an idea for the next collaboration."""
    return service.add_opportunity(session(), identity(), organisation_id, now(), **details)


@api.get("/opportunities/<uuid:opportunity_id>")
@allow("opportunities.read")
@api.response(200, OpportunitySchema)
def show_opportunity(opportunity_id: UUID) -> Response:
    """One opportunity, with its ETag."""
    return _answer(queries.get_opportunity(session(), identity(), opportunity_id))


@api.put("/opportunities/<uuid:opportunity_id>")
@allow("opportunities.edit")
@api.arguments(OpportunitySchema)
@api.response(200, OpportunitySchema)
def change_opportunity(details: dict[str, Any], opportunity_id: UUID) -> Response:
    """Change an opportunity; needs If-Match."""
    changed = service.change_opportunity(session(), identity(), opportunity_id, expected_version(), now(), **details)
    return _answer(changed)


@api.post("/opportunities/<uuid:opportunity_id>/stage")
@allow("opportunities.edit")
@api.arguments(OpportunityMoveSchema)
@api.response(200, OpportunitySchema)
def move_opportunity(wanted: dict[str, Any], opportunity_id: UUID) -> Response:
    """Move it to another stage, for a reason."""
    return _answer(service.move_opportunity(session(), identity(), opportunity_id, now=now(), **wanted))


def _answer(opportunity: Any) -> Response:
    return set_etag(jsonify(OpportunitySchema().dump(opportunity)), opportunity.version)
