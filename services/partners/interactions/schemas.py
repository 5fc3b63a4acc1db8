"""Interactions as they come in and go out, for the API and for the pages' forms."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from services.partners.interactions.models import Kind
from shared.fields import Line, Prose
from shared.web.answers import PageQuery

KIND_NAMES = {
    Kind.CALL.value: _l("Call"),
    Kind.MAIL.value: _l("E-mail"),
    Kind.VISIT.value: _l("Visit"),
    Kind.OTHER.value: _l("Something else"),
}
MOST_PARTICIPANTS = 50


class InteractionSchema(Schema):
    id = fields.UUID(dump_only=True)
    organisation_id = fields.UUID(dump_only=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(list(KIND_NAMES)),
        metadata={"label": _l("What was it?"), "choices": KIND_NAMES, "widget": "radio"},
    )
    at = fields.AwareDateTime(required=True, metadata={"label": _l("When")})
    contact_ids = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=MOST_PARTICIPANTS),
        metadata={"label": _l("With whom"), "widget": "checkboxes"},
    )
    person_ids = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=MOST_PARTICIPANTS),
        metadata={"label": _l("Who of us"), "widget": "checkboxes"},
    )
    summary = Prose(
        required=True,
        longest=10_000,
        metadata={"label": _l("What was said?"), "help": _l("The organisation never sees this."), "rows": "5"},
    )
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class NewInteractionSchema(InteractionSchema):
    """With what comes next, where something does: either all of it or nothing."""

    step_text = Line(
        load_default=None,
        allow_none=True,
        longest=300,
        metadata={
            "label": _l("What comes next"),
            "help": _l("It is kept as a promise, and whoever does it is reminded. Their side sees it too."),
        },
    )
    step_due_on = fields.Date(load_default=None, allow_none=True, metadata={"label": _l("By when")})
    step_owner_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"label": _l("Who does it"), "widget": "select"}
    )

    @validates_schema(skip_on_field_errors=True)
    def check_step(self, data: dict[str, Any], **_: Any) -> None:
        """Who owes what, and by when; the person alone is preset and says nothing yet."""
        if data["step_text"] and not data["step_due_on"]:
            raise ValidationError("By when? A next step has a date.", "step_due_on")
        if data["step_text"] and not data["step_owner_id"]:
            raise ValidationError("Who does it? A next step is somebody's.", "step_owner_id")
        if data["step_due_on"] and not data["step_text"]:
            raise ValidationError("Say what comes next by then.", "step_text")

    @post_load
    def gather_step(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        names = ("text", "due_on", "owner_id")
        step = {name: data.pop(f"step_{name}") for name in names}
        return {**data, "step": step if step["text"] else None}


class InteractionQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of what was said"})
