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


class NewErasureSchema(Schema):
    email = fields.Email(load_default=None, validate=validate.Length(max=320))
    contact_id = fields.UUID(load_default=None, metadata={"description": "for a contact, who may have no address"})
    ask = fields.Boolean(load_default=False, metadata={"description": "mail them a link to decide themselves"})


class ErasureSchema(Schema):
    id = fields.UUID()
    state = fields.String(validate=validate.OneOf([*STATE_NAMES]))
    email = fields.String(metadata={"description": "null once it is done"})
    fingerprint = fields.String(metadata={"description": "SHA-256 of the address in lower case"})
    created_at = fields.AwareDateTime()
    started_at = fields.AwareDateTime()
    done_at = fields.AwareDateTime()


class ErasureAnswerSchema(Schema):
    service = fields.String()
    answered_at = fields.AwareDateTime()
    erased = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"description": "what, in words -> in how many places"}
    )


class WholeErasureSchema(ErasureSchema):
    receipt = fields.List(fields.Nested(ErasureAnswerSchema))


class ErasureDoneSchema(Schema):
    """What this service reads of the services' answers, its own among them."""

    erasure_id = fields.UUID(required=True)
    service = fields.String(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
