"""Campaigns for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.campaigns.campaigns import queries, service
from services.campaigns.campaigns.models import Campaign
from services.campaigns.campaigns.schemas import CampaignQuery, CampaignSchema, PartnerSchema
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, today
from shared.web.policy import allow

api = Blueprint(
    "campaigns_api",
    __name__,
    url_prefix="/campaigns/api/v1/campaigns",
    description="Joint campaigns and who takes part",
)


@api.get("")
@allow("campaigns.read")
@api.arguments(CampaignQuery, location="query")
@api.response(200, page_schema(CampaignSchema))
def list_campaigns(wanted: dict[str, Any]) -> Any:
    """Campaigns, those that start last first, a page at a time."""
    return queries.find_campaigns(session(), identity(), today(), **wanted)


@api.post("")
@allow("campaigns.edit")
@api.arguments(CampaignSchema)
@api.response(201, CampaignSchema)
def create_campaign(details: dict[str, Any]) -> Response:
    """Set up a campaign. Its partners may be organisations that are not known here yet."""
    return _answer(service.create_campaign(session(), identity(), now(), **details), 201)


@api.get("/<uuid:campaign_id>")
@allow("campaigns.read")
@api.response(200, CampaignSchema)
def show_campaign(campaign_id: UUID) -> Response:
    """One campaign, with its ETag."""
    return _answer(queries.get_campaign(session(), identity(), campaign_id))


@api.put("/<uuid:campaign_id>")
@allow("campaigns.edit")
@api.arguments(CampaignSchema)
@api.response(200, CampaignSchema)
def change_campaign(details: dict[str, Any], campaign_id: UUID) -> Response:
    """Change a campaign; needs If-Match."""
    return _answer(service.change_campaign(session(), identity(), campaign_id, expected_version(), now(), **details))


@api.post("/<uuid:campaign_id>/partners")
@allow("campaigns.edit")
@api.arguments(PartnerSchema)
@api.response(201, CampaignSchema)
@api.alt_response(200, schema=CampaignSchema, description="It takes part already; nothing changed")
def add_partner(wanted: dict[str, Any], campaign_id: UUID) -> Response:
    """Let an organisation take part; the answer is the campaign."""
    added = service.add_partners(session(), identity(), campaign_id, [wanted["organisation_id"]], now())
    return _answer(queries.get_campaign(session(), identity(), campaign_id), 201 if added else 200)


@api.delete("/<uuid:campaign_id>/partners/<uuid:organisation_id>")
@allow("campaigns.edit")
@api.response(204)
def remove_partner(campaign_id: UUID, organisation_id: UUID) -> None:
    """End an organisation's part in a campaign. What it has reported stays."""
    service.remove_partner(session(), identity(), campaign_id, organisation_id, now())


def _answer(campaign: Campaign, status: int = 200) -> Response:
    response = set_etag(jsonify(CampaignSchema().dump(campaign)), campaign.version)
    response.status_code = status
    return response
