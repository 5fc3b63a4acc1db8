"""What campaigns reads of partners' events; other fields are ignored."""

from marshmallow import Schema, fields


class OrganisationNewsSchema(Schema):
    organisation_id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    country = fields.String(required=True)


class MergeNewsSchema(Schema):
    merged_id = fields.UUID(required=True)
    survivor_id = fields.UUID(required=True)


class PersonNewsSchema(Schema):
    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    active = fields.Boolean(required=True)
    organisation_id = fields.UUID(required=True, allow_none=True)
