"""Mutual scorecards for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.scorecards import queries, service
from services.partners.scorecards.models import Side
from services.partners.scorecards.schemas import ScorecardAnswerSchema, ScorecardRoundSchema
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, settings, today
from shared.web.policy import allow

api = Blueprint("scorecards_api", __name__, url_prefix="/partners/api/v1", description="How both sides rate each other")


@api.get("/organisations/<uuid:organisation_id>/scorecards")
@allow("scorecards.read")
@api.response(200, ScorecardRoundSchema(many=True))
def list_rounds(organisation_id: UUID) -> Response:
    """The organisation's newest rounds; answers are in them as far as they may be seen."""
    return jsonify([_dump(each) for each in queries.list_shown_rounds(session(), identity(), organisation_id, today())])


@api.post("/organisations/<uuid:organisation_id>/scorecards")
@allow("scorecards.edit")
@api.arguments(ScorecardRoundSchema)
@api.response(201, ScorecardRoundSchema)
def open_round(details: dict[str, Any], organisation_id: UUID) -> tuple[Response, int]:
    """Ask both sides; the contact gets a mail with a link."""
    made = service.open_round(session(), identity(), organisation_id, now(), today(), settings().base_url, **details)
    return jsonify(_dump(made)), 201


@api.post("/scorecards/<uuid:scorecard_id>/answers")
@allow("scorecards.edit")
@api.arguments(ScorecardAnswerSchema)
@api.response(200, ScorecardRoundSchema)
def rate(details: dict[str, Any], scorecard_id: UUID) -> Response:
    """Our answers, once."""
    return jsonify(_dump(service.answer(session(), identity(), scorecard_id, Side.US, now(), **details)))


def _dump(round_: Any) -> dict[str, Any]:
    """The other side's answers stay out of it while the round is blind."""
    shown = [each for each in round_.cards if each.side == Side.US or round_.is_revealed(today())]
    answers = {each.side: {"scores": each.scores, "comment": each.comment} for each in shown}
    return {**ScorecardRoundSchema().dump(round_), "answers": answers}
