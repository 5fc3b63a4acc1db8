"""What partners reads of the events about campaigns and KPIs."""

from marshmallow import EXCLUDE, Schema, fields


class CampaignHeardSchema(Schema):
    campaign_id = fields.UUID(required=True)
    title = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    partners = fields.List(fields.UUID(), required=True)


class KpiHeardSchema(Schema):
    kpi_id = fields.UUID(required=True)
    campaign_id = fields.UUID(required=True)
    key = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    active = fields.Boolean(required=True)


class OwedPeriodSchema(Schema):
    due_on = fields.Date(required=True)


class FiguresOwedSchema(Schema):
    campaign_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    figures = fields.List(fields.Nested(OwedPeriodSchema(unknown=EXCLUDE)), required=True)
