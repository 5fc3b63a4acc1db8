"""A KPI as it comes in and goes out, for the API and for the page's forms."""

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.metrics.alerts.levels import REPORTED
from services.metrics.indicators.models import DIRECTIONS, KEY, VERIFICATIONS
from shared.fields import ExactNumber, Line, Prose

DIRECTION_NAMES = {"increase": _l("More is better"), "decrease": _l("Less is better")}
VERIFICATION_NAMES = {
    "automatic": _l("When it comes in"),
    "manual": _l("When one of us has looked at it"),
}


class KpiSchema(Schema):
    id = fields.UUID(dump_only=True)
    campaign_id = fields.UUID(dump_only=True)
    name = Line(required=True, metadata={"label": _l("Name"), "placeholder": _l("Waste removed")})
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
    unit = Line(
        required=True,
        longest=40,
        metadata={"label": _l("Unit"), "help": _l("What is counted, such as t, hours, people or ZAR.")},
    )
    aggregation = fields.String(
        load_default="sum",
        validate=validate.OneOf(REPORTED),
        metadata={"form": False},
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
            "help": _l("Where things stand before the campaign; reported figures are added to it."),
        },
    )
    target = ExactNumber(
        required=True, metadata={"label": _l("Target"), "help": _l("Where things should stand when it ends.")}
    )
    verification = fields.String(
        load_default="automatic",
        validate=validate.OneOf(VERIFICATIONS),
        metadata={"label": _l("A figure counts as verified"), "choices": VERIFICATION_NAMES, "widget": "radio"},
    )
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class KpiListSchema(Schema):
    items = fields.List(fields.Nested(KpiSchema))


class TargetSchema(Schema):
    target = ExactNumber(required=True, metadata={"label": _l("New target")})
    reason = Prose(
        required=True,
        longest=1000,
        metadata={"label": _l("Reason"), "help": _l("Stands as a footnote wherever the target is shown."), "rows": 3},
    )
