"""Proposals and their templates as they come in and go out, for the API and for the pages' forms."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.partners.proposals.models import Reply, Side, State
from services.partners.proposals.placeholders import KINDS
from shared.fields import ExactNumber, Line, Prose
from shared.web.answers import PageQuery

#: Fields of a template, and copies written at once, at most.
MOST_FIELDS, MOST_COPIES = 20, 50
STATE_NAMES = {
    State.DRAFT: _l("Draft"),
    State.SENT: _l("Sent"),
    State.CHANGES_ASKED: _l("Changes asked for"),
    State.COUNTERED: _l("Countered"),
    State.ACCEPTED: _l("Accepted"),
    State.DECLINED: _l("Declined"),
    State.LAPSED: _l("Lapsed without an answer"),
    State.WITHDRAWN: _l("Taken back"),
}
STATE_TONES = {
    State.DRAFT: "neutral",
    State.SENT: "info",
    State.CHANGES_ASKED: "warning",
    State.COUNTERED: "warning",
    State.ACCEPTED: "good",
    State.DECLINED: "bad",
    State.LAPSED: "warning",
    State.WITHDRAWN: "neutral",
}
WAITING_NAMES = {Side.US: _l("For us"), Side.PARTNER: _l("For the organisation")}
REPLY_NAMES = {
    Reply.ACCEPT: _l("Accepted"),
    Reply.ASK_FOR_CHANGES: _l("Asked for changes"),
    Reply.COUNTER: _l("Sent it back with changes"),
    Reply.DECLINE: _l("Declined"),
}
#: As the one reads who answers in one step.
REPLY_CHOICES = {
    Reply.ACCEPT.value: _l("Yes, we accept"),
    Reply.ASK_FOR_CHANGES.value: _l("Perhaps: please change something"),
    Reply.DECLINE.value: _l("No, we decline"),
}
KIND_NAMES = {"text": _l("Words"), "date": _l("Date"), "amount": _l("Amount")}


def _title() -> Line:
    return Line(
        required=True,
        metadata={"label": _l("Title"), "help": _l("What it is about, such as “Clean the harbour with us”.")},
    )


class Source(Prose):
    """Markdown. A browser sends its line breaks as CR LF, which alone makes no other text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs).replace("\r\n", "\n")


def _text(help_: Any) -> Source:
    return Source(required=True, longest=20_000, metadata={"label": _l("Text"), "help": help_, "rows": 18})


class ProposalFieldSchema(Schema):
    """Something that each proposal says in its own way."""

    name = fields.String(
        required=True,
        validate=[
            validate.Length(1, 40),
            validate.Regexp(r"[a-z][a-z0-9_]*\Z", error="Begin with a small letter; then letters, digits and _."),
        ],
        metadata={"label": _l("Name in the text"), "help": _l("Such as budget, for {{budget}}.")},
    )
    label = Line(required=True, longest=80, metadata={"label": _l("What it is called")})
    kind = fields.String(
        load_default="text", validate=validate.OneOf(KINDS), metadata={"label": _l("Kind"), "choices": KIND_NAMES}
    )
    unit = Line(load_default="", longest=20, metadata={"label": _l("Unit"), "help": _l("For amounts: ZAR, kg, hours.")})
    default = Line(
        load_default="", longest=500,
        metadata={"label": _l("Usual value"), "help": _l("Dates as 2027-03-12, amounts as 1000.50.")},
    )  # fmt: skip

    @validates_schema
    def check_default(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if data["default"]:
            try:
                _make_field(data).deserialize(data["default"])
            except ValidationError as error:
                raise ValidationError(error.messages, "default") from error


class ProposalTemplateSchema(Schema):
    title = _title()
    text = _text(
        _l(
            "Markdown. {{organisation}}, {{liaison}}, {{our_person}} and {{date}} are filled in for each copy; name"
            " your own fields below."
        )
    )
    fields_ = fields.List(
        fields.Nested(ProposalFieldSchema), load_default=list, data_key="fields", attribute="fields",
        validate=validate.Length(max=MOST_FIELDS), metadata={"form": False},
    )  # fmt: skip


def make_values_schema(
    kept: Sequence[Mapping[str, Any]], first: Mapping[str, Any] | None = None, then: Mapping[str, Any] | None = None
) -> Schema:
    """A schema of these fields, each called "value_NAME", between other form fields by name."""
    own = {f"value_{each['name']}": _make_field(each) for each in kept}
    return Schema.from_dict({**(first or {}), **own, **(then or {})})()


def dump_values(schema: Schema, kept: Sequence[Mapping[str, Any]], loaded: Mapping[str, Any]) -> dict[str, str]:
    """What `schema` loaded, as it is kept: field's name -> text."""
    told = schema.dump(loaded)
    return {each["name"]: told[f"value_{each['name']}"] for each in kept}


def load_values(kept: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> dict[str, Any]:
    """Kept values for a form of `make_values_schema`."""
    return {
        f"value_{each['name']}": _make_field(each).deserialize(values[each["name"]])
        for each in kept
        if values.get(each["name"])
    }


def read_values(kept: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, str]:
    """A program's values by field name, as they are kept; raises `ValidationError` like a schema does."""
    schema = Schema.from_dict({each["name"]: _make_field(each) for each in kept})()
    told: dict[str, str] = schema.dump(schema.load(given))
    return told


def _make_field(kept: Mapping[str, Any]) -> fields.Field[Any]:
    label = f"{kept['label']} ({kept['unit']})" if kept["kind"] == "amount" and kept["unit"] else kept["label"]
    words = {"label": label}
    match kept["kind"]:
        case "date":
            return fields.Date(required=True, metadata=words)
        case "amount":
            return ExactNumber(required=True, metadata=words)
        case _:
            return Line(required=True, longest=500, metadata=words)


def title_field() -> Mapping[str, Any]:
    return {"title": _title()}


def organisations_field() -> Mapping[str, Any]:
    return {
        "organisations": fields.List(
            fields.UUID(), required=True, validate=validate.Length(1, MOST_COPIES),
            metadata={"label": _l("Organisations"), "help": _l("Each gets its own copy, which you can edit.")},
        )
    }  # fmt: skip


def text_field() -> Mapping[str, Any]:
    return {"text": _text(_l("Markdown. Words in double braces stand for the fields."))}


def comment_field() -> Mapping[str, Any]:
    return {
        "comment": Prose(
            load_default="", longest=5000,
            metadata={"label": _l("A few words to go along"), "help": _l("Why you would change it.")},
        )
    }  # fmt: skip


class SendSchema(Schema):
    seen = fields.String(required=True, validate=validate.Length(equal=64), metadata={"widget": "hidden"})
    answer_by = fields.Date(
        required=True,
        metadata={"label": _l("Answer by"), "help": _l("After this day it lapses. Silence accepts nothing.")},
    )
    words = Prose(
        load_default="", longest=2000,
        metadata={"label": _l("A few words to go along"), "help": _l("They stand in the mail, above the text.")},
    )  # fmt: skip


class SendOneSchema(SendSchema):
    class Meta:
        exclude = ("seen",)


class AnswerFormSchema(Schema):
    digest = fields.String(required=True, validate=validate.Length(equal=64), metadata={"widget": "hidden"})
    reply = fields.String(
        required=True, validate=validate.OneOf(list(REPLY_CHOICES)),
        metadata={"label": _l("Your answer"), "widget": "radio", "choices": REPLY_CHOICES},
    )  # fmt: skip
    comment = Prose(
        load_default="", longest=5000,
        metadata={
            "label": _l("What should change, or why not"),
            "help": _l("It goes to the person who wrote to you. Not needed if you accept."),
        },
    )  # fmt: skip


class DigestSchema(Schema):
    digest = fields.String(required=True, validate=validate.Length(equal=64), metadata={"widget": "hidden"})


class WithdrawalSchema(Schema):
    reason = Prose(
        required=True, longest=2000,
        metadata={"label": _l("Why"), "help": _l("It stays on record. Whoever got the proposal is told.")},
    )  # fmt: skip


class NewProposalsSchema(Schema):
    template_id = fields.UUID(required=True)
    title = Line(load_default=None, metadata={"description": "the template's, if left out"})
    values = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    organisations = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST_COPIES))


