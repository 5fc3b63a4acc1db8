"""A KPI as it comes in and goes out, for the API and for the page's forms."""

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.metrics.alerts.judgement import PACES
from services.metrics.alerts.levels import AGGREGATIONS, DERIVED
from services.metrics.indicators.models import DIRECTIONS, FREQUENCIES, KEY, VERIFICATIONS
from services.metrics.indicators.schemas.fields import list_dimensions, list_interims
from services.metrics.indicators.service.follow_ups import MONTHS
from shared.fields import ExactNumber, Line, Prose

DIRECTION_NAMES = {"increase": _l("More is better"), "decrease": _l("Less is better")}
VERIFICATION_NAMES = {
    "automatic": _l("When it comes in"),
    "manual": _l("When one of us has looked at it"),
}
AGGREGATION_NAMES = {
    "sum": _l("Added up"),
    "count": _l("Counted"),
    "mean": _l("Average"),
    "weighted_mean": _l("Weighted average"),
    "latest": _l("Newest figure"),
    "minimum": _l("Smallest figure"),
    "maximum": _l("Largest figure"),
    "ratio": _l("Ratio of two KPIs"),
    "formula": _l("Formula over other KPIs"),
}
AGGREGATION_WORDS = {
    "sum": _l("Added up: every figure counts on top of the baseline, such as meals served"),
    "count": _l("Counted: every report is one, whatever its value, such as workshops held"),
    "mean": _l("Average: every report weighs the same, such as water quality per sample"),
    "weighted_mean": _l("Weighted average: every report says how much it weighs, such as a score by people asked"),
    "latest": _l("Newest figure: each partner's latest counts, added over the partners, such as members or hectares"),
    "minimum": _l("Smallest figure: the lowest that anyone reported"),
    "maximum": _l("Largest figure: the highest that anyone reported"),
    "ratio": _l("Ratio: one KPI of this campaign divided by another, such as waste per hour"),
    "formula": _l("Formula: worked out from other KPIs of this campaign with + - * / and parentheses"),
}
FREQUENCY_NAMES = {
    "none": _l("No fixed rhythm"),
    "monthly": _l("Every month"),
    "quarterly": _l("Every quarter"),
    "half_yearly": _l("Every half-year"),
    "yearly": _l("Every year"),
}
PACE_NAMES = {
    "straight": _l("An even pace from the first day to the last"),
    "interim": _l("The interim targets on the way"),
    "seasonal": _l("The seasons of the past year"),
}
#: The fields of a form, for KPIs that partners report and for those that are worked out.
_BOTH = ("name", "key", "unit", "aggregation", "direction", "baseline", "target", "interims")
REPORTED_FORM = (*_BOTH, "verification", "frequency", "grace_days", "reporters", "pace", "dimensions", "means")
DERIVED_FORM = (
    *("name", "key", "unit", "aggregation", "formula", "direction", "baseline", "target", "interims", "pace", "means"),
)


class SettingsSchema(Schema):
    """What may be changed of a KPI at any time."""

    name = Line(required=True, metadata={"label": _l("Name"), "placeholder": _l("Waste removed")})
    verification = fields.String(
        load_default="automatic",
        validate=validate.OneOf(VERIFICATIONS),
        metadata={"label": _l("A figure counts as verified"), "choices": VERIFICATION_NAMES, "widget": "radio"},
    )
    frequency = fields.String(
        load_default="none",
        validate=validate.OneOf(FREQUENCIES),
        metadata={"label": _l("Partners report"), "choices": FREQUENCY_NAMES},
    )
    grace_days = fields.Integer(
        strict=False,
        load_default=14,
        validate=validate.Range(0, 366),
        metadata={
            "label": _l("Days to report in"),
            "help": _l("For so many days after a period has ended its figures are not late."),
        },
    )
    reporters = fields.List(
        fields.UUID(),
        load_default=list,
        metadata={
            "label": _l("Who reports it"),
            "help": _l("Without a choice, every partner of the campaign."),
            "widget": "checkboxes",
        },
    )
    pace = fields.String(
        load_default="straight",
        validate=validate.OneOf(PACES),
        metadata={
            "label": _l("On the way it is held against"),
            "choices": PACE_NAMES,
            "help": _l("Says from when on the KPI is called at risk or off track."),
        },
    )
    dimensions = list_dimensions()
    means = Prose(
        load_default="",
        longest=2000,
        metadata={
            "label": _l("Means of verification"),
            "help": _l("What shows that a figure is true, such as weighbridge slips or attendance lists."),
            "rows": 3,
        },
    )


