"""The library of definitions for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.metrics.indicators import queries
from services.metrics.indicators.schemas.library import (
    IndicatorEditSchema,
    IndicatorPageSchema,
    IndicatorSchema,
    LibraryQuery,
    RetireSchema,
)
from services.metrics.indicators.service.library import add_indicator, edit_indicator, retire_indicator
from shared.web.answers import expected_version, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow

api = Blueprint(
    "library_api",
    __name__,
    url_prefix="/metrics/api/v1/indicators",
    description="Definitions that KPIs of many campaigns are made from",
)


@api.get("")
@allow("library.read")
@api.arguments(LibraryQuery, location="query")
@api.response(200, IndicatorPageSchema)
def list_indicators(wanted: dict[str, Any]) -> Any:
    """Definitions by name, one page."""
    return queries.find_indicators(session(), **wanted)


@api.post("")
@allow("library.edit")
@api.arguments(IndicatorSchema)
@api.response(201, IndicatorSchema)
def create_indicator(details: dict[str, Any]) -> Any:
    """Add a definition."""
    return add_indicator(session(), identity(), now(), **details)


@api.get("/<uuid:indicator_id>")
@allow("library.read")
@api.response(200, IndicatorSchema)
def show_indicator(indicator_id: UUID) -> Response:
    """One definition, with its ETag."""
    return _answer(queries.get_indicator(session(), indicator_id))


@api.put("/<uuid:indicator_id>")
@allow("library.edit")
@api.arguments(IndicatorEditSchema)
@api.response(200, IndicatorSchema)
def change_indicator(details: dict[str, Any], indicator_id: UUID) -> Response:
    """Change a definition; needs If-Match. KPIs that were made from it stay as they are."""
    return _answer(edit_indicator(session(), identity(), indicator_id, expected_version(), now(), **details))


@api.put("/<uuid:indicator_id>/retired")
@allow("library.edit")
@api.arguments(RetireSchema)
@api.response(200, IndicatorSchema)
def put_retired(wanted: dict[str, Any], indicator_id: UUID) -> Response:
    """Retire a definition or take it back; twice is the same as once."""
    return _answer(retire_indicator(session(), identity(), indicator_id, now(), retired=wanted["retired"]))


def _answer(indicator: Any) -> Response:
    return set_etag(jsonify(IndicatorSchema().dump(indicator)), indicator.version)