class ProposalDraftSchema(Schema):
    title = _title()
    text = _text(None)
    values = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


class ProposalReplySchema(Schema):
    """What is missing is told once it is known that the proposal is theirs to answer."""

    digest = fields.String(load_default="", metadata={"description": "that of the version that you read"})
    reply = fields.Enum(Reply, by_value=True, load_default=None)
    comment = Prose(load_default="", longest=5000)
    text = Source(load_default="", longest=20_000, metadata={"description": "of a counter"})
    values = fields.Dict(
        keys=fields.String(), values=fields.String(), load_default=dict, metadata={"description": "of a counter"}
    )


class ProposalVersionSchema(Schema):
    id = fields.UUID()
    number = fields.Integer()
    side = fields.String(validate=validate.OneOf([side.value for side in Side]))
    title = fields.String()
    text = fields.String(metadata={"description": "Markdown; the fields' placeholders stand in it"})
    values = fields.Dict(keys=fields.String(), values=fields.String())
    words = fields.String()
    digest = fields.String()
    author_name = fields.String()
    created_at = fields.AwareDateTime()
    answer_by = fields.Date(allow_none=True)


class ProposalAnswerSchema(Schema):
    version_id = fields.UUID()
    side = fields.String()
    reply = fields.String(validate=validate.OneOf([reply.value for reply in Reply]))
    comment = fields.String()
    digest = fields.String()
    person_name = fields.String()
    created_at = fields.AwareDateTime()


class ProposalSchema(Schema):
    id = fields.UUID()
    organisation_id = fields.UUID()
    batch_id = fields.UUID()
    template_id = fields.UUID()
    title = fields.String()
    state = fields.String(validate=validate.OneOf([state.value for state in State]))
    waits_for = fields.String(allow_none=True, validate=validate.OneOf([side.value for side in Side]))
    waiting_since = fields.AwareDateTime()
    latest = fields.Integer(metadata={"description": "the newest version's number; 0 until one was sent"})
    answer_by = fields.Date(allow_none=True)
    agreement_id = fields.UUID(allow_none=True)
    version = fields.Integer()
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class WholeProposalSchema(ProposalSchema):
    fields_ = fields.List(fields.Nested(ProposalFieldSchema), data_key="fields", attribute="fields")
    versions = fields.List(fields.Nested(ProposalVersionSchema))
    answers = fields.List(fields.Nested(ProposalAnswerSchema))


class WrittenSchema(Schema):
    items = fields.List(fields.Nested(ProposalSchema))


class ProposalTemplateHeadSchema(Schema):
    id = fields.UUID()
    title = fields.String()
    latest = fields.Integer()
    retired_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()


class WholeProposalTemplateSchema(ProposalTemplateHeadSchema):
    text = fields.String()
    fields_ = fields.List(fields.Nested(ProposalFieldSchema), data_key="fields", attribute="fields")


class ProposalQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
    state = fields.String(load_default=None, validate=validate.OneOf([state.value for state in State]))
    waiting = fields.String(load_default=None, validate=validate.OneOf([side.value for side in Side]))
    organisation = fields.UUID(load_default=None)


class PickerQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the organisation's name"})
    stage = fields.String(load_default="")


class TemplateQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
    retired = fields.Boolean(load_default=False)
