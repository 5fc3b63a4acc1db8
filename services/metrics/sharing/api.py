"""Public pages for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.metrics.sharing import queries, service
from services.metrics.sharing.schemas import AddressedPageSchema, PageChangesSchema, PublicPageSchema
from services.metrics.sharing.view import name_addresses
from shared.web.answers import PageQuery, expected_version, page_schema, set_etag, shows_secret
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, settings
from shared.web.policy import allow

api = Blueprint(
    "sharing_api",
    __name__,
    url_prefix="/metrics/api/v1/campaigns/<uuid:campaign_id>/public-pages",
    description="Pages that show chosen KPIs to anybody who has their address",
)


@api.get("")
@allow("sharing.read")
@api.arguments(PageQuery, location="query")
@api.response(200, page_schema(PublicPageSchema))
def list_pages(wanted: dict[str, Any], campaign_id: UUID) -> Any:
    """The campaign's public pages, the newest first, a page at a time; also those that were revoked."""
    return queries.find_public_pages(session(), identity(), campaign_id, **wanted)


@api.post("")
@allow("sharing.edit")
@api.arguments(PublicPageSchema)
@api.response(201, AddressedPageSchema)
def add_page(wanted: dict[str, Any], campaign_id: UUID) -> Response:
    """Make a public page. Its address is in this answer and nowhere else."""
    return _tell(service.make_page(session(), identity(), campaign_id, now(), **wanted), 201)


@api.get("/<uuid:public_page_id>")
@allow("sharing.read")
@api.response(200, PublicPageSchema)
def show_page(campaign_id: UUID, public_page_id: UUID) -> Response:
    """One public page, with its ETag."""
    return _answer(queries.get_public_page(session(), identity(), campaign_id, public_page_id))


@api.patch("/<uuid:public_page_id>")
@allow("sharing.edit")
@api.arguments(PageChangesSchema(partial=True))
@api.response(200, PublicPageSchema)
def change_page(changes: dict[str, Any], campaign_id: UUID, public_page_id: UUID) -> Response:
    """Change what it shows, at the same address; needs If-Match."""
    seen = expected_version()
    return _answer(service.change_page(session(), identity(), campaign_id, public_page_id, seen, now(), **changes))


@api.post("/<uuid:public_page_id>/address")
@allow("sharing.edit")
@api.response(200, AddressedPageSchema)
def renew_address(campaign_id: UUID, public_page_id: UUID) -> Response:
    """Give it another address, told in this answer; the former ends."""
    return _tell(service.renew_address(session(), identity(), campaign_id, public_page_id, now()), 200)


@api.delete("/<uuid:public_page_id>")
@allow("sharing.edit")
@api.response(204)
def revoke_page(campaign_id: UUID, public_page_id: UUID) -> None:
    """Take it down for good."""
    service.revoke_page(session(), identity(), campaign_id, public_page_id, now())


def _answer(page: Any) -> Response:
    return set_etag(jsonify(PublicPageSchema().dump(page)), page.version)


def _tell(made: service.NewAddress, status: int) -> Response:
    shows_secret()
    address, embed = name_addresses(settings().base_url, made.secret)
    told = {**PublicPageSchema().dump(made.page), "address": address, "embed_address": embed}
    response = set_etag(jsonify(told), made.page.version)
    response.status_code = status
    return response
