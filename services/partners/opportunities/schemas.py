"""Opportunities as they come in and go out, for the API and for the pages' forms."""

from typing import Any

import pycountry
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.partners.opportunities.models import Stage
from shared.fields import ExactNumber, Line, Prose
from shared.web.answers import PageQuery

STAGE_NAMES = {
    Stage.IDEA.value: _l("Idea"),
    Stage.TALKING.value: _l("Talking"),
    Stage.PLANNED.value: _l("Planned"),
    Stage.AGREED.value: _l("Agreed"),
    Stage.DROPPED.value: _l("Dropped"),
}
CURRENCIES = sorted(each.alpha_3 for each in pycountry.currencies)


class OpportunitySchema(Schema):
    id = fields.UUID(dump_only=True)
    organisation_id = fields.UUID(dump_only=True)
    title = Line(required=True, metadata={"label": _l("What could we do together?")})
    owner_id = fields.UUID(required=True, metadata={"label": _l("Who of us drives it"), "widget": "select"})
    step = Line(required=True, longest=300, metadata={"label": _l("Next step")})
    step_due_on = fields.Date(load_default=None, allow_none=True, metadata={"label": _l("By when")})
    campaign_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"label": _l("The campaign it grew from"), "widget": "select"}
    )
    value = ExactNumber(
        load_default=None,
        allow_none=True,
        metadata={"label": _l("What it may be worth"), "help": _l("An estimate, in money."), "widget": "decimal"},
    )
    currency = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(CURRENCIES, labels=CURRENCIES),
        metadata={"label": _l("Currency")},
    )
    expected_on = fields.Date(load_default=None, allow_none=True, metadata={"label": _l("When it could begin")})
    notes = Prose(load_default="", longest=4000, metadata={"label": _l("Notes"), "rows": "4"})
    stage = fields.String(dump_only=True)
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)

    @validates_schema(skip_on_field_errors=True)
    def check_value(self, data: dict[str, Any], **_: Any) -> None:
        """Money has a currency, and is not owed to us."""
        if data["value"] is not None and data["value"] < 0:
            raise ValidationError("This can't be less than nothing.", "value")
        if (data["value"] is None) != (data["currency"] is None):
            raise ValidationError("Give both the amount and its currency, or neither.", "currency")


class OpportunityMoveSchema(Schema):
    stage = fields.String(
        required=True,
        validate=validate.OneOf(list(STAGE_NAMES)),
        metadata={"label": _l("Where it stands now"), "choices": STAGE_NAMES},
    )
    reason = Line(required=True, metadata={"label": _l("Why")})


class OpportunityQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
    organisation_id = fields.UUID(load_default=None, data_key="organisation")
    owner_id = fields.UUID(load_default=None, data_key="owner")
    campaign_id = fields.UUID(load_default=None, data_key="campaign")
    stage = fields.String(load_default=None, validate=validate.OneOf(list(STAGE_NAMES)))
