"""Agreements as they come in and go out, for the API and for the pages' forms."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.partners.agreements.models import Kind, Reply, Side, State, VersionState
from services.partners.agreements.terms import TermsSchema
from shared.fields import Line, Prose
from shared.web.answers import PageQuery

STATE_NAMES = {
    State.PREPARING: _l("Being prepared"),
    State.AGREED: _l("Agreed, not begun"),
    State.IN_FORCE: _l("In force"),
    State.ENDED: _l("Ended"),
    State.DROPPED: _l("Given up"),
}
STATE_TONES = {
    State.PREPARING: "info",
    State.AGREED: "good",
    State.IN_FORCE: "good",
    State.ENDED: "neutral",
    State.DROPPED: "neutral",
}
VERSION_NAMES = {
    VersionState.DRAFT: _l("Draft"),
    VersionState.OFFERED: _l("Offered"),
    VersionState.ACCEPTED: _l("Accepted by both"),
    VersionState.CHANGES_ASKED: _l("Changes asked for"),
    VersionState.DECLINED: _l("Declined"),
    VersionState.LAPSED: _l("Lapsed without an answer"),
    VersionState.WITHDRAWN: _l("Withdrawn"),
    VersionState.SUPERSEDED: _l("Replaced"),
}
VERSION_TONES = {
    VersionState.OFFERED: "info",
    VersionState.ACCEPTED: "good",
    VersionState.CHANGES_ASKED: "warning",
    VersionState.DECLINED: "bad",
    VersionState.LAPSED: "warning",
}
KIND_NAMES = {
    Kind.ORIGINAL: _l("First terms"),
    Kind.AMENDMENT: _l("Amendment"),
    Kind.RENEWAL: _l("Renewal"),
}
REPLY_NAMES = {
    Reply.ACCEPT: _l("Accepted"),
    Reply.ASK_FOR_CHANGES: _l("Asked for changes"),
    Reply.DECLINE: _l("Declined"),
}
#: As the one reads who answers.
REPLY_CHOICES = {
    Reply.ACCEPT: _l("We accept these terms"),
    Reply.ASK_FOR_CHANGES: _l("We would accept them with changes"),
    Reply.DECLINE: _l("We decline"),
}


def _title() -> Line:
    return Line(
        required=True,
        metadata={"label": _l("Title"), "help": _l("As it stands on the first page, such as “Clean harbour 2027”.")},
    )


def _capacity() -> Line:
    return Line(
        required=True,
        metadata={
            "label": _l("Your role"),
            "help": _l("As what you may bind your organisation, such as “Director”. It goes on record."),
        },
    )


class TitleSchema(Schema):
    title = _title()


class OfferSchema(Schema):
    answer_by = fields.Date(
        required=True,
        metadata={"label": _l("Answer by"), "help": _l("After this day the offer lapses. Silence never accepts.")},
    )
    words = Prose(
        load_default="",
        longest=2000,
        metadata={"label": _l("A few words to go along"), "help": _l("They stand in the mail, above the link.")},
    )


class OurAcceptanceSchema(Schema):
    digest = fields.String(required=True, validate=validate.Length(equal=64), metadata={"widget": "hidden"})
    capacity = _capacity()


class ReplySchema(Schema):
    digest = fields.String(required=True, validate=validate.Length(equal=64), metadata={"widget": "hidden"})
    reply = fields.Enum(
        Reply, by_value=True, required=True,
        metadata={"label": _l("Your answer"), "widget": "radio", "choices": REPLY_CHOICES},
    )  # fmt: skip
    comment = Prose(
        load_default="",
        longest=5000,
        metadata={
            "label": _l("What should change, or why not"),
            "help": _l("It goes to the person who made the offer. Not needed if you accept."),
        },
    )
    capacity = _capacity()


class ReasonSchema(Schema):
    reason = Prose(
        required=True,
        longest=2000,
        metadata={"label": _l("Why"), "help": _l("It stays on record, and both sides see it.")},
    )


class ReviseSchema(ReasonSchema):
    kind = fields.String(
        required=True,
        validate=validate.OneOf([Kind.AMENDMENT.value, Kind.RENEWAL.value]),
        metadata={
            "label": _l("What for"),
            "widget": "radio",
            "choices": {
                Kind.AMENDMENT.value: _l("Change the terms while they hold"),
                Kind.RENEWAL.value: _l("Go on after the last day"),
            },
        },
    )

    class Meta:
        fields = ("kind", "reason")


class EndSchema(ReasonSchema):
    on = fields.Date(
        required=True, metadata={"label": _l("Last day"), "help": _l("The last day on which the agreement holds.")}
    )

    class Meta:
        fields = ("on", "reason")


class AgreementAnswerSchema(Schema):
    side = fields.String(validate=validate.OneOf([side.value for side in Side]))
    reply = fields.String(validate=validate.OneOf([reply.value for reply in Reply]))
    version_id = fields.UUID()
    comment = fields.String()
    digest = fields.String()
    person_name = fields.String()
    capacity = fields.String()
    created_at = fields.AwareDateTime()


class VersionSchema(Schema):
    id = fields.UUID()
    number = fields.Integer()
    kind = fields.String()
    reason = fields.String()
    state = fields.String()
    digest = fields.String(allow_none=True)
    author_name = fields.String()
    created_at = fields.AwareDateTime()
    offered_at = fields.AwareDateTime(allow_none=True)
    answer_by = fields.Date(allow_none=True)
    terms = fields.Raw(metadata={"description": "as `TermsSchema` takes them"})


class AgreementSchema(Schema):
    id = fields.UUID()
    organisation_id = fields.UUID()
    title = fields.String()
    state = fields.String()
    latest = fields.Integer(metadata={"description": "the newest version's number"})
    agreed = fields.Integer(allow_none=True, metadata={"description": "the number of the version that holds"})
    starts_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True)
    ended_on = fields.Date(allow_none=True)
    end_reason = fields.String()
    version = fields.Integer()
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()


class WholeAgreementSchema(AgreementSchema):
    versions = fields.List(fields.Nested(VersionSchema))
    answers = fields.List(fields.Nested(AgreementAnswerSchema))


class NewAgreementSchema(Schema):
    title = _title()
    terms = fields.Nested(TermsSchema, load_default=dict)


class AgreementQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
    state = fields.String(load_default=None, validate=validate.OneOf([state.value for state in State]))
    organisation = fields.UUID(load_default=None)