class BasisSchema(SettingsSchema):
    """What stands still once figures are there, or once both sides signed it."""

    unit = Line(
        required=True,
        longest=40,
        metadata={"label": _l("Unit"), "help": _l("What is counted, such as t, h, people or ZAR.")},
    )
    aggregation = fields.String(
        load_default="sum",
        validate=validate.OneOf(AGGREGATIONS),
        metadata={"label": _l("How figures make the KPI"), "choices": AGGREGATION_WORDS, "widget": "radio"},
    )
    formula = Line(
        load_default=None,
        allow_none=True,
        longest=500,
        metadata={
            "label": _l("Worked out as"),
            "help": _l("With the keys of other KPIs, such as waste / hours. Also min(a, b), max(a, b) and abs(a)."),
            "widget": "text",
            "spellcheck": "false",
        },
    )
    direction = fields.String(
        load_default="increase",
        validate=validate.OneOf(DIRECTIONS),
        metadata={"label": _l("Direction"), "choices": DIRECTION_NAMES, "widget": "radio"},
    )
    baseline = ExactNumber(
        load_default=Decimal(0),
        metadata={
            "label": _l("Baseline"),
            "help": _l("Where things stand before the campaign. What is added up or counted is added to it."),
        },
    )


class KpiSchema(BasisSchema):
    """A whole KPI; what is only dumped says how it stands in the campaign."""

    id = fields.UUID(dump_only=True)
    campaign_id = fields.UUID(dump_only=True)
    key = fields.String(
        required=True,
        validate=validate.Regexp(KEY, error='Use small letters, digits and underscores, such as "waste_removed".'),
        metadata={
            "label": _l("Key"),
            "help": _l("Partners' systems name the KPI by it, so it can't be changed later."),
            "placeholder": "waste_removed",
            "spellcheck": "false",
        },
    )
    target = ExactNumber(
        required=True, metadata={"label": _l("Target"), "help": _l("Where things should stand when it ends.")}
    )
    interims = list_interims()
    indicator_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"widget": "hidden", "description": "the definition in the library that it is made from"},
    )
    begins_on = fields.Date(dump_only=True)
    due_on = fields.Date(dump_only=True)
    follows_id = fields.UUID(dump_only=True)
    follow_months = fields.Integer(dump_only=True)
    target_number = fields.Integer(dump_only=True)
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class KpiListSchema(Schema):
    items = fields.List(fields.Nested(KpiSchema))


class EditSchema(BasisSchema):
    """What may still be changed of a KPI, with the reason where something signed changes."""

    reason = Prose(
        load_default="",
        longest=1000,
        metadata={
            "label": _l("Reason"),
            "help": _l("Needed where both sides are to sign, or have signed, what you change: it stays as a footnote."),
            "rows": 2,
        },
    )


class TargetSchema(Schema):
    target = ExactNumber(required=True, metadata={"label": _l("New target")})
    interims = list_interims()
    reason = Prose(
        required=True,
        longest=1000,
        metadata={"label": _l("Reason"), "help": _l("Stands as a footnote wherever the target is shown."), "rows": 3},
    )


class FollowUpSchema(Schema):
    months = fields.List(
        fields.Integer(validate=validate.OneOf(MONTHS)),
        required=True,
        validate=[validate.Length(min=1), validate.ContainsOnly(MONTHS)],
        metadata={
            "label": _l("Months after the campaign's last day"),
            "choices": {"3": _l("3 months"), "6": _l("6 months"), "12": _l("12 months")},
            "widget": "checkboxes",
        },
    )
    target = ExactNumber(
        load_default=None,
        allow_none=True,
        metadata={"label": _l("Level that should be there still"), "help": _l("By default the target of this KPI.")},
    )


class SignatureSchema(Schema):
    person_name = fields.String()
    organisation_id = fields.UUID(allow_none=True)
    signed_at = fields.AwareDateTime()


class SigningSchema(Schema):
    """How far the signing of a target has come; `waits_for` are the partners that have not signed."""

    digest = fields.String(metadata={"description": "the SHA-256 of the terms, to be sent when signing"})
    terms = fields.Dict()
    ours = fields.Nested(SignatureSchema, allow_none=True)
    theirs = fields.Dict(keys=fields.UUID(), values=fields.Nested(SignatureSchema, allow_none=True))
    waits_for = fields.List(fields.UUID())
    is_complete = fields.Boolean()


class DigestSchema(Schema):
    #: Without one nothing is signed; what isn't the caller's is not found, whatever they send.
    digest = fields.String(load_default="", metadata={"description": "that of the terms that were seen"})


def name_fields(aggregation: str, *, creating: bool, free: bool = True) -> tuple[str, ...]:
    """The fields of a form for a KPI of this aggregation; `free` while its unit and the like may still change."""
    names = DERIVED_FORM if aggregation in DERIVED else REPORTED_FORM
    if creating:
        return (*names, "indicator_id")
    left_out = {"key", "target", "interims"} | (set() if free else {"unit", "aggregation", "direction", "formula"})
    return (*(name for name in names if name not in left_out), "reason")


def narrow_choices(aggregation: str) -> list[tuple[str, Any]]:
    """The aggregations to choose from: those that are reported, or those that are worked out."""
    derived = aggregation in DERIVED
    return [(each, words) for each, words in AGGREGATION_WORDS.items() if (each in DERIVED) is derived]
