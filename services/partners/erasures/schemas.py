"""Erasures as they are asked for, heard of and shown."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.partners.erasures.models import ASKED, DONE, RUNNING

STATE_NAMES = {ASKED: _l("Waits for the person"), RUNNING: _l("Being erased"), DONE: _l("Erased")}
STATE_TONES = {ASKED: "info", RUNNING: "warning", DONE: "good"}
SERVICE_NAMES = {
    "partners": _l("Partners"),
    "campaigns": _l("Campaigns"),
    "metrics": _l("Dashboard"),
    "notifications": _l("Messages"),
}


class SubjectSchema(Schema):
    email = fields.Email(
        required=True,
        validate=validate.Length(max=320),
        metadata={
            "label": _l("E-mail address"),
            "help": _l("Everyone known by this address is one person, also those we only ever mailed to."),
            "widget": "email",
        },
    )


class ErasureDoneSchema(Schema):
    """What this service reads of the services' answers, its own among them."""

    erasure_id = fields.UUID(required=True)
    service = fields.String(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
