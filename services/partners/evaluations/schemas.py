"""Criteria, rounds, scorecards and results as they come in and go out, for the API and for the pages' forms."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate

from services.partners.evaluations.models import CLOSED, HIGHEST, LOWEST, OPEN, STATES
from services.partners.evaluations.service.criteria import MOST_CRITERIA
from services.partners.evaluations.service.rounds import MOST_EVALUATORS, MOST_ORGANISATIONS
from shared.fields import ExactNumber, Line, Prose
from shared.web.answers import PageQuery

STATE_NAMES = {OPEN: _l("Open"), CLOSED: _l("Closed")}
STATE_TONES = {OPEN: "info", CLOSED: "neutral"}
#: What a score means where the criterion's own words do not say.
SCORE_NAMES = {1: _l("Poor"), 2: _l("Weak"), 3: _l("Fair"), 4: _l("Good"), 5: _l("Excellent")}


def check_weight(weight: Any) -> None:
    """A weight is from 0 to 100, with up to two places."""
    if not 0 <= weight <= 100 or weight.as_tuple().exponent < -2:
        raise ValidationError("Use a number from 0 to 100 with at most two places.")


class CriterionSchema(Schema):
    key = fields.String(validate=validate.Length(1, 40), metadata={"description": "left out for a new criterion"})
    name = Line(required=True, longest=80)
    weight = ExactNumber(required=True, validate=check_weight, metadata={"description": "the weights add up to 100"})
    one = Prose(required=True, longest=300, metadata={"description": "what the score 1 looks like"})
    five = Prose(required=True, longest=300, metadata={"description": "what the score 5 looks like"})


class CriteriaSetSchema(Schema):
    id = fields.UUID(dump_only=True)
    name = Line(required=True, metadata={"label": _l("Name")})
    criteria = fields.List(fields.Nested(CriterionSchema), required=True, validate=validate.Length(1, MOST_CRITERIA))
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class CriteriaSetsSchema(Schema):
    items = fields.List(fields.Nested(CriteriaSetSchema))


class RoundForm(Schema):
    """What a coordinator says of a round."""

    title = Line(
        required=True,
        metadata={"label": _l("Title"), "help": _l("What it is about, such as “Partners for the beach clean-up”.")},
    )
    due_on = fields.Date(
        required=True,
        metadata={
            "label": _l("Due on"),
            "help": _l("Who has not submitted is reminded by mail a week before, three days before and on this day."),
        },
    )
    evaluators = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(1, MOST_EVALUATORS),
        metadata={"label": _l("Evaluators"), "help": _l("They do not see each other's scores before they submit.")},
    )


class NewRoundForm(RoundForm):
    set_id = fields.UUID(
        required=True,
        metadata={"label": _l("Criteria"), "help": _l("The round keeps them as they are now."), "widget": "select"},
    )

    class Meta:
        fields = ("title", "set_id", "due_on", "evaluators")


class NewRoundSchema(NewRoundForm):
    organisations = fields.List(fields.UUID(), load_default=[], validate=validate.Length(0, MOST_ORGANISATIONS))

    class Meta:
        fields = ("title", "set_id", "due_on", "evaluators", "organisations")


class PickedSchema(Schema):
    """The organisations that someone chose."""

    organisations = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(1, MOST_ORGANISATIONS),
        metadata={"label": _l("Organisations")},
    )


class RoundSchema(Schema):
    id = fields.UUID()
    title = fields.String()
    state = fields.String(validate=validate.OneOf(STATES))
    due_on = fields.Date()
    closed_at = fields.AwareDateTime(allow_none=True)
    criteria_version_id = fields.UUID()
    version = fields.Integer()
    created_at = fields.AwareDateTime()


class EvaluationSchema(Schema):
    """Who has what to do: never what they think."""

    organisation_id = fields.UUID()
    person_id = fields.UUID()
    conflict = fields.Boolean(allow_none=True, metadata={"description": "null until declared"})
    conflict_reason = fields.String()
    submitted_at = fields.AwareDateTime(allow_none=True)
    reopened_at = fields.AwareDateTime(allow_none=True)
    reopened_reason = fields.String()


class RoundDetailSchema(RoundSchema):
    criteria = fields.List(fields.Nested(CriterionSchema))
    evaluations = fields.List(fields.Nested(EvaluationSchema))


class RoundQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class PickerQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the organisation's name"})


class RatingSchema(Schema):
    criterion = fields.String(required=True, validate=validate.Length(1, 40))
    score = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(LOWEST, HIGHEST),
        metadata={"description": "1 to 5; null while undecided"},
    )  # fmt: skip
    comment = Prose(load_default="", longest=2000)


class DraftSchema(Schema):
    scores = fields.List(fields.Nested(RatingSchema), required=True, validate=validate.Length(0, MOST_CRITERIA))


class ScorecardSchema(EvaluationSchema):
    """One's own evaluation, with its scores."""

    version = fields.Integer()
    scores = fields.List(fields.Nested(RatingSchema))


