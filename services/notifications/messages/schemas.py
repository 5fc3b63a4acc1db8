"""A message as programs see it. What it says is in it too, but never a secret link."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.notifications.messages.models import State
from shared.fields import Line
from shared.web.answers import PageQuery

STATE_NAMES = {
    State.QUEUED: _l("Queued"),
    State.SENDING: _l("Being sent"),
    State.SENT: _l("Sent"),
    State.CAPTURED: _l("Kept here"),
    State.FAILED: _l("Failed"),
    State.UNCERTAIN: _l("Uncertain"),
    State.DISMISSED: _l("Dismissed"),
}
STATE_TONES = {
    State.QUEUED: "info",
    State.SENDING: "info",
    State.SENT: "good",
    State.CAPTURED: "good",
    State.FAILED: "bad",
    State.UNCERTAIN: "warning",
    State.DISMISSED: "neutral",
}
OUTCOME_NAMES = {
    "queued": _l("Queued"),
    "sent": _l("Taken over by the mail server"),
    "captured": _l("Kept here: no mail server is set"),
    "postponed": _l("Put off, to be tried again"),
    "refused": _l("Given up"),
    "cut_off": _l("Cut off: nobody knows whether it arrived"),
    "expired": _l("Not sent: too late"),
    "resent": _l("To be sent again"),
    "dismissed": _l("Dismissed"),
}


class RecipientSchema(Schema):
    name = fields.String()
    email = fields.String()


class MessageSchema(Schema):
    id = fields.UUID()
    subject = fields.String()
    recipient = fields.Nested(RecipientSchema)
    state = fields.String(validate=validate.OneOf([state.value for state in State]))
    campaign_id = fields.UUID(allow_none=True)
    announcement_id = fields.UUID(allow_none=True)
    problem = fields.String(allow_none=True)
    attempts = fields.Integer()
    created_at = fields.AwareDateTime()
    sent_at = fields.AwareDateTime(allow_none=True)


class WholeMessageSchema(MessageSchema):
    text = fields.String(metadata={"description": "what it says; a secret link is left out"})


class MessageQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of subject or recipient"})
    state = fields.String(load_default=None, validate=validate.OneOf([state.value for state in State]))
    campaign = fields.UUID(load_default=None)
    announcement = fields.UUID(load_default=None)
