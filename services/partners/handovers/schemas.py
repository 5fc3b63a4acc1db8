"""A hand-over as it comes in and goes out, for the API and for the page's form."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.partners.handovers.service import CLOSE, KEEP, LEAVE
from shared.fields import Prose

FORMER_NAMES = {
    KEEP: _l("They stay a contact, and may sign in if they could before"),
    CLOSE: _l("They stay a contact, and can't sign in any more"),
    LEAVE: _l("They have left the organisation"),
}


class HandoverSchema(Schema):
    id = fields.UUID(dump_only=True)
    organisation_id = fields.UUID(dump_only=True)
    former_id = fields.UUID(dump_only=True)
    successor_id = fields.UUID(
        required=True, metadata={"label": _l("To whom"), "widget": "select", "help": _l("Add them as a contact first.")}
    )
    since = fields.Date(required=True, metadata={"label": _l("Since when")})
    words = Prose(
        load_default="",
        longest=2000,
        metadata={
            "label": _l("What they should know"),
            "help": _l("It stands in the mail to whoever takes over."),
            "rows": "4",
        },
    )
    former = fields.String(
        load_default=KEEP,
        load_only=True,
        validate=validate.OneOf(list(FORMER_NAMES)),
        metadata={"label": _l("And the one who hands over?"), "choices": FORMER_NAMES, "widget": "radio"},
    )
    may_sign_in = fields.Boolean(
        load_default=False, load_only=True, metadata={"label": _l("Whoever takes over may sign in")}
    )
    promises = fields.Integer(dump_only=True)
    links = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)