class ScorecardsSchema(Schema):
    items = fields.List(fields.Nested(ScorecardSchema))


class ConflictSchema(Schema):
    organisation_id = fields.UUID(required=True)
    reason = Prose(required=True, longest=500)


class DeclarationSchema(Schema):
    conflicts = fields.List(
        fields.Nested(ConflictSchema),
        required=True,
        validate=validate.Length(0, MOST_ORGANISATIONS),
        metadata={"description": "all conflicts of interest; with the round's other organisations there is none"},
    )


class SubmittedSchema(Schema):
    submitted = fields.Integer()


class RemindedSchema(Schema):
    reminded = fields.List(fields.UUID(), metadata={"description": "the persons who get a mail"})


class ShortlistedSchema(Schema):
    shortlisted = fields.Integer()


class ReopeningSchema(Schema):
    reason = Prose(
        required=True,
        longest=500,
        metadata={"label": _l("Why"), "help": _l("Everyone who sees the scores sees this reason too."), "rows": 3},
    )


class ResultsQuery(Schema):
    weights = fields.String(
        load_default="",
        validate=validate.Length(0, 2000),
        metadata={"description": "what if: key:weight pairs, comma-separated, such as reach:40,values:60"},
    )


class CriterionResultSchema(Schema):
    key = fields.String()
    mean = ExactNumber()
    lowest = fields.Integer()
    highest = fields.Integer()
    is_disputed = fields.Boolean()


class OrganisationResultSchema(Schema):
    organisation_id = fields.UUID()
    name = fields.String()
    rank = fields.Integer(allow_none=True)
    is_tied = fields.Boolean()
    score = ExactNumber(allow_none=True)
    spread = ExactNumber(allow_none=True)
    lowest = ExactNumber(allow_none=True)
    highest = ExactNumber(allow_none=True)
    scored_by = fields.Integer()
    expected = fields.Integer(metadata={"description": "evaluators without a conflict of interest"})
    conflicts = fields.Integer()
    criteria = fields.List(fields.Nested(CriterionResultSchema))


class ResultsSchema(Schema):
    items = fields.List(fields.Nested(OrganisationResultSchema))
    hidden = fields.Integer(metadata={"description": "organisations whose scores the caller may not see yet"})
    weights = fields.Dict(keys=fields.String(), values=ExactNumber())


class PastResultSchema(Schema):
    """What an organisation scored in one round."""

    round = fields.Nested(RoundSchema)
    result = fields.Nested(OrganisationResultSchema, allow_none=True)


class PastResultsSchema(Schema):
    items = fields.List(fields.Nested(PastResultSchema))


class ShortlistSchema(PickedSchema):
    """What is shortlisted, and why."""

    reason = Prose(
        required=True,
        longest=500,
        metadata={"label": _l("Why"), "help": _l("Stands with each organisation's change of stage."), "rows": 3},
    )

    class Meta:
        fields = ("organisations", "reason")
