"""Reports as they come in and go out, for the API and for the pages' forms."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.metrics.reports.models import KINDS, PARTS, RHYTHMS, STATES
from services.metrics.reports.words import KIND_NAMES, PART_NAMES, RHYTHM_NAMES
from shared.fields import Prose
from shared.web.answers import PageQuery

_HELP = {
    "summary": _l("Two or three paragraphs that stand before the figures. Markdown works here and below."),
    "stories": _l("What happened, and to whom. Only what people agreed to have told."),
    "contributions": _l("Who gave what beside the figures: money, goods, rooms, expertise."),
    "lessons": _l("What went well, what didn't, and what you would do differently."),
    "next_steps": _l("What follows from this."),
    "thanks": _l("Whom you thank, by name where they agreed."),
}


NarrativeSchema = Schema.from_dict(
    {
        part: Prose(
            load_default="", longest=20_000, metadata={"label": PART_NAMES[part], "help": _HELP[part], "rows": 6}
        )
        for part in PARTS
    },
    name="NarrativeSchema",
)


class ReportSchema(Schema):
    id = fields.UUID(dump_only=True)
    campaign_id = fields.UUID(dump_only=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(KINDS),
        metadata={"label": _l("Kind"), "widget": "radio", "choices": KIND_NAMES},
    )
    starts_on = fields.Date(
        allow_none=True,
        metadata={
            "label": _l("From"),
            "help": _l("A final report is about all of the campaign, whatever you say here."),
        },
    )
    ends_on = fields.Date(allow_none=True, metadata={"label": _l("To")})
    state = fields.String(dump_only=True, metadata={"enum": list(STATES)})
    edition = fields.Integer(dump_only=True, metadata={"description": "the newest frozen edition; 0 before the first"})
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class CadenceSchema(Schema):
    rhythm = fields.String(
        required=True,
        validate=validate.OneOf(RHYTHMS),
        metadata={
            "label": _l("How often"),
            "widget": "radio",
            "choices": RHYTHM_NAMES,
            "help": _l("A progress report is drafted after each period, and the final one after the campaign's end."),
        },
    )
    grace_days = fields.Integer(
        load_default=14,
        validate=validate.Range(0, 90),
        metadata={
            "label": _l("Days of grace"),
            "help": _l("So long after a period's end partners still send its figures; then the draft is made."),
        },
    )


class ReissueSchema(Schema):
    reason = Prose(
        required=True,
        longest=1000,
        metadata={
            "label": _l("Why it is issued again"),
            "rows": 3,
            "help": _l("Every reader of the new edition sees it."),
        },
    )


class ReportQuery(PageQuery):
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class EditionQuery(Schema):
    edition = fields.Integer(load_default=None, metadata={"description": "an edition's number; the newest without"})
