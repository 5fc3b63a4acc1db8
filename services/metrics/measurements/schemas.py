"""Figures as they come in and go out: from submissions, in lists, and when someone decides on them."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.metrics.measurements.models import ADJUSTMENT, FLAGS, JOINT, SOURCES, STATUSES
from services.metrics.measurements.service.sources import KINDS
from services.metrics.measurements.service.verdicts import AT_ONCE
from services.metrics.measurements.words import GIVEN_NAMES, MEASURE_NAMES, SOURCE_NAMES, VERDICT_NAMES
from shared.fields import ExactNumber, Line, Prose, plain
from shared.web.answers import PageQuery
from shared.web.uploads import DOCUMENTS, Upload


class SubmissionHeardSchema(Schema):
    """What metrics reads of an accepted submission; its items are looked at one by one, later."""

    submission_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    received_at = fields.AwareDateTime(required=True)
    data = fields.Dict(required=True)
    trial = fields.Boolean(load_default=False)
    pictures = fields.List(fields.Dict(), load_default=list)


class FigureSchema(Schema):
    id = fields.UUID()
    kpi_id = fields.UUID()
    organisation_id = fields.UUID()
    submission_id = fields.UUID(allow_none=True)
    source = fields.String()
    reference = fields.String()
    value = ExactNumber()
    weight = ExactNumber(allow_none=True)
    parts = fields.Dict(allow_none=True, metadata={"description": "the value by dimension and category"})
    parts_note = fields.String(allow_none=True)
    claim_id = fields.UUID(allow_none=True)
    note = fields.String(allow_none=True)
    evidence = fields.Dict(allow_none=True, metadata={"description": "a link, or what is known of the stored file"})
    restated = fields.Boolean(metadata={"description": "came or changed after its month was reported on"})
    period_start = fields.Date()
    period_end = fields.Date()
    status = fields.String()
    superseded_by = fields.UUID(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class FlagSchema(Schema):
    id = fields.UUID()
    kpi_id = fields.UUID()
    organisation_id = fields.UUID()
    figure_id = fields.UUID(allow_none=True)
    kind = fields.String(validate=validate.OneOf(FLAGS))
    period_start = fields.Date()
    period_end = fields.Date()
    detail = fields.Dict()
    created_at = fields.AwareDateTime()
    closed_at = fields.AwareDateTime(allow_none=True)
    closed_by = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class VerdictSchema(Schema):
    status = fields.String()
    reason = fields.String(allow_none=True)
    person_name = fields.String()
    at = fields.AwareDateTime(attribute="created_at")


class WholeFigureSchema(FigureSchema):
    """A figure with all that led to it."""

    chain = fields.List(fields.Nested(FigureSchema), metadata={"description": "as it was corrected, newest first"})
    verdicts = fields.List(fields.Nested(VerdictSchema))
    flags = fields.List(fields.Nested(FlagSchema))


class FilterQuery(Schema):
    """Which figures are meant."""

    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES), allow_none=True)
    organisation_id = fields.UUID(load_default=None, allow_none=True)
    kpi = fields.String(load_default=None, allow_none=True, metadata={"description": "a KPI's key"})
    source = fields.String(load_default=None, validate=validate.OneOf(SOURCES), allow_none=True)
    since = fields.Date(load_default=None, allow_none=True, metadata={"description": "periods that end then or later"})
    until = fields.Date(load_default=None, allow_none=True, metadata={"description": "periods that end by then"})
    flag = fields.String(load_default=None, validate=validate.OneOf(("any", *FLAGS)), allow_none=True)
    restated = fields.Boolean(load_default=None, allow_none=True)


class FigureQuery(PageQuery, FilterQuery):
    pass


class VerifySchema(Schema):
    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, AT_ONCE))


class RejectSchema(VerifySchema):
    reason = Prose(
        required=True,
        longest=1000,
        metadata={
            "label": _l("Reason"),
            "help": _l("The partner sees it when they send the same figure again."),
            "rows": 2,
        },
    )


class DecideMatchingSchema(FilterQuery):
    """A verdict on all figures that fit."""

    verdict = fields.String(
        required=True,
        validate=validate.OneOf(("verified", "returned", "rejected")),
        metadata={"label": _l("What do you decide?"), "choices": VERDICT_NAMES, "widget": "radio"},
    )
    reason = Prose(load_default=None, allow_none=True, longest=1000, metadata={"label": _l("Reason"), "rows": 2})
    up_to = fields.UUID(required=True, metadata={"description": "the newest figure that you saw", "widget": "hidden"})

    @validates_schema(skip_on_field_errors=True)
    def say_why(self, data: dict[str, Any], **_given: Any) -> None:
        """Only what is verified goes without words."""
        if data["verdict"] != "verified" and not data["reason"]:
            raise ValidationError("Say why, so that the partner can put it right.", "reason")


class DecidedSchema(Schema):
    changed = fields.Integer(metadata={"description": "how many figures are different now"})


class PeriodSchema(Schema):
    period_start = fields.Date(required=True, metadata={"label": _l("First day")})
    period_end = fields.Date(required=True, metadata={"label": _l("Last day")})


class EntrySchema(PeriodSchema):
    """A figure that we enter for a partner."""

    kpi = fields.String(required=True, metadata={"form": False})
    organisation_id = fields.UUID(required=True, metadata={"label": _l("Partner"), "widget": "select"})
    value = ExactNumber(required=True, metadata={"label": _l("Figure"), "widget": "decimal"})
    weight = ExactNumber(metadata={"label": _l("Weight"), "widget": "decimal"})
    parts = fields.Dict(fields.String(), fields.Dict(fields.String(), ExactNumber()), metadata={"form": False})
    parts_note = Prose(longest=1000, metadata={"label": _l("If the parts don't add up, why"), "rows": 2})
    reference = Line(
        metadata={
            "label": _l("Reference"),
            "help": _l(
                "The partner's own id of the figure, if there is one: a figure that has it already is corrected."
            ),
        }
    )
    note = Prose(longest=1000, metadata={"label": _l("Note"), "rows": 2, "help": _l("How you came by it.")})
    link = fields.Url(
        schemes={"https"}, validate=validate.Length(max=500), metadata={"label": _l("Evidence: an address")}
    )


class EntryFormSchema(EntrySchema):
    file = Upload(
        DOCUMENTS, metadata={"label": _l("Evidence: a file"), "help": _l("PDF, a photo, Word or Excel, up to 10 MB.")}
    )


class FigureEvidenceSchema(Schema):
    link = fields.Url(schemes={"https"}, validate=validate.Length(max=500), metadata={"label": _l("An address, or")})
    file = Upload(DOCUMENTS, metadata={"label": _l("a file"), "help": _l("PDF, a photo, Word or Excel, up to 10 MB.")})


class JointShareSchema(Schema):
    organisation_id = fields.UUID(required=True)
    share = ExactNumber(required=True, metadata={"description": "of 100, or of 1"})


class JointSchema(PeriodSchema):
    """Work that several partners did together."""

    kpi = fields.String(required=True, metadata={"label": _l("KPI"), "widget": "select"})
    claimant_id = fields.UUID(
        required=True,
        metadata={
            "label": _l("Who reported it"),
            "widget": "select",
            "help": _l("What is left by rounding the shares is theirs."),
        },
    )
    value = ExactNumber(required=True, metadata={"label": _l("What they did together"), "widget": "decimal"})
    shares = fields.List(fields.Nested(JointShareSchema), required=True, metadata={"form": False})
    reference = Line(required=True, longest=160, metadata={"label": _l("Reference")})
    note = Prose(
        required=True, longest=1000, metadata={"label": _l("What it was, and who agreed to the shares"), "rows": 3}
    )


class AdjustmentSchema(PeriodSchema):
    kpi = fields.String(required=True, metadata={"label": _l("KPI"), "widget": "select"})
    organisation_id = fields.UUID(
        required=True, metadata={"label": _l("Partner whose figures it changes"), "widget": "select"}
    )
    value = ExactNumber(
        required=True,
        metadata={
            "label": _l("By how much"),
            "widget": "decimal",
            "help": _l("Below 0 to take out what was counted twice."),
        },
    )
    reason = Prose(
        required=True,
        longest=1000,
        metadata={"label": _l("Reason"), "rows": 3, "help": _l("Stands as a footnote wherever the figure is shown.")},
    )


class JointNoteSchema(Schema):
    id = fields.UUID()
    kind = fields.String(validate=validate.OneOf((JOINT, ADJUSTMENT)))
    kpi_id = fields.UUID()
    value = ExactNumber()
    period_start = fields.Date()
    period_end = fields.Date()
    status = fields.String()
    note = fields.String()
    shares = fields.Method("list_shares", metadata={"type": "array", "description": "organisation and its part"})
    entered_at = fields.AwareDateTime()

    def list_shares(self, note: Any) -> list[dict[str, str]]:
        return [{"organisation_id": str(each), "value": plain(value)} for each, value in note.shares]


class JointNotesSchema(Schema):
    items = fields.List(fields.Nested(JointNoteSchema))


class EnteredSchema(Schema):
    id = fields.UUID()


class LockSchema(Schema):
    first = fields.Date(required=True, metadata={"label": _l("From the month of")})
    last = fields.Date(required=True, metadata={"label": _l("To the month of")})
    reason = Prose(
        required=True, longest=1000, metadata={"label": _l("Why"), "rows": 2, "placeholder": _l("Report to the board")}
    )


class LockedMonthSchema(Schema):
    month = fields.Date(metadata={"description": "its first day"})
    locked_at = fields.AwareDateTime()
    person_name = fields.String()
    reason = fields.String()


class LockedMonthsSchema(Schema):
    items = fields.List(fields.Nested(LockedMonthSchema))


class RestatementSchema(Schema):
    id = fields.UUID()
    kpi_id = fields.UUID()
    organisation_id = fields.UUID()
    month = fields.Date()
    figure_id = fields.UUID()
    before = ExactNumber(allow_none=True)
    before_status = fields.String(allow_none=True)
    after = ExactNumber(allow_none=True)
    after_status = fields.String(allow_none=True)
    reason = fields.String()
    person_name = fields.String(allow_none=True)
    at = fields.AwareDateTime(attribute="created_at")


class RestatementQuery(PageQuery):
    since = fields.AwareDateTime(load_default=None, allow_none=True)
    organisation_id = fields.UUID(load_default=None, allow_none=True)


class FlagQuery(PageQuery):
    kind = fields.String(load_default=None, validate=validate.OneOf(FLAGS), allow_none=True)
    organisation_id = fields.UUID(load_default=None, allow_none=True)
    kpi = fields.String(load_default=None, allow_none=True, metadata={"description": "a KPI's key"})
    all = fields.Boolean(load_default=False, metadata={"description": "those that were explained too"})


class OverdueQuery(PageQuery):
    organisation_id = fields.UUID(load_default=None, allow_none=True)
    settled = fields.Boolean(load_default=False, metadata={"description": "those that were settled too"})


class OverdueSchema(Schema):
    id = fields.UUID()
    kpi_id = fields.UUID()
    organisation_id = fields.UUID()
    period_start = fields.Date()
    period_end = fields.Date()
    due_on = fields.Date(metadata={"description": "the last day on which the figures were in time"})
    noticed_at = fields.AwareDateTime(attribute="created_at")
    settled_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "when they came, or were asked for no more"}
    )


class ExplainSchema(Schema):
    note = Prose(required=True, longest=1000, metadata={"label": _l("What it is about"), "rows": 2})


class SourceSchema(Schema):
    """Where a KPI takes its figures from."""

    source = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(tuple(KINDS)),
        metadata={
            "label": _l("Reports"),
            "choices": SOURCE_NAMES,
            "help": _l("None: figures that partners report for this KPI."),
        },
    )
    measure = fields.String(
        load_default="items",
        validate=validate.OneOf(("hours", "people", "amount", "quantity", "reach", "items")),
        metadata={"label": _l("What is added up"), "choices": MEASURE_NAMES},
    )
    only_kind = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(tuple(GIVEN_NAMES)),
        metadata={"label": _l("Only contributions of this kind"), "choices": GIVEN_NAMES},
    )
    only_unit = Line(
        load_default="", longest=40, metadata={"label": _l("Only in this unit or currency"), "placeholder": "ZAR"}
    )
