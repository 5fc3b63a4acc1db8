"""What an organisation's figures were used for, for programs."""

from typing import Any
from uuid import UUID

from services.partners.reciprocity import queries, service
from services.partners.reciprocity.schemas import FigureUseSchema, NewFigureUseSchema
from shared.web.answers import PageQuery, page_schema
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, settings, today
from shared.web.policy import allow

api = Blueprint(
    "reciprocity_api", __name__, url_prefix="/partners/api/v1", description="What came of what partners report"
)


@api.get("/organisations/<uuid:organisation_id>/figure-uses")
@allow("reciprocity.read")
@api.arguments(PageQuery, location="query")
@api.response(200, page_schema(FigureUseSchema))
def list_uses(wanted: dict[str, Any], organisation_id: UUID) -> Any:
    """What the organisation's figures were used for, the latest use first."""
    return queries.find_uses(session(), identity(), organisation_id, **wanted)


@api.post("/organisations/<uuid:organisation_id>/figure-uses")
@allow("reciprocity.edit")
@api.arguments(NewFigureUseSchema)
@api.response(201, FigureUseSchema)
def tell_use(details: dict[str, Any], organisation_id: UUID) -> Any:
    """Tell it one more. With `mail` its liaison gets that as a mail."""
    return service.tell_use(session(), identity(), organisation_id, now(), today(), settings().base_url, **details)


@api.post("/figure-uses/<uuid:use_id>/withdrawal")
@allow("reciprocity.edit")
@api.response(200, FigureUseSchema)
def withdraw_use(use_id: UUID) -> Any:
    """Take it back; the organisation doesn't see it any more."""
    return service.withdraw_use(session(), identity(), use_id, now())
