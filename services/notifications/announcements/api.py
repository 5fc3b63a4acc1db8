"""Announcements for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from flask_smorest import Blueprint

from services.notifications.announcements import queries, service
from services.notifications.announcements.audience import list_addressees
from services.notifications.announcements.models import Announcement, State
from services.notifications.announcements.schemas import (
    AddresseeSchema,
    AnnouncementQuery,
    AnnouncementSchema,
    WholeAnnouncementSchema,
)
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.context import identity, now, session
from shared.web.policy import allow

api = Blueprint(
    "announcements_api",
    __name__,
    url_prefix="/notifications/api/v1/announcements",
    description="News that a campaign tells its people",
)


@api.get("")
@allow("announcements.read")
@api.arguments(AnnouncementQuery, location="query")
@api.response(200, page_schema(AnnouncementSchema))
def list_announcements(wanted: dict[str, Any]) -> Any:
    """Announcements, newest first, a page at a time."""
    return queries.find_announcements(session(), **wanted)


@api.get("/<uuid:announcement_id>")
@allow("announcements.read")
@api.response(200, WholeAnnouncementSchema)
def show_announcement(announcement_id: UUID) -> Response:
    """One announcement, with its ETag and who would get it."""
    return _answer(queries.get_announcement(session(), identity(), announcement_id))


@api.put("/<uuid:announcement_id>")
@allow("announcements.edit")
@api.arguments(AnnouncementSchema)
@api.response(200, WholeAnnouncementSchema)
def edit_announcement(details: dict[str, Any], announcement_id: UUID) -> Response:
    """Change a draft; needs If-Match."""
    seen = expected_version()
    return _answer(service.edit_announcement(session(), identity(), announcement_id, seen, now(), **details))


@api.post("/<uuid:announcement_id>/send")
@allow("announcements.edit")
@api.response(200, WholeAnnouncementSchema)
def send_announcement(announcement_id: UUID) -> Response:
    """Send a draft to everyone who should know, once; needs If-Match."""
    return _answer(service.send_announcement(session(), identity(), announcement_id, expected_version(), now()))


@api.post("/<uuid:announcement_id>/discard")
@allow("announcements.edit")
@api.response(200, WholeAnnouncementSchema)
def discard_announcement(announcement_id: UUID) -> Response:
    """Put a draft away unsent."""
    return _answer(service.discard_announcement(session(), identity(), announcement_id, now()))


def _answer(announcement: Announcement) -> Response:
    draft = announcement.state == State.DRAFT
    addressees = list_addressees(session(), announcement.campaign_id) if draft else []
    body = {
        **AnnouncementSchema().dump(announcement),
        "addressees": AddresseeSchema(many=True).dump(addressees),
    }
    return set_etag(jsonify(body), announcement.version)
