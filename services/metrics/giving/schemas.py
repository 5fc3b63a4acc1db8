"""Contributions and stories as they go out, and what people say of them."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.metrics.giving.models import ACCEPTED, REPORTED, SET_ASIDE, STATUSES
from shared.fields import ExactNumber, Line, Prose
from shared.web.answers import PageQuery


class GivenSchema(Schema):
    id = fields.UUID()
    organisation_id = fields.UUID()
    submission_id = fields.UUID()
    reference = fields.String()
    status = fields.String(metadata={"enum": list(STATUSES)})
    reason = fields.String()
    version = fields.Integer()


class ContributionGivenSchema(GivenSchema):
    kind = fields.String()
    what = fields.String()
    amount = ExactNumber(allow_none=True)
    currency = fields.String()
    quantity = ExactNumber(allow_none=True)
    unit = fields.String()
    given_on = fields.Date()


class StoryGivenSchema(GivenSchema):
    title = fields.String()
    text = fields.String()
    day = fields.Date()
    pictures = fields.List(fields.Dict(), metadata={"description": "stored pictures, each with its description"})
    links = fields.List(fields.String(), metadata={"description": "addresses of pictures elsewhere"})


class GivenQuery(PageQuery):
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(["", *STATUSES]))
    organisation_id = fields.UUID(load_default=None, data_key="partner")


class GivenVerdictSchema(Schema):
    """What becomes of a contribution or a story."""

    status = fields.String(
        required=True,
        validate=validate.OneOf([ACCEPTED, SET_ASIDE, REPORTED]),
        metadata={"description": "accepted: verified, or published; reported: take back what was said"},
    )
    reason = Prose(
        load_default="",
        longest=1000,
        metadata={"label": _l("Reason, if you set it aside"), "help": _l("Its partner reads it."), "rows": 2},
    )


class GivenDecisionSchema(GivenVerdictSchema):
    version = fields.Integer(required=True)


class GiftSchema(Schema):
    """What one partner promised and gave of one kind."""

    organisation_id = fields.UUID()
    partner = fields.String(attribute="name", allow_none=True)
    kind = Line()
    unit = fields.String(metadata={"description": "what is counted, or the currency"})
    promised = ExactNumber(
        allow_none=True, metadata={"description": "in agreements in force; only for us and the partner itself"}
    )
    verified = ExactNumber()
    reported = ExactNumber(metadata={"description": "and not looked at yet"})


class CreditSchema(Schema):
    organisation_id = fields.UUID()
    name = fields.String(allow_none=True)
    since = fields.Date(allow_none=True)


class GivingSchema(Schema):
    gifts = fields.List(fields.Nested(GiftSchema))
    credits = fields.List(fields.Nested(CreditSchema))
