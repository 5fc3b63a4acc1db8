"""An announcement as it comes in and goes out, for the API and for the page's form."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.notifications.announcements.models import State
from shared.fields import Line, Prose
from shared.web.answers import PageQuery

STATE_NAMES = {State.DRAFT: _l("Draft"), State.SENT: _l("Sent"), State.DISCARDED: _l("Discarded")}
STATE_TONES = {State.DRAFT: "info", State.SENT: "good", State.DISCARDED: "neutral"}


class AnnouncementSchema(Schema):
    id = fields.UUID(dump_only=True)
    campaign_id = fields.UUID(dump_only=True)
    title = Line(required=True, metadata={"label": _l("Title"), "help": _l("It becomes the subject of the mail.")})
    body = Prose(
        required=True,
        metadata={
            "label": _l("Text"),
            "help": _l("A blank line begins a paragraph, **two stars** make bold, - begins an item of a list."),
            "rows": 14,
        },
    )
    state = fields.String(dump_only=True)
    sent_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    sent_by = fields.String(dump_only=True, allow_none=True)
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class AddresseeSchema(Schema):
    name = fields.String(attribute="recipient.name")
    email = fields.String(attribute="recipient.email")
    is_owner = fields.Boolean()
    organisation_id = fields.UUID(allow_none=True)


class WholeAnnouncementSchema(AnnouncementSchema):
    addressees = fields.List(
        fields.Nested(AddresseeSchema),
        metadata={"description": "who would get it now; of one that is out, see its messages"},
    )


class AnnouncementQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
    state = fields.String(load_default=None, validate=validate.OneOf([state.value for state in State]))
    campaign = fields.UUID(load_default=None)
