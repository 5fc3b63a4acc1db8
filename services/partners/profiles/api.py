"""What organisations say of themselves, for programs."""

from typing import Any
from uuid import UUID

from services.partners.profiles import queries, service
from services.partners.profiles.schemas import ProfileDecisionsSchema, ProfileUpdateSchema, UpdateQuery
from shared.web.answers import page_schema
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow

api = Blueprint("profiles_api", __name__, url_prefix="/partners/api/v1", description="Profiles as partners see them")


@api.get("/profile-updates")
@allow("profiles.read")
@api.arguments(UpdateQuery, location="query")
@api.response(200, page_schema(ProfileUpdateSchema))
def list_updates(wanted: dict[str, Any]) -> Any:
    """What organisations sent, the newest first, a page at a time."""
    return queries.find_updates(session(), identity(), **wanted)


@api.get("/profile-updates/<uuid:update_id>")
@allow("profiles.read")
@api.response(200, ProfileUpdateSchema)
def show_update(update_id: UUID) -> Any:
    """What one organisation sent, change by change."""
    return queries.get_sent_update(session(), identity(), update_id)


@api.post("/profile-updates/<uuid:update_id>/decisions")
@allow("profiles.decide")
@api.arguments(ProfileDecisionsSchema)
@api.response(200, ProfileUpdateSchema)
def decide(wanted: dict[str, Any], update_id: UUID) -> Any:
    """Take changes over or leave them out, with a reason; the sender gets a mail once all are decided."""
    decisions = {each["id"]: service.Decision(each["take"], each["reason"]) for each in wanted["changes"]}
    return service.decide_changes(session(), identity(), update_id, decisions, wanted["organisation_version"], now())
