"""Meetings for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.meetings import queries
from services.partners.meetings.schemas import (
    AttendeeSchema,
    CancelSchema,
    DateSchema,
    MeetingApiQuery,
    MeetingSchema,
    MinutesSchema,
    MoveSchema,
    OwnAnswerSchema,
    PublishedMinutesSchema,
)
from services.partners.meetings.service import invitations, minutes, planning
from services.partners.meetings.service.answers import answer_invitation
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, settings
from shared.web.policy import allow

api = Blueprint(
    "meetings_api", __name__, url_prefix="/partners/api/v1/meetings", description="Meetings with organisations"
)


@api.get("")
@allow("meetings.read")
@api.arguments(MeetingApiQuery, location="query")
@api.response(200, page_schema(DateSchema))
def list_dates(wanted: dict[str, Any]) -> Any:
    """Dates of meetings, a page at a time: what is to come, or what is over."""
    return queries.find_dates(session(), identity(), now(), **wanted)


@api.post("")
@allow("meetings.edit")
@api.arguments(MeetingSchema)
@api.response(201, MeetingSchema)
def plan_meeting(details: dict[str, Any]) -> tuple[Response, int]:
    """Plan a meeting. Nobody is mailed; see its invitations."""
    return _answer(planning.plan_meeting(session(), identity(), now(), **details)), 201


@api.get("/<uuid:meeting_id>")
@allow("meetings.read")
@api.response(200, MeetingSchema)
def show_meeting(meeting_id: UUID) -> Response:
    """One meeting with its dates and answers, and its ETag."""
    return _answer(queries.get_meeting(session(), identity(), meeting_id))


@api.put("/<uuid:meeting_id>")
@allow("meetings.edit")
@api.arguments(MeetingSchema)
@api.response(200, MeetingSchema)
def change_meeting(details: dict[str, Any], meeting_id: UUID) -> Response:
    """Change a meeting; needs If-Match. Nobody is mailed; see its invitations."""
    return _answer(planning.change_meeting(session(), identity(), meeting_id, expected_version(), now(), **details))


@api.post("/<uuid:meeting_id>/cancel")
@allow("meetings.edit")
@api.arguments(CancelSchema)
@api.response(200, MeetingSchema)
def cancel_meeting(said: dict[str, Any], meeting_id: UUID) -> Response:
    """Call a meeting off."""
    return _answer(planning.cancel_meeting(session(), identity(), meeting_id, said["reason"], now()))


@api.get("/<uuid:meeting_id>/invitations")
@allow("meetings.edit")
def list_invitations(meeting_id: UUID) -> Response:
    """The mails that are due so that everyone knows the meeting as it is; the ETag is for sending them."""
    meeting = queries.get_meeting(session(), identity(), meeting_id)
    due = invitations.list_outstanding(session(), meeting, now())
    return set_etag(jsonify(items=[_tell(each) for each in due]), meeting.version)


@api.post("/<uuid:meeting_id>/invitations")
@allow("meetings.edit")
def send_invitations(meeting_id: UUID) -> Response:
    """Send the mails that are due; needs If-Match."""
    seen, base_url = expected_version(), settings().base_url
    sent = invitations.send_outstanding(session(), identity(), meeting_id, seen, base_url, now())
    return jsonify(items=[_tell(each) for each in sent])


@api.post("/answers")
@allow("meetings.answer")
@api.arguments(OwnAnswerSchema)
@api.response(200, AttendeeSchema)
def answer(said: dict[str, Any]) -> Any:
    """Answer one's own invitation."""
    return answer_invitation(session(), identity(), now=now(), **said)


@api.post("/dates/<uuid:date_id>/move")
@allow("meetings.edit")
@api.arguments(MoveSchema)
@api.response(200, DateSchema)
def move_date(wanted: dict[str, Any], date_id: UUID) -> Response:
    """Move one date of a series to another local time; needs If-Match (the date's version)."""
    start = planning.combine(wanted["day"], wanted["at"])
    day = planning.move_date(
        session(), identity(), date_id, expected_version(), now(), local_start=start, minutes=wanted["minutes"]
    )
    return set_etag(jsonify(DateSchema().dump(day)), day.version)


@api.post("/dates/<uuid:date_id>/cancel")
@allow("meetings.edit")
@api.response(200, DateSchema)
def cancel_date(date_id: UUID) -> Any:
    """Call off one date of a series."""
    return planning.cancel_date(session(), identity(), date_id, now())


@api.get("/dates/<uuid:date_id>/minutes")
@allow("meetings.read")
@api.response(200, PublishedMinutesSchema(many=True))
def list_minutes(date_id: UUID) -> Any:
    """The published minutes of a date, the newest first."""
    return queries.list_minutes(session(), queries.get_date(session(), identity(), date_id).id)


@api.put("/dates/<uuid:date_id>/minutes")
@allow("meetings.edit")
@api.arguments(MinutesSchema)
@api.response(200, DateSchema)
def write_minutes(written: dict[str, Any], date_id: UUID) -> Response:
    """Keep the minutes as a draft; needs If-Match (the date's version)."""
    day = minutes.write_minutes(session(), identity(), date_id, expected_version(), now(), **written)
    return set_etag(jsonify(DateSchema().dump(day)), day.version)


@api.post("/dates/<uuid:date_id>/minutes")
@allow("meetings.edit")
@api.response(201, PublishedMinutesSchema)
def publish_minutes(date_id: UUID) -> Any:
    """Publish the draft as the next version and mail it to everyone who was invited; needs If-Match."""
    seen, base_url = expected_version(), settings().base_url
    return minutes.publish_minutes(session(), identity(), date_id, seen, base_url, now())


def _answer(meeting: Any) -> Response:
    return set_etag(jsonify(MeetingSchema().dump(meeting)), meeting.version)


def _tell(due: invitations.Outstanding) -> dict[str, Any]:
    return {
        "kind": due.kind.value, "name": due.to.name, "email": due.to.email, "date_id": due.day.id if due.day else None,
    }  # fmt: skip
