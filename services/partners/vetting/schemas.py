"""What vetting asks people for and tells programs, for the API and for the pages' forms."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.partners.vetting.models import APPROVED, OUTCOMES, REFUSED, VERDICTS
from services.partners.vetting.queries import PARTS, RUNNING
from services.partners.vetting.words import OUTCOME_NAMES, VERDICT_NAMES
from shared.fields import Line, Prose
from shared.web.answers import PageQuery
from shared.web.uploads import DOCUMENTS, Upload

PAPER_KINDS = _l("PDF, a photo, Word, OpenDocument or Excel, up to 10 MB.")


class ItemSchema(Schema):
    """An item of the checklist, with why it is changed."""

    label = Line(required=True, metadata={"label": _l("What is looked at")})
    help = Prose(
        load_default="",
        longest=1000,
        metadata={"label": _l("Help"), "help": _l("What to look for, and where."), "rows": "3"},
    )
    required = fields.Boolean(
        load_default=False,
        metadata={"label": _l("An approval needs it"), "help": _l("The others are looked at where they matter.")},
    )
    months = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, 60),
        metadata={
            "label": _l("An answer is good for, in months"),
            "help": _l("Empty: for as long as the paper says, two years at most."),
        },
    )
    reason = Prose(required=True, longest=500, metadata={"rows": "2", "label": _l("Why this changes")})


class DropSchema(Schema):
    reason = Prose(required=True, longest=500, metadata={"rows": "2", "label": _l("Why it is taken off")})


class InterestSchema(Schema):
    conflict = fields.Boolean(
        required=True,
        metadata={
            "label": _l("Do you, your family or friends have an interest in this organisation?"),
            "help": _l("Work, money, a seat on the board, a close tie. Saying so is no fault."),
            "widget": "radio",
            "choices": {},
        },
    )
    description = Prose(load_default="", longest=2000, metadata={"label": _l("If so, describe it"), "rows": "3"})


class AnswerSchema(Schema):
    id = fields.UUID(dump_only=True)
    key = fields.String(dump_only=True)
    label = fields.String(dump_only=True)
    required = fields.Boolean(dump_only=True)
    months = fields.Integer(dump_only=True, metadata={"description": "how long an answer is good"})
    verdict = fields.String(
        required=True,
        validate=validate.OneOf(VERDICTS),
        metadata={"label": _l("What did you find?"), "choices": VERDICT_NAMES, "widget": "radio"},
    )
    note = Prose(
        load_default="",
        longest=4000,
        metadata={
            "label": _l("Notes"),
            "help": _l("What you looked at. Needed where it is not met or does not apply."),
            "rows": "4",
        },
    )
    answered_by = fields.UUID(dump_only=True)
    answered_at = fields.AwareDateTime(dump_only=True)
    evidence = fields.List(fields.Nested("EvidenceSchema"), dump_only=True)
    version = fields.Integer(dump_only=True)


class EvidenceSchema(Schema):
    id = fields.UUID(dump_only=True)
    file_name = fields.String(dump_only=True)
    media_type = fields.String(dump_only=True)
    size = fields.Integer(dump_only=True, metadata={"description": "bytes"})
    sha256 = fields.String(dump_only=True)
    state = fields.String(dump_only=True)
    expires_on = fields.Date(dump_only=True)
    from_partner = fields.Boolean(dump_only=True)
    reason = fields.String(dump_only=True)


class NewEvidenceSchema(Schema):
    file = Upload(DOCUMENTS, required=True, metadata={"label": _l("File"), "help": PAPER_KINDS})
    expires_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"label": _l("Good until"), "help": _l("The day that the paper itself names, if it does.")},
    )


class PaperSchema(NewEvidenceSchema):
    """What a liaison sends."""

    answer_id = fields.UUID(required=True, metadata={"label": _l("Which paper is it?"), "widget": "radio"})


class CheckSchema(Schema):
    good = fields.Boolean(required=True, metadata={"label": _l("Can it be used?"), "widget": "radio", "choices": {}})
    expires_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"label": _l("Good until"), "help": _l("The day that the paper itself names, if it does.")},
    )
    reason = Prose(load_default="", longest=500, metadata={"rows": "2", "label": _l("If not, why?")})


class DecisionSchema(Schema):
    outcome = fields.String(
        required=True,
        validate=validate.OneOf(OUTCOMES),
        metadata={"label": _l("Decision"), "choices": OUTCOME_NAMES, "widget": "radio"},
    )
    reason = Prose(
        load_default="",
        longest=4000,
        metadata={
            "label": _l("Conditions, or reason"),
            "help": _l("Needed for conditions and for a refusal. Only our own people read it."),
            "rows": "4",
        },
    )

    @validates_schema(skip_on_field_errors=True)
    def say_why(self, data: dict[str, Any], **_: Any) -> None:
        """Only a plain approval goes without words."""
        if data["outcome"] != APPROVED and not data["reason"]:
            refused = data["outcome"] == REFUSED
            raise ValidationError("Say why it is refused." if refused else "Write down the conditions.", "reason")


class FastTrackSchema(Schema):
    reason = Prose(
        required=True,
        longest=2000,
        metadata={"label": _l("Why can't it wait?"), "rows": "4", "help": _l("Somebody else decides by this.")},
    )
    until = fields.Date(
        required=True,
        metadata={"label": _l("Until when?"), "help": _l("At most 90 days. The checklist goes on meanwhile.")},
    )


class FastDecisionSchema(Schema):
    granted = fields.Boolean(required=True, metadata={"label": _l("May work begin?"), "widget": "radio", "choices": {}})
    reason = Prose(load_default="", longest=2000, metadata={"label": _l("If not, why?"), "rows": "3"})


class AskSchema(Schema):
    answers = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(min=1),
        metadata={
            "label": _l("Which papers do you need?"),
            "help": _l("They read these names, so choose only what they can send."),
            "widget": "checkboxes",
        },
    )
    message = Prose(required=True, longest=2000, metadata={"label": _l("What you write to them"), "rows": "4"})


class VettingQuery(PageQuery):
    part = fields.String(load_default=RUNNING, validate=validate.OneOf(PARTS))
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the organisation's name"})


class VettingSchema(Schema):
    id = fields.UUID()
    organisation_id = fields.UUID()
    checklist = fields.Integer(metadata={"description": "the version of the checklist"})
    outcome = fields.String(allow_none=True)
    reason = fields.String()
    valid_until = fields.Date(allow_none=True)
    fast_granted = fields.Boolean(allow_none=True)
    fast_until = fields.Date(allow_none=True)
    answers = fields.List(fields.Nested(AnswerSchema))
    version = fields.Integer()
    created_at = fields.AwareDateTime()


class StateSchema(Schema):
    state = fields.String()
    valid_until = fields.Date(allow_none=True)
    running = fields.UUID(allow_none=True, metadata={"description": "the vetting that runs"})
