"""People, sign-in and tokens as they come in and go out."""

from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate

from shared.fields import Line
from shared.identity import ADMIN, COORDINATOR, LIAISON, VIEWER
from shared.web.i18n import LOCALES

ROLE_NAMES = {
    ADMIN: _l("Administrator: everything, also people"),
    COORDINATOR: _l("Coordinator: runs campaigns"),
    VIEWER: _l("Viewer: looks, changes nothing"),
    LIAISON: _l("Liaison: speaks for one organisation"),
}
ZONES = tuple(
    sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right")))
)


class Address(fields.String):
    """An e-mail address that could exist, by its form alone; no look-up."""

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> str:
        try:
            return validate_email(str(value).strip(), check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError as error:
            raise ValidationError(f"This is not an e-mail address: {error}") from error


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
    locale = fields.String(
        load_default="en",
        validate=validate.OneOf(LOCALES),
        metadata={
            "label": _l("Language and formats"),
            "choices": {
                "en": _l("English"),
                "en_ZA": _l("English (South Africa)"),
                "en_GB": _l("English (United Kingdom)"),
                "en_US": _l("English (United States)"),
            },
        },
    )
    time_zone = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(ZONES),
        metadata={"label": _l("Time zone"), "choices": {zone: zone.replace("_", " ") for zone in ZONES}},
    )
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
