"""A campaign as it comes in and goes out, for the API and for the page's form."""

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates, validates_schema

from services.campaigns.campaigns.models import CAUSES, ENDED, MOST_PARTNERS, PLANNED, RUNNING, STATUSES
from services.campaigns.fields import validate_day
from shared.fields import Line, Prose
from shared.web.answers import PageQuery
from shared.web.context import today

CAUSE_NAMES = {
    "environment": _l("Environment"),
    "education": _l("Education"),
    "health": _l("Health"),
    "hunger_and_poverty": _l("Hunger and poverty"),
    "inclusion": _l("Inclusion"),
    "animals": _l("Animals"),
    "arts_and_culture": _l("Arts and culture"),
    "community": _l("Community"),
    "disaster_relief": _l("Disaster relief"),
    "other": _l("Another cause"),
}
STATUS_NAMES = {RUNNING: _l("Running"), PLANNED: _l("Planned"), ENDED: _l("Ended")}
OWNER_WORDS = {
    "label": _l("Owner"),
    "widget": "select",
    "help": _l("Who answers for the campaign and hears when a target is reached."),
}


class CampaignSchema(Schema):
    id = fields.UUID(dump_only=True)
    title = Line(required=True, metadata={"label": _l("Title"), "help": _l("Short, as it will stand on posters.")})
    cause = fields.String(
        required=True, validate=validate.OneOf(CAUSES), metadata={"label": _l("Cause"), "choices": CAUSE_NAMES}
    )
    summary = Prose(
        load_default=None,
        allow_none=True,
        longest=2000,
        metadata={
            "label": _l("Summary"),
            "help": _l("What we do together, for whom, and why. Partners read this too."),
        },
    )
    starts_on = fields.Date(required=True, validate=validate_day(), metadata={"label": _l("First day")})
    ends_on = fields.Date(required=True, validate=validate_day(), metadata={"label": _l("Last day")})
    owner_id = fields.UUID(
        load_default=None,
        metadata={
            **OWNER_WORDS,
            "description": "a member of staff; left out: oneself for a new campaign, unchanged for another",
        },
    )
    partners = fields.List(
        fields.UUID(),
        load_default=None,
        validate=validate.Length(max=MOST_PARTNERS),
        metadata={
            "form": False,
            "description": "ids of organisations; left out: none for a new campaign, unchanged for another",
        },
    )
    owner_name = fields.String(dump_only=True)
    status = fields.Function(
        lambda campaign: campaign.status_on(today()),
        dump_only=True,
        metadata={"type": "string", "enum": list(STATUSES), "description": "by the dates, today"},
    )
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)
    updated_at = fields.AwareDateTime(dump_only=True)

    @validates("partners")
    def _name_each_once(self, partners: list[UUID] | None, **_kwargs: Any) -> None:
        if partners and len(set(partners)) < len(partners):
            raise ValidationError(str(_l("Name each partner once.")))

    # Also when other fields are wrong, so that a person hears of everything at once.
    @validates_schema(skip_on_field_errors=False)
    def _end_after_start(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if "starts_on" in data and "ends_on" in data and data["ends_on"] < data["starts_on"]:
            raise ValidationError(str(_l("Choose the first day or one after it.")), "ends_on")


class CampaignForm(CampaignSchema):
    """The same for a person's form, where the owner is always chosen."""

    owner_id = fields.UUID(required=True, metadata=OWNER_WORDS)


class PartnerSchema(Schema):
    """An organisation that is to take part."""

    organisation_id = fields.UUID(required=True)


class CampaignQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))
    cause = fields.String(load_default=None, validate=validate.OneOf(CAUSES))
    partner = fields.UUID(load_default=None, metadata={"description": "an organisation that takes part"})


class PickerQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the organisation's name"})


class PickedSchema(Schema):
    """The organisations that someone chose from the picker."""

    organisations = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(1, MOST_PARTNERS),
        metadata={"label": _l("Organisations")},
    )
