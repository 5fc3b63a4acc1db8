"""A dashboard as it goes out. Figures are exact, as strings."""

from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from services.metrics.alerts.judgement import STATUSES
from services.metrics.dashboard.overview import OVERDUE
from services.metrics.known.queries import SORTS, WORST
from shared.fields import ExactNumber, Line
from shared.web.answers import PageQuery

_MYRIADTH = Decimal("0.0001")


class Month(fields.Field[date | None]):
    """A month as a browser's field for one sends it: "2026-03"; "" for none. Its first day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date | None:
        if value == "":
            return None
        try:
            return datetime.strptime(str(value), "%Y-%m").date()  # noqa: DTZ007 - a calendar month has no zone
        except ValueError as error:
            raise ValidationError(str(_l("Choose a month such as 2026-03."))) from error


class PartName(fields.Field[tuple[str, str] | None]):
    """A dimension and one of its categories, as "sex:f"; "" for none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[str, str] | None:
        if value == "":
            return None
        dimension, colon, category = str(value).partition(":")
        if not (dimension and colon and category) or len(str(value)) > 200:
            raise ValidationError(str(_l("Name a dimension and a category, such as sex:f.")))
        return dimension, category


class ShareSchema(Schema):
    organisation_id = fields.UUID()
    name = fields.String(allow_none=True, metadata={"description": "null until it is known"})
    verified = ExactNumber(allow_none=True)
    provisional = ExactNumber(allow_none=True)


class PartSchema(Schema):
    dimension = fields.String()
    category = fields.String()
    verified = ExactNumber()
    provisional = ExactNumber()


class InterimSchema(Schema):
    due_on = fields.Date()
    value = ExactNumber()


class ForecastSchema(Schema):
    level = ExactNumber()
    low = ExactNumber()
    high = ExactNumber()


class MarkSchema(Schema):
    sort = fields.String(metadata={"enum": ["decision", "milestone"]})
    title = fields.String()
    day = fields.Date()
    done = fields.Boolean()


class PointSchema(Schema):
    month = fields.Date(format="%Y-%m", metadata={"format": "yyyy-mm"})
    verified = ExactNumber(allow_none=True, metadata={"description": "what the month's figures come to by themselves"})
    provisional = ExactNumber(allow_none=True)
    level = ExactNumber(allow_none=True, metadata={"description": "where the KPI stood at the end of the month"})


class FootnoteSchema(Schema):
    former = ExactNumber()
    target = ExactNumber()
    reason = fields.String()
    changed_at = fields.AwareDateTime()


class JointFootnoteSchema(Schema):
    id = fields.UUID()
    kind = fields.String(metadata={"enum": ["joint", "adjustment"]})
    value = ExactNumber(metadata={"description": "what was reached together, or what was added or taken out"})
    period_start = fields.Date()
    period_end = fields.Date()
    status = fields.String()
    note = fields.String()


class OwedSchema(Schema):
    organisation_id = fields.UUID()
    name = fields.String(allow_none=True, metadata={"description": "null until it is known"})
    period_start = fields.Date()
    period_end = fields.Date()
    due_on = fields.Date(metadata={"description": "the last day on which the figures were in time"})


class KpiBoardSchema(Schema):
    key = fields.String()
    name = fields.String()
    unit = fields.String()
    target = ExactNumber()
    baseline = ExactNumber()
    aggregation = fields.String(attribute="goal.aggregation")
    verified = ExactNumber(
        allow_none=True,
        metadata={"description": "what verified figures come to over all partners: their sum, mean, latest..."},
    )
    provisional = ExactNumber(allow_none=True, metadata={"description": "the same of figures not verified yet"})
    value = ExactNumber(
        allow_none=True, metadata={"description": "where it stands, the baseline included; null for no value"}
    )
    progress = fields.Method(
        "dump_progress",
        metadata={
            "type": "number",
            "description": "the share of the way from baseline to target, rounded down",
        },
    )
    status = fields.String(metadata={"enum": list(STATUSES)})
    reason = fields.String()
    is_split = fields.Boolean(
        metadata={"description": "false where a part is asked for that its figures are not parted by"}
    )
    by_partner = fields.List(fields.Nested(ShareSchema))
    by_part = fields.List(fields.Nested(PartSchema), metadata={"description": "by category of each dimension"})
    interim = fields.List(fields.Nested(InterimSchema), metadata={"description": "where it should stand on the way"})
    forecast = fields.Nested(
        ForecastSchema,
        allow_none=True,
        metadata={"description": "the level on the last day, and the range of four cases in five"},
    )
    series = fields.List(fields.Nested(PointSchema), metadata={"description": "by month, only those with figures"})
    footnotes = fields.List(fields.Nested(FootnoteSchema), metadata={"description": "targets given up for others"})
    joint = fields.List(
        fields.Nested(JointFootnoteSchema), metadata={"description": "joint work and adjustments among the figures"}
    )

    overdue = fields.List(fields.Nested(OwedSchema), metadata={"description": "what is owed by the agreed frequency"})

    def dump_progress(self, board: Any) -> float:
        # Within what a float holds to four places; shares of this size are nobody's honest progress.
        share = min(max(board.progress, Decimal(-(10**9))), Decimal(10**9))
        return float(share.quantize(_MYRIADTH, ROUND_FLOOR))


class CampaignSchema(Schema):
    id = fields.UUID()
    title = fields.String()
    cause = fields.String()
    starts_on = fields.Date()
    ends_on = fields.Date()


class BoardSchema(Schema):
    campaign = fields.Nested(CampaignSchema)
    kpis = fields.List(fields.Nested(KpiBoardSchema))
    marks = fields.List(fields.Nested(MarkSchema), metadata={"description": "decisions and milestones by day"})


class BoardQuery(Schema):
    """What figures, shares and series are narrowed to; how a KPI stands is always told of all."""

    class Meta:
        unknown = EXCLUDE

    since = Month(load_default=None, data_key="from", metadata={"description": "the first month, such as 2026-03"})
    until = Month(load_default=None, data_key="to", metadata={"description": "the last month"})
    organisation_id = fields.UUID(load_default=None, data_key="partner")
    part = PartName(load_default=None, metadata={"description": "a dimension and a category, such as sex:f"})


class OverviewQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
    state = fields.String(load_default="", validate=validate.OneOf(("", OVERDUE, *STATUSES)))
    cause = fields.String(load_default="", validate=validate.Length(max=100))
    sort = fields.String(load_default=WORST, validate=validate.OneOf(SORTS))
