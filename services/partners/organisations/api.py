"""Organisations for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.organisations import queries, service
from services.partners.organisations.schemas import OrganisationQuery, OrganisationSchema
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow

api = Blueprint(
    "organisations_api",
    __name__,
    url_prefix="/partners/api/v1/organisations",
    description="Outside bodies that we know",
)


@api.get("")
@allow("organisations.read")
@api.arguments(OrganisationQuery, location="query")
@api.response(200, page_schema(OrganisationSchema))
def list_organisations(wanted: dict[str, Any]) -> Any:
    """Organisations by name, a page at a time."""
    return queries.find_organisations(session(), identity(), **wanted)


@api.post("")
@allow("organisations.edit")
@api.arguments(OrganisationSchema)
@api.response(201, OrganisationSchema)
def register_organisation(details: dict[str, Any]) -> Any:
    """Register an organisation."""
    return service.register_organisation(session(), identity(), now(), **details)


@api.get("/<uuid:organisation_id>")
@allow("organisations.read")
@api.response(200, OrganisationSchema)
def show_organisation(organisation_id: UUID) -> Response:
    """One organisation, with its ETag."""
    return _answer(queries.get_organisation(session(), identity(), organisation_id))


@api.put("/<uuid:organisation_id>")
@allow("organisations.edit")
@api.arguments(OrganisationSchema)
@api.response(200, OrganisationSchema)
def change_organisation(details: dict[str, Any], organisation_id: UUID) -> Response:
    """Change an organisation's details; needs If-Match."""
    changed = service.change_organisation(session(), identity(), organisation_id, expected_version(), now(), **details)
    return _answer(changed)


def _answer(organisation: Any) -> Response:
    return set_etag(jsonify(OrganisationSchema().dump(organisation)), organisation.version)
