"""What partners reads of the events about campaigns and KPIs."""
"""What partners reads of campaigns' events; other fields are ignored."""

from marshmallow import Schema, fields


class CampaignHeardSchema(Schema):
class CampaignNewsSchema(Schema):
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
