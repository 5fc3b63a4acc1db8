"""Contacts, consents and owners as they come in and go out, for the API and for the pages' forms."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.partners.contacts.models import Channel, Purpose
from services.partners.fields import Address, LocaleCode, ZoneName
from shared.fields import Line, Prose
from shared.web.answers import PageQuery

CHANNEL_NAMES = {
    Channel.MAIL.value: _l("E-mail"),
    Channel.PHONE.value: _l("Phone"),
    Channel.CHAT.value: _l("Chat message"),
}
PURPOSE_NAMES = {
    Purpose.CAMPAIGN_MAIL.value: _l("News of campaigns by e-mail"),
    Purpose.NEWSLETTER.value: _l("The newsletter"),
    Purpose.PICTURE.value: _l("Their picture may be used"),
}
MOST_ROLES = 10


class ConsentSchema(Schema):
    purpose = fields.String(dump_only=True)
    given_on = fields.Date(dump_only=True)
    given_how = fields.String(dump_only=True)
    withdrawn_on = fields.Date(dump_only=True)
    withdrawn_how = fields.String(dump_only=True)


class ContactSchema(Schema):
    id = fields.UUID(dump_only=True)
    organisation_id = fields.UUID(dump_only=True)
    name = Line(required=True, metadata={"label": _l("Name"), "autocomplete": "off"})
    roles = fields.List(
        Line(required=True, longest=80),
        load_default=list,
        validate=validate.Length(max=MOST_ROLES),
        metadata={
            "label": _l("What they do there"),
            "help": _l("In their words, one per line: Programme manager."),
            "rows": "2",
        },
    )
    email = Address(load_default=None, allow_none=True, metadata={"label": _l("E-mail"), "widget": "email"})
    phone = Line(
        load_default=None,
        allow_none=True,
        longest=40,
        validate=validate.Regexp(r"[0-9+()./ extEXT-]*\Z", error="Write digits, spaces and + ( ) - only."),
        metadata={"label": _l("Phone"), "widget": "tel", "placeholder": "+27 21 555 0123"},
    )
    channel = fields.String(
        load_default=Channel.MAIL.value,
        validate=validate.OneOf(list(CHANNEL_NAMES)),
        metadata={"label": _l("Prefers to be reached by"), "choices": CHANNEL_NAMES, "widget": "radio"},
    )
    locale = LocaleCode()
    time_zone = ZoneName()
    notes = Prose(
        load_default="",
        longest=4000,
        metadata={"label": _l("Notes for us"), "help": _l("Their organisation never sees these."), "rows": "3"},
    )
    is_liaison = fields.Boolean(dump_only=True, metadata={"description": "the organisation's one point of contact"})
    person_id = fields.UUID(dump_only=True, metadata={"description": "the account they sign in with"})
    consents = fields.List(fields.Nested(ConsentSchema), dump_only=True)
    active = fields.Boolean(dump_only=True)
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)

    @validates_schema(skip_on_field_errors=True)
    def check_channel(self, data: dict[str, Any], **_: Any) -> None:
        """Whoever prefers a way can be reached that way."""
        if data["channel"] == Channel.MAIL and not data["email"] and data["phone"]:
            raise ValidationError("There is no e-mail address: choose phone or chat.", "channel")
        if data["channel"] != Channel.MAIL and not data["phone"]:
            raise ValidationError("Give the number to reach them at.", "phone")
        if not data["email"] and not data["phone"]:
            raise ValidationError("Give an address or a phone number: a contact can be reached.", "email")


class NewContactSchema(ContactSchema):
    is_liaison = fields.Boolean(
        load_default=False,
        metadata={
            "label": _l("They are the liaison, the one point of contact"),
            "help": _l("Proposals, invitations and news of campaigns go to the liaison."),
        },
    )


class ContactQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the name"})
    left = fields.Boolean(load_default=False, metadata={"description": "those who have left instead"})


class ConsentChangeSchema(Schema):
    purpose = fields.String(
        required=True,
        validate=validate.OneOf(list(PURPOSE_NAMES)),
        metadata={"label": _l("For what"), "choices": PURPOSE_NAMES},
    )
    on = fields.Date(required=True, metadata={"label": _l("When")})
    how = Line(
        required=True,
        metadata={"label": _l("How"), "placeholder": _l("In a mail to Thandi, on a signed form")},
    )


class OwnerSchema(Schema):
    person_id = fields.UUID(required=True, metadata={"label": _l("Responsible on our side"), "widget": "select"})
    name = fields.String(dump_only=True)


class AccountNewsSchema(Schema):
    """What contacts read of `person_changed`: whose account it is, to look at it as it is now."""

    person_id = fields.UUID(required=True)
