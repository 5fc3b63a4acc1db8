"""A dashboard as it goes out. Figures are exact, as strings."""

from decimal import ROUND_FLOOR, Decimal
from typing import Any

from marshmallow import Schema, fields

from services.metrics.alerts.judgement import STATUSES
from shared.fields import ExactNumber, Line
from shared.web.answers import PageQuery

_MYRIADTH = Decimal("0.0001")


class ShareSchema(Schema):
    organisation_id = fields.UUID()
    name = fields.String(allow_none=True, metadata={"description": "null until it is known"})
    verified = ExactNumber()
    provisional = ExactNumber()


class PointSchema(Schema):
    month = fields.Date(format="%Y-%m", metadata={"format": "yyyy-mm"})
    verified = ExactNumber()
    provisional = ExactNumber()


class FootnoteSchema(Schema):
    former = ExactNumber()
    target = ExactNumber()
    reason = fields.String()
    changed_at = fields.AwareDateTime()


class KpiBoardSchema(Schema):
    key = fields.String()
    name = fields.String()
    unit = fields.String()
    target = ExactNumber()
    baseline = ExactNumber()
    verified = ExactNumber(metadata={"description": "the sum of verified figures, over all partners"})
    provisional = ExactNumber(metadata={"description": "the sum of figures that are not verified yet"})
    value = ExactNumber(metadata={"description": "the baseline and the verified figures"})
    progress = fields.Method(
        "dump_progress",
        metadata={
            "type": "number",
            "description": "the share of the way from baseline to target, rounded down",
        },
    )
    status = fields.String(metadata={"enum": list(STATUSES)})
    reason = fields.String()
    by_partner = fields.List(fields.Nested(ShareSchema))
    series = fields.List(fields.Nested(PointSchema), metadata={"description": "by month, only those with figures"})
    footnotes = fields.List(fields.Nested(FootnoteSchema), metadata={"description": "targets given up for others"})

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


class OverviewQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
