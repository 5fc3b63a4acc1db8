"""What needs attention, for programs."""

from typing import Any

from services.partners.organisations.queries import name_organisations
from services.partners.relationships import queries
from services.partners.relationships.schemas import AttentionQuery, WaitingSchema
from services.partners.signals import SOURCES
from shared.web.answers import page_schema
from shared.web.api import Blueprint
from shared.web.context import identity, session, today
from shared.web.policy import allow

api = Blueprint(
    "relationships_api", __name__, url_prefix="/partners/api/v1", description="Which relationships need attention"
)


@api.get("/attention")
@allow("relationships.read")
@api.arguments(AttentionQuery, location="query")
@api.response(200, page_schema(WaitingSchema))
def list_attention(wanted: dict[str, Any]) -> Any:
    """Organisations where something is due, those that wait longest first, and why."""
    owner_id = identity().person_id if wanted.pop("mine") else None
    page = queries.rank_waiting(session(), SOURCES, today(), owner_id=owner_id, **wanted)
    ids = [each.organisation_id for each in page.items]
    names, signals = name_organisations(session(), ids), queries.gather_signals(session(), SOURCES, ids, today())
    items = [
        {
            "organisation_id": each.organisation_id,
            "name": names[each.organisation_id],
            "since": each.since,
            "signals": signals[each.organisation_id],
        }
        for each in page.items
    ]
    return {"items": items, "next_cursor": page.next_cursor}
