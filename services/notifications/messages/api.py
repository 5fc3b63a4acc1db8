"""Messages for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from flask_babel import gettext as _
from flask_smorest import Blueprint

from services.notifications.messages import queries, service
from services.notifications.messages.layout import Brand, hide_secret
from services.notifications.messages.models import Message
from services.notifications.messages.schemas import MessageQuery, MessageSchema, WholeMessageSchema
from shared.web.answers import next_address
from shared.web.context import identity, now, session, settings
from shared.web.policy import allow

api = Blueprint(
    "messages_api",
    __name__,
    url_prefix="/notifications/api/v1/messages",
    description="E-mails, one to one recipient each",
)


@api.get("")
@allow("messages.read")
@api.arguments(MessageQuery, location="query")
@api.response(200, MessageSchema(many=True), headers={"Link": {"description": 'rel="next": the messages after these'}})
def list_messages(wanted: dict[str, Any]) -> Response:
    """The messages sent or captured, newest first. The Link header leads to the next ones (RFC 8288)."""
    page = queries.find_messages(session(), identity(), **wanted)
    response = jsonify(MessageSchema(many=True).dump(page.items))
    if following := next_address(page):
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


@api.get("/<uuid:message_id>")
@allow("messages.read")
@api.response(200, WholeMessageSchema)
def show_message(message_id: UUID) -> Response:
    """One message, with what it says."""
    return _answer(queries.get_message(session(), identity(), message_id))


@api.post("/<uuid:message_id>/resend")
@allow("messages.edit")
@api.response(200, WholeMessageSchema)
def resend_message(message_id: UUID) -> Response:
    """Send a failed or uncertain message again."""
    return _answer(service.resend_message(session(), identity(), message_id, now()))


@api.post("/<uuid:message_id>/dismiss")
@allow("messages.edit")
@api.response(200, WholeMessageSchema)
def dismiss_message(message_id: UUID) -> Response:
    """Leave a failed or uncertain message be."""
    return _answer(service.dismiss_message(session(), identity(), message_id, now()))


def _answer(message: Message) -> Response:
    drawn = service.draw_message(message, Brand.of(settings()), settings().time_zone)
    shown = hide_secret(drawn, _("(a link that only the recipient gets)"))
    return jsonify({**MessageSchema().dump(message), "text": shown.text})
