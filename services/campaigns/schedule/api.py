"""Milestones for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.campaigns.schedule import queries, service
from services.campaigns.schedule.models import Milestone
from services.campaigns.schedule.schemas import DropSchema, MilestoneSchema, ReachedSchema
from shared.web.answers import PageQuery, expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, today
from shared.web.policy import allow

api = Blueprint(
    "schedule_api", __name__, url_prefix="/campaigns/api/v1", description="What a campaign should reach by when"
)


@api.get("/campaigns/<uuid:campaign_id>/milestones")
@allow("campaigns.read")
@api.arguments(PageQuery, location="query")
@api.response(200, page_schema(MilestoneSchema))
def list_milestones(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """The campaign's milestones, the last first, a page at a time."""
    return queries.find_milestones(session(), identity(), campaign_id, **wanted)


@api.post("/campaigns/<uuid:campaign_id>/milestones")
@allow("campaigns.edit")
@api.arguments(MilestoneSchema)
@api.response(201, MilestoneSchema)
def set_milestone(details: dict[str, Any], campaign_id: UUID) -> Response:
    """Set a milestone."""
    return _answer(service.set_milestone(session(), identity(), campaign_id, now(), **details), 201)


@api.get("/milestones/<uuid:milestone_id>")
@allow("campaigns.read")
@api.response(200, MilestoneSchema)
def show_milestone(milestone_id: UUID) -> Response:
    """One milestone, with its ETag."""
    return _answer(queries.get_milestone(session(), identity(), milestone_id))


@api.put("/milestones/<uuid:milestone_id>")
@allow("campaigns.edit")
@api.arguments(MilestoneSchema)
@api.response(200, MilestoneSchema)
def change_milestone(details: dict[str, Any], milestone_id: UUID) -> Response:
    """Give an open milestone another title or day; needs If-Match."""
    return _answer(service.change_milestone(session(), identity(), milestone_id, expected_version(), now(), **details))


@api.post("/milestones/<uuid:milestone_id>/reached")
@allow("campaigns.edit")
@api.arguments(ReachedSchema)
@api.response(200, MilestoneSchema)
def reach_milestone(details: dict[str, Any], milestone_id: UUID) -> Response:
    """Say that it was reached."""
    return _answer(service.reach_milestone(session(), identity(), milestone_id, now(), today(), **details))


@api.post("/milestones/<uuid:milestone_id>/dropped")
@allow("campaigns.edit")
@api.arguments(DropSchema)
@api.response(200, MilestoneSchema)
def drop_milestone(details: dict[str, Any], milestone_id: UUID) -> Response:
    """Give it up, with the reason."""
    return _answer(service.drop_milestone(session(), identity(), milestone_id, details["reason"], now()))


def _answer(milestone: Milestone, status: int = 200) -> Response:
    response = set_etag(jsonify(MilestoneSchema().dump(milestone)), milestone.version)
    response.status_code = status
    return response
