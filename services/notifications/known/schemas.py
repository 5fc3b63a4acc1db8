"""What notifications reads of partners' and campaigns' events; other fields are ignored."""

from marshmallow import Schema, fields


class MergeNewsSchema(Schema):
    merged_id = fields.UUID(required=True)
    survivor_id = fields.UUID(required=True)


class PersonNewsSchema(Schema):
    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    role = fields.String(required=True)
    organisation_id = fields.UUID(required=True, allow_none=True)
    locale = fields.String(required=True)
    time_zone = fields.String(required=True, allow_none=True)
    active = fields.Boolean(required=True)


class ContactNewsSchema(Schema):
    contact_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    is_liaison = fields.Boolean(required=True)
    locale = fields.String(required=True)
    time_zone = fields.String(required=True, allow_none=True)
    may_mail = fields.Boolean(required=True)
    active = fields.Boolean(required=True)


class OrganisationNewsSchema(Schema):
    organisation_id = fields.UUID(required=True)
    name = fields.String(required=True)


class CampaignNewsSchema(Schema):
    campaign_id = fields.UUID(required=True)
    title = fields.String(required=True)
    cause = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    owner_id = fields.UUID(required=True)
    owner_name = fields.String(required=True)
    partners = fields.List(fields.UUID(), required=True)
