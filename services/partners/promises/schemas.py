"""A promise as it comes in and goes out, for the API and for the pages' forms."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.partners.promises.models import Side, Source, State
from shared.fields import Line, Prose
from shared.web.answers import PageQuery

STATE_NAMES = {State.OPEN.value: _l("Open"), State.DONE.value: _l("Done"), State.WITHDRAWN.value: _l("Withdrawn")}
#: What lists are narrowed to: a state, or the open ones whose day has passed.
FILTERS = {State.OPEN.value: _l("Open"), "overdue": _l("Overdue"), **STATE_NAMES}
SOURCE_NAMES = {
    Source.MEETING.value: _l("A meeting"),
    Source.INTERACTION.value: _l("A conversation"),
    Source.PROPOSAL.value: _l("A proposal"),
    Source.AGREEMENT.value: _l("An agreement"),
}


class PromiseSchema(Schema):
    id = fields.UUID(dump_only=True)
    organisation_id = fields.UUID(dump_only=True)
    text = Line(
        required=True,
        longest=500,
        metadata={"label": _l("What is promised"), "placeholder": _l("Send the list of volunteers"), "rows": "2"},
    )
    owed_by = fields.String(
        required=True,
        validate=validate.OneOf([side.value for side in Side]),
        metadata={
            "label": _l("Who owes it"),
            "widget": "radio",
            "choices": {Side.US.value: _l("We do"), Side.THEM.value: _l("They do")},
        },
    )
    owner_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "label": _l("Who sees to it"),
            "help": _l("Without a name, their liaison is reminded, or whoever of us is responsible for them."),
            "widget": "select",
            "description": "a member of staff where we owe it, a contact where they do",
        },
    )
    due_on = fields.Date(required=True, metadata={"label": _l("Until when")})
    source = fields.String(dump_only=True)
    source_id = fields.UUID(dump_only=True)
    state = fields.String(dump_only=True)
    remark = fields.String(dump_only=True, metadata={"description": "what was said when it was closed"})
    closed_at = fields.AwareDateTime(dump_only=True)
    closed_by = fields.UUID(dump_only=True)
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class PromiseQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the text"})
    state = fields.String(load_default=State.OPEN.value, validate=validate.OneOf(list(FILTERS)))
    owed_by = fields.String(load_default=None, validate=validate.OneOf([side.value for side in Side]))
    mine = fields.Boolean(load_default=False, metadata={"description": "only those that you see to"})


class PromiseApiQuery(PromiseQuery):
    organisation_id = fields.UUID(load_default=None, data_key="organisation")


class RemarkSchema(Schema):
    remark = Prose(load_default="", longest=1000, metadata={"label": _l("A remark"), "rows": "2"})


class ReasonSchema(Schema):
    remark = Prose(required=True, longest=1000, metadata={"label": _l("Why it is no longer asked for"), "rows": "2"})


class SourceSchema(Schema):
    """What a promise was said in, as the address of the form that is to write it down."""

    source = fields.String(required=True, validate=validate.OneOf(list(SOURCE_NAMES)))
    source_id = fields.UUID(required=True)
