"""People, sign-in and tokens as they come in and go out."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.partners.fields import Address, LocaleCode, ZoneName
from shared.fields import Line
from shared.identity import ADMIN, COORDINATOR, LIAISON, VIEWER

ROLE_NAMES = {
    ADMIN: _l("Administrator: everything, also people"),
    COORDINATOR: _l("Coordinator: runs campaigns"),
    VIEWER: _l("Viewer: looks, changes nothing"),
    LIAISON: _l("Liaison: speaks for one organisation"),
}


class PersonSchema(Schema):
    id = fields.UUID(dump_only=True)
    name = Line(required=True, metadata={"label": _l("Name")})
    email = Address(required=True, metadata={"label": _l("E-mail"), "help": _l("Sign-in links go to this address.")})
    role = fields.String(
        required=True,
        validate=validate.OneOf((ADMIN, COORDINATOR, VIEWER, LIAISON)),
        metadata={"label": _l("Role"), "choices": ROLE_NAMES},
    )
    organisation_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"label": _l("Organisation"), "help": _l("Only for a liaison."), "widget": "select"},
    )
    locale = LocaleCode()
    time_zone = ZoneName()
    active = fields.Boolean(dump_only=True)
    version = fields.Integer(dump_only=True)


class SignInRequestSchema(Schema):
    email = Address(required=True, metadata={"label": _l("Your e-mail address")})


class TokenSchema(Schema):
    id = fields.UUID(dump_only=True)
    name = Line(required=True, metadata={"label": _l("What is it for?"), "placeholder": _l("Nightly export")})
    days = fields.Integer(
        load_default=90,
        load_only=True,
        validate=validate.Range(1, 365),
        metadata={"label": _l("Valid for how many days")},
    )
    created_at = fields.AwareDateTime(dump_only=True)
    expires_at = fields.AwareDateTime(dump_only=True)
    token = fields.String(dump_only=True, metadata={"description": "shown once"})
