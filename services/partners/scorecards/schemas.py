"""Mutual scorecards as they come in and go out, for the API and for the pages' forms."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, post_load, validate

from services.partners.scorecards.models import QUESTIONS, Occasion
from shared.fields import Prose

OCCASION_NAMES = {Occasion.DEBRIEF.value: _l("Debrief"), Occasion.RENEWAL.value: _l("Renewal")}
QUESTION_NAMES = {
    "communication": _l("They tell us in time what we need to know"),
    "reliability": _l("They do what they said, when they said it"),
    "listening": _l("They listen, and treat us as equals"),
    "results": _l("What we did together had the effect we hoped for"),
    "again": _l("We would work with them again"),
}
SCORE_NAMES = {
    5: _l("5: fully true"),
    4: _l("4: mostly true"),
    3: _l("3: partly true"),
    2: _l("2: hardly true"),
    1: _l("1: not at all"),
}


class ScorecardRoundSchema(Schema):
    id = fields.UUID(dump_only=True)
    organisation_id = fields.UUID(dump_only=True)
    occasion = fields.String(
        required=True,
        validate=validate.OneOf(list(OCCASION_NAMES)),
        metadata={"label": _l("Occasion"), "choices": OCCASION_NAMES, "widget": "radio"},
    )
    contact_id = fields.UUID(required=True, metadata={"label": _l("Who answers for them"), "widget": "select"})
    campaign_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"label": _l("Campaign"), "widget": "select"}
    )
    due_on = fields.Date(required=True, metadata={"label": _l("Answers by")})
    open = fields.Boolean(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


def _score(key: str) -> fields.Integer:
    return fields.Integer(
        required=True,
        validate=validate.OneOf(list(SCORE_NAMES)),
        metadata={"label": QUESTION_NAMES[key], "choices": SCORE_NAMES, "widget": "radio"},
    )


class ScorecardAnswerSchema(Schema):
    """A score from 1 to 5 for each question, and a comment."""

    communication = _score("communication")
    reliability = _score("reliability")
    listening = _score("listening")
    results = _score("results")
    again = _score("again")
    comment = Prose(load_default="", longest=4000, metadata={"label": _l("What else should be said?"), "rows": "4"})

    @post_load
    def gather_scores(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"scores": {name: data[name] for name in QUESTIONS}, "comment": data["comment"]}
