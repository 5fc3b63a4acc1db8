"""Contributions and stories for programs."""

from typing import Any
from uuid import UUID

from services.metrics.giving import queries
from services.metrics.giving.models import CONTRIBUTIONS, STORIES
from services.metrics.giving.schemas import (
    ContributionGivenSchema,
    GivenDecisionSchema,
    GivenQuery,
    GivingSchema,
    StoryGivenSchema,
)
from services.metrics.giving.service import decide_given
from shared.web.answers import page_schema
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, today
from shared.web.policy import allow

api = Blueprint(
    "giving_api",
    __name__,
    url_prefix="/metrics/api/v1/campaigns/<uuid:campaign_id>",
    description="What partners give and tell beside their figures",
)


@api.get("/giving")
@allow("giving.read")
@api.response(200, GivingSchema)
def show_giving(campaign_id: UUID) -> Any:
    """What each partner promised and gave, by kind and unit, and since when it is a partner."""
    return queries.read_giving(session(), identity(), campaign_id, today())


@api.get("/contributions")
@allow("giving.read")
@api.arguments(GivenQuery, location="query")
@api.response(200, page_schema(ContributionGivenSchema))
def list_contributions(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Contributions as they were reported, the newest day first, a page at a time."""
    return queries.find_given(session(), identity(), campaign_id, CONTRIBUTIONS, today=today(), **wanted)


@api.get("/stories")
@allow("giving.read")
@api.arguments(GivenQuery, location="query")
@api.response(200, page_schema(StoryGivenSchema))
def list_stories(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """Stories, the newest day first, a page at a time."""
    return queries.find_given(session(), identity(), campaign_id, STORIES, today=today(), **wanted)


@api.post("/contributions/<uuid:contribution_id>/verdict")
@allow("giving.decide")
@api.arguments(GivenDecisionSchema)
@api.response(200, ContributionGivenSchema)
def decide_contribution(said: dict[str, Any], campaign_id: UUID, contribution_id: UUID) -> Any:
    """Verify a contribution, set it aside, or take that back."""
    return _decide(campaign_id, CONTRIBUTIONS, contribution_id, said)


@api.post("/stories/<uuid:story_id>/verdict")
@allow("giving.decide")
@api.arguments(GivenDecisionSchema)
@api.response(200, StoryGivenSchema)
def decide_story(said: dict[str, Any], campaign_id: UUID, story_id: UUID) -> Any:
    """Publish a story to the campaign's partners, set it aside, or take that back."""
    return _decide(campaign_id, STORIES, story_id, said)


def _decide(campaign_id: UUID, what: str, given_id: UUID, said: dict[str, Any]) -> Any:
    seen = said.pop("version")
    return decide_given(session(), identity(), campaign_id, what, given_id, seen, now(), **said)
