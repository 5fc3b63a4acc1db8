"""The feed as programs see it."""

from marshmallow import Schema, fields


class StorySchema(Schema):
    id = fields.UUID()
    at = fields.AwareDateTime()
    kind = fields.String()
    headline = fields.String()
    detail = fields.String()
    address = fields.String(metadata={"description": "the page that tells more, below the gateway's address"})
    campaign_id = fields.UUID(allow_none=True)
    organisation_id = fields.UUID(allow_none=True)
