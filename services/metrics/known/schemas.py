"""What metrics reads of the events about campaigns, their decisions and milestones, and organisations."""

from marshmallow import Schema, fields


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


class AgreementHeardSchema(Schema):
    agreement_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    starts_on = fields.Date(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)
    shares_provisional = fields.Boolean(required=True)


class AgreementEndHeardSchema(Schema):
    agreement_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    ended_on = fields.Date(required=True)
