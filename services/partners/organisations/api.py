"""Organisations for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.organisations import queries, service
from services.partners.organisations.schemas import (
    OrganisationQuery,
    OrganisationSchema,
    StageChangeSchema,
    StageSchema,
    TrackRecordSchema,
)
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


@api.post("/<uuid:organisation_id>/stage")
@allow("organisations.edit")
@api.arguments(StageSchema)
@api.response(200, OrganisationSchema)
def move_organisation(wanted: dict[str, Any], organisation_id: UUID) -> Any:
    """Move an organisation on the board, for a reason; moving it where it stands changes nothing."""
    service.change_stage(session(), identity(), organisation_id, now=now(), **wanted)
    return queries.get_organisation(session(), identity(), organisation_id)


@api.get("/<uuid:organisation_id>/stage-changes")
@allow("board.read")
@api.response(200, StageChangeSchema(many=True))
def list_stage_changes(organisation_id: UUID) -> Any:
    """An organisation's last hundred moves on the board, newest first."""
    queries.get_organisation(session(), identity(), organisation_id)
    return queries.list_stage_changes(session(), organisation_id, limit=100)


@api.get("/<uuid:organisation_id>/track-record")
@allow("organisations.read")
@api.response(200, TrackRecordSchema(many=True))
def list_track_record(organisation_id: UUID) -> Any:
    """What an organisation did earlier, latest first."""
    return queries.list_track_records(session(), identity(), organisation_id)


@api.post("/<uuid:organisation_id>/track-record")
@allow("organisations.edit")
@api.arguments(TrackRecordSchema)
@api.response(201, TrackRecordSchema)
def add_track_record(details: dict[str, Any], organisation_id: UUID) -> Any:
    """Add something that an organisation did earlier."""
    return service.add_track_record(session(), identity(), organisation_id, now(), **details)


@api.put("/<uuid:organisation_id>/track-record/<uuid:record_id>")
@allow("organisations.edit")
@api.arguments(TrackRecordSchema)
@api.response(200, TrackRecordSchema)
def change_track_record(details: dict[str, Any], organisation_id: UUID, record_id: UUID) -> Response:
    """Change an entry of the track record; needs If-Match."""
    changed = service.change_track_record(
        session(), identity(), organisation_id, record_id, expected_version(), now(), **details
    )
    return set_etag(jsonify(TrackRecordSchema().dump(changed)), changed.version)


@api.delete("/<uuid:organisation_id>/track-record/<uuid:record_id>")
@allow("organisations.edit")
@api.response(204)
def remove_track_record(organisation_id: UUID, record_id: UUID) -> None:
    """Take an entry out of the track record; the history keeps what it said."""
    service.remove_track_record(session(), identity(), organisation_id, record_id, now())


def _answer(organisation: Any) -> Response:
    return set_etag(jsonify(OrganisationSchema().dump(organisation)), organisation.version)
