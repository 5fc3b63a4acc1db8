"""Interactions for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.interactions import queries, service
from services.partners.interactions.schemas import InteractionQuery, InteractionSchema, NewInteractionSchema
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow

api = Blueprint("interactions_api", __name__, url_prefix="/partners/api/v1", description="Calls, mails and visits")


@api.get("/organisations/<uuid:organisation_id>/interactions")
@allow("interactions.read")
@api.arguments(InteractionQuery, location="query")
@api.response(200, page_schema(InteractionSchema))
def list_interactions(wanted: dict[str, Any], organisation_id: UUID) -> Any:
    """An organisation's interactions, the latest first, a page at a time."""
    return queries.find_interactions(session(), identity(), organisation_id, **wanted)


@api.post("/organisations/<uuid:organisation_id>/interactions")
@allow("interactions.edit")
@api.arguments(NewInteractionSchema)
@api.response(201, InteractionSchema)
def log_interaction(details: dict[str, Any], organisation_id: UUID) -> Any:
    """Write down that we were in touch, and what comes next."""
    return service.log_interaction(session(), identity(), organisation_id, now(), **details)


@api.get("/interactions/<uuid:interaction_id>")
@allow("interactions.read")
@api.response(200, InteractionSchema)
def show_interaction(interaction_id: UUID) -> Response:
    """One interaction, with its ETag."""
    return _answer(queries.get_interaction(session(), identity(), interaction_id))


@api.put("/interactions/<uuid:interaction_id>")
@allow("interactions.edit")
@api.arguments(InteractionSchema)
@api.response(200, InteractionSchema)
def change_interaction(details: dict[str, Any], interaction_id: UUID) -> Response:
    """Correct an interaction; needs If-Match."""
    changed = service.change_interaction(session(), identity(), interaction_id, expected_version(), now(), **details)
    return _answer(changed)


def _answer(interaction: Any) -> Response:
    return set_etag(jsonify(InteractionSchema().dump(interaction)), interaction.version)
