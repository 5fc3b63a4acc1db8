"""What goes in and out about an organisation's own profile."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.partners.organisations.sections import TrackFileSchema, TrackRecordSchema
from services.partners.profiles.models import LEFT, SENT, SETTLED, TAKEN
from shared.fields import Prose
from shared.web.answers import PageQuery
from shared.web.uploads import DOCUMENTS, Upload

STATE_NAMES = {SENT: _l("Waits for us"), SETTLED: _l("Decided")}
CHANGE_NAMES = {TAKEN: _l("Taken over"), LEFT: _l("Left out")}


class AskSchema(Schema):
    """What the liaison is told when they are asked."""

    message = Prose(
        load_default="",
        longest=2000,
        metadata={"label": _l("What you want to say"), "help": _l("Stands above the link in the mail."), "rows": 4},
    )


class EntrySchema(TrackRecordSchema):
    """An entry that the organisation proposes, with a file that shows it."""

    file = Upload(
        DOCUMENTS,
        load_default=None,
        metadata={"label": _l("Evidence as a file"), "help": _l("A report or a photo, at most 10 MB.")},
    )


class FileSchema(TrackFileSchema):
    """A file that shows what an entry says."""

    record_id = fields.UUID(required=True, metadata={"label": _l("Entry"), "widget": "select"})


class ProfileDecisionSchema(Schema):
    """What becomes of one change."""

    id = fields.UUID(required=True)
    take = fields.Boolean(required=True)
    reason = Prose(load_default="", longest=1000)


class ProfileDecisionsSchema(Schema):
    """Decisions on some or all of the changes that wait; `organisation_version` is what was looked at."""

    organisation_version = fields.Integer(required=True)
    changes = fields.List(fields.Nested(ProfileDecisionSchema), required=True, validate=validate.Length(1, 200))


class ProfileChangeSchema(Schema):
    """A proposed change: of the organisation's field `name`, or "logo", "record" or "file" for what is added."""

    id = fields.UUID()
    name = fields.String()
    was = fields.Raw()
    wanted = fields.Raw()
    state = fields.String()
    reason = fields.String()
    decided_at = fields.AwareDateTime(allow_none=True)


class ProfileUpdateSchema(Schema):
    """What an organisation sent."""

    id = fields.UUID()
    organisation_id = fields.UUID()
    state = fields.String()
    sent_by = fields.String(attribute="sent_by_name")
    sent_at = fields.AwareDateTime()
    settled_at = fields.AwareDateTime(allow_none=True)
    changes = fields.List(fields.Nested(ProfileChangeSchema))


class UpdateQuery(PageQuery):
    state = fields.String(load_default=None, validate=validate.OneOf([SENT, SETTLED]))
