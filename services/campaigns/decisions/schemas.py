"""A decision as it comes in and goes out, for the API and for the page's forms."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields

from services.campaigns.fields import validate_day
from shared.fields import Line, Prose
from shared.web.answers import PageQuery


class DecisionSchema(Schema):
    id = fields.UUID(dump_only=True)
    campaign_id = fields.UUID(dump_only=True)
    title = Line(
        required=True,
        metadata={"label": _l("What was decided"), "help": _l("In one sentence. It stands on charts too.")},
    )
    text = Prose(
        load_default="",
        longest=4000,
        metadata={"label": _l("Why, and what follows"), "help": _l("The campaign's partners read this too.")},
    )
    decided_on = fields.Date(required=True, validate=validate_day(), metadata={"label": _l("Decided on")})
    holds = fields.Boolean(dump_only=True)
    withdrawn_because = fields.String(dump_only=True)
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class WithdrawalSchema(Schema):
    reason = Prose(required=True, longest=1000, metadata={"label": _l("Why it no longer holds"), "rows": 3})


class DecisionQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
