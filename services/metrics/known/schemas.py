"""What metrics reads of the events about campaigns with their decisions, and organisations with their contacts."""

from marshmallow import EXCLUDE, Schema, fields


class CampaignHeardSchema(Schema):
    campaign_id = fields.UUID(required=True)
    title = fields.String(required=True)
    cause = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    partners = fields.List(fields.UUID(), required=True)


class DecisionHeardSchema(Schema):
    decision_id = fields.UUID(required=True)
    campaign_id = fields.UUID(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    decided_on = fields.Date(required=True)
    holds = fields.Boolean(required=True)


class MilestoneHeardSchema(Schema):
    milestone_id = fields.UUID(required=True)
    campaign_id = fields.UUID(required=True)
    title = fields.String(required=True)
    due_on = fields.Date(required=True)
    reached_on = fields.Date(required=True, allow_none=True)
    active = fields.Boolean(required=True)


class MergeHeardSchema(Schema):
    merged_id = fields.UUID(required=True)
    survivor_id = fields.UUID(required=True)


class OrganisationHeardSchema(Schema):
    organisation_id = fields.UUID(required=True)
    name = fields.String(required=True)
    logo = fields.String(load_default=None, allow_none=True)


class ContactHeardSchema(Schema):
    contact_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    is_liaison = fields.Boolean(required=True)
    locale = fields.String(required=True)
    time_zone = fields.String(required=True, allow_none=True)
    may_mail = fields.Boolean(required=True)
    active = fields.Boolean(required=True)


class PromiseHeardSchema(Schema):
    party = fields.String(required=True)
    kind = fields.String(required=True)
    what = fields.String(required=True)
    quantity = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True)
    due_on = fields.String(required=True, allow_none=True)


class AgreementHeardSchema(Schema):
    agreement_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    starts_on = fields.Date(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)
    shares_provisional = fields.Boolean(required=True)
    contributions = fields.List(fields.Nested(PromiseHeardSchema(unknown=EXCLUDE)), load_default=list)


class AgreementEndHeardSchema(Schema):
    agreement_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    ended_on = fields.Date(required=True)
