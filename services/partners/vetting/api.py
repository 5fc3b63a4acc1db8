"""Vettings for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.organisations.queries import get_organisation
from services.partners.vetting import queries
from services.partners.vetting.schemas import (
    AnswerSchema,
    DecisionSchema,
    EvidenceSchema,
    InterestSchema,
    NewEvidenceSchema,
    StateSchema,
    VettingSchema,
)
from services.partners.vetting.service import answers, outcomes
from shared.web.answers import expected_version, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, settings, today
from shared.web.policy import allow
from shared.web.uploads import takes_files

api = Blueprint("vetting_api", __name__, url_prefix="/partners/api/v1", description="Vetting of organisations")


@api.get("/organisations/<uuid:organisation_id>/vetting")
@allow("vetting.read")
@api.response(200, StateSchema)
def show_state(organisation_id: UUID) -> Any:
    """Where an organisation's vetting stands today."""
    get_organisation(session(), identity(), organisation_id)
    state = queries.vetting_state(session(), organisation_id, today())
    running = queries.find_running(session(), organisation_id)
    return {"state": state.state, "valid_until": state.valid_until, "running": running.id if running else None}


@api.post("/organisations/<uuid:organisation_id>/vettings")
@allow("vetting.edit")
@api.response(201, VettingSchema)
def start_vetting(organisation_id: UUID) -> tuple[Response, int]:
    """Start a vetting by the checklist in use."""
    return _answer(answers.start_vetting(session(), identity(), organisation_id, now())), 201


@api.get("/vettings/<uuid:vetting_id>")
@allow("vetting.read")
@api.response(200, VettingSchema)
def show_vetting(vetting_id: UUID) -> Response:
    """One vetting with its items, papers and ETag."""
    return _answer(queries.get_vetting(session(), identity(), vetting_id))


@api.post("/vettings/<uuid:vetting_id>/declarations")
@allow("vetting.edit")
@api.arguments(InterestSchema)
@api.response(201, InterestSchema)
def declare(wanted: dict[str, Any], vetting_id: UUID) -> Any:
    """Declare one's own interests, which comes before answering and deciding."""
    return answers.declare_interests(session(), identity(), vetting_id, now(), **wanted)


@api.put("/vetting-answers/<uuid:answer_id>")
@allow("vetting.edit")
@api.arguments(AnswerSchema)
@api.response(200, AnswerSchema)
def answer_item(found: dict[str, Any], answer_id: UUID) -> Response:
    """Answer an item; needs If-Match with the item's version."""
    made = answers.answer_item(
        session(), identity(), answer_id, expected_version(), now(), verdict=found["verdict"], note_text=found["note"]
    )
    return set_etag(jsonify(AnswerSchema().dump(made)), made.version)


@api.post("/vetting-answers/<uuid:answer_id>/evidence")
@allow("vetting.edit")
@takes_files
@api.arguments(NewEvidenceSchema(only=["file"]), location="files")
@api.arguments(NewEvidenceSchema(only=["expires_on"]), location="form")
@api.response(201, EvidenceSchema)
def add_evidence(sent: dict[str, Any], typed: dict[str, Any], answer_id: UUID) -> Any:
    """Add a paper to an item."""
    return answers.add_evidence(session(), identity(), answer_id, sent["file"], now(), expires_on=typed["expires_on"])


@api.post("/vettings/<uuid:vetting_id>/decision")
@allow("vetting.edit")
@api.arguments(DecisionSchema)
@api.response(200, VettingSchema)
def decide(wanted: dict[str, Any], vetting_id: UUID) -> Response:
    """Decide the vetting; needs If-Match."""
    zone = str(settings().time_zone)
    made = outcomes.decide_vetting(
        session(), identity(), vetting_id, expected_version(), now(), time_zone=zone, **wanted
    )
    return _answer(made)


def _answer(vetting: Any) -> Response:
    return set_etag(jsonify(VettingSchema().dump(vetting)), vetting.version)
