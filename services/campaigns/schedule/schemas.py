"""A milestone as it comes in and goes out, for the API and for the page's forms."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields

from services.campaigns.fields import validate_day
from services.campaigns.schedule.models import DROPPED, LATE, OPEN, REACHED, STATES
from shared.fields import Line, Prose
from shared.web.context import today

STATE_NAMES = {OPEN: _l("Open"), LATE: _l("Late"), REACHED: _l("Reached"), DROPPED: _l("Dropped")}
STATE_TONES = {OPEN: "info", LATE: "bad", REACHED: "good", DROPPED: "neutral"}


class MilestoneSchema(Schema):
    id = fields.UUID(dump_only=True)
    campaign_id = fields.UUID(dump_only=True)
    title = Line(required=True, metadata={"label": _l("Milestone"), "help": _l("What should be done by the day.")})
    due_on = fields.Date(required=True, validate=validate_day(), metadata={"label": _l("By when")})
    reached_on = fields.Date(dump_only=True)
    dropped_because = fields.String(dump_only=True)
    state = fields.Function(
        lambda milestone: milestone.state_on(today()),
        dump_only=True,
        metadata={"type": "string", "enum": list(STATES)},
    )
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class ReachedSchema(Schema):
    reached_on = fields.Date(required=True, validate=validate_day(), metadata={"label": _l("Reached on")})


class DropSchema(Schema):
    reason = Prose(required=True, longest=1000, metadata={"label": _l("Why it is given up"), "rows": 3})
