"""Criteria, rounds, scorecards and results for programs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.evaluations import queries, results
from services.partners.evaluations.models import CriteriaSet, CriteriaVersion, Evaluation, Score
from services.partners.evaluations.schemas import (
    CriteriaSetSchema,
    CriteriaSetsSchema,
    DeclarationSchema,
    DraftSchema,
    NewRoundSchema,
    PastResultsSchema,
    PickedSchema,
    RemindedSchema,
    ReopeningSchema,
    ResultsQuery,
    ResultsSchema,
    RoundDetailSchema,
    RoundForm,
    RoundQuery,
    RoundSchema,
    ScorecardSchema,
    ScorecardsSchema,
    ShortlistedSchema,
    ShortlistSchema,
    SubmittedSchema,
)
from services.partners.evaluations.service import criteria, rounds, scorecards
from services.partners.organisations.queries import get_organisation
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow

api = Blueprint(
    "evaluations_api",
    __name__,
    url_prefix="/partners/api/v1",
    description="How organisations compare: criteria, rounds of evaluations, and their results",
)


@api.get("/criteria-sets")
@allow("evaluations.read")
@api.response(200, CriteriaSetsSchema)
def list_criteria_sets() -> Any:
    """Every set of criteria, as it stands."""
    newest = queries.list_newest_versions(session())
    return {"items": [_tell_set(each, newest[each.id]) for each in queries.list_sets(session())]}


@api.post("/criteria-sets")
@allow("evaluations.edit")
@api.arguments(CriteriaSetSchema)
@api.response(201, CriteriaSetSchema)
def create_criteria_set(details: dict[str, Any]) -> Any:
    """Make a set of criteria; the weights add up to 100."""
    made = criteria.create_set(session(), identity(), now(), **details)
    return _tell_set(made, queries.get_newest_version(session(), made.id))


@api.get("/criteria-sets/<uuid:set_id>")
@allow("evaluations.read")
@api.response(200, CriteriaSetSchema)
def show_criteria_set(set_id: UUID) -> Response:
    """One set as it stands, with its ETag."""
    return _answer_set(queries.get_set(session(), set_id))


@api.put("/criteria-sets/<uuid:set_id>")
@allow("evaluations.edit")
@api.arguments(CriteriaSetSchema)
@api.response(200, CriteriaSetSchema)
def change_criteria_set(details: dict[str, Any], set_id: UUID) -> Response:
    """Make a new version of a set; rounds keep theirs. Needs If-Match."""
    return _answer_set(criteria.change_set(session(), identity(), set_id, expected_version(), now(), **details))


@api.get("/evaluation-rounds")
@allow("evaluations.read")
@api.arguments(RoundQuery, location="query")
@api.response(200, page_schema(RoundSchema))
def list_rounds(wanted: dict[str, Any]) -> Any:
    """Rounds, newest first."""
    return queries.find_rounds(session(), **wanted)


@api.post("/evaluation-rounds")
@allow("evaluations.edit")
@api.arguments(NewRoundSchema)
@api.response(201, RoundSchema)
def create_round(details: dict[str, Any]) -> Any:
    """Open a round by the set's newest version."""
    return rounds.create_round(session(), identity(), now(), **details)


@api.get("/evaluation-rounds/<uuid:round_id>")
@allow("evaluations.read")
@api.response(200, RoundDetailSchema)
def show_round(round_id: UUID) -> Response:
    """A round with its criteria and who has submitted; what they scored stands under results."""
    return _answer_round(round_id)


@api.put("/evaluation-rounds/<uuid:round_id>")
@allow("evaluations.edit")
@api.arguments(RoundForm)
@api.response(200, RoundDetailSchema)
def change_round(details: dict[str, Any], round_id: UUID) -> Response:
    """Change title, due day and evaluators of an open round; needs If-Match."""
    rounds.change_round(session(), identity(), round_id, expected_version(), now(), **details)
    return _answer_round(round_id)


@api.post("/evaluation-rounds/<uuid:round_id>/organisations")
@allow("evaluations.edit")
@api.arguments(PickedSchema)
@api.response(200, RoundDetailSchema)
def add_organisations(picked: dict[str, Any], round_id: UUID) -> Response:
    """Compare these as well."""
    rounds.add_organisations(session(), identity(), round_id, picked["organisations"], now())
    return _answer_round(round_id)


@api.delete("/evaluation-rounds/<uuid:round_id>/organisations/<uuid:organisation_id>")
@allow("evaluations.edit")
@api.response(204)
def remove_organisation(round_id: UUID, organisation_id: UUID) -> None:
    """Compare it no longer, while nobody has submitted an evaluation of it."""
    rounds.remove_organisation(session(), identity(), round_id, organisation_id, now())


@api.post("/evaluation-rounds/<uuid:round_id>/close")
@allow("evaluations.edit")
@api.response(200, RoundSchema)
def close_round(round_id: UUID) -> Any:
    """End the scoring for good."""
    return rounds.close_round(session(), identity(), round_id, now())


@api.post("/evaluation-rounds/<uuid:round_id>/remind")
@allow("evaluations.edit")
@api.response(200, RemindedSchema)
def remind_evaluators(round_id: UUID) -> Any:
    """Mail everyone whose evaluations the round waits for."""
    return {"reminded": rounds.remind_evaluators(session(), identity(), round_id, now())}


@api.post("/evaluation-rounds/<uuid:round_id>/shortlist")
@allow("evaluations.edit")
@api.arguments(ShortlistSchema)
@api.response(200, ShortlistedSchema)
def shortlist_organisations(picked: dict[str, Any], round_id: UUID) -> Any:
    """Move organisations of the round to the stage "shortlisted"; those that are further along stay where they are."""
    count = rounds.shortlist_organisations(
        session(), identity(), round_id, picked["organisations"], picked["reason"], now()
    )
    return {"shortlisted": count}


@api.put("/evaluation-rounds/<uuid:round_id>/declaration")
@allow("evaluations.score")
@api.arguments(DeclarationSchema)
@api.response(204)
def declare_conflicts(declared: dict[str, Any], round_id: UUID) -> None:
    """Declare one's conflicts of interest, and to have none with the round's other organisations."""
    conflicts = {each["organisation_id"]: each["reason"] for each in declared["conflicts"]}
    scorecards.declare_conflicts(session(), identity(), round_id, conflicts, now())


@api.get("/evaluation-rounds/<uuid:round_id>/scorecards")
@allow("evaluations.score")
@api.response(200, ScorecardsSchema)
def list_own_scorecards(round_id: UUID) -> Any:
    """One's own evaluations, by the organisation's name; send a `version` back as If-Match to change a draft."""
    sheet = queries.load_sheet(session(), identity(), round_id)
    return {"items": [_tell_scorecard(each, sheet.scores.get(each.id, ())) for each in sheet.own]}


@api.put("/evaluation-rounds/<uuid:round_id>/scorecards/<uuid:organisation_id>")
@allow("evaluations.score")
@api.arguments(DraftSchema)
@api.response(200, ScorecardSchema)
def save_draft(draft: dict[str, Any], round_id: UUID, organisation_id: UUID) -> Response:
    """Keep what one has so far as a draft that nobody else sees; needs If-Match."""
    own = scorecards.save_draft(
        session(), identity(), round_id, organisation_id, expected_version(), draft["scores"], now()
    )
    return _answer_scorecard(own)


@api.post("/evaluation-rounds/<uuid:round_id>/submit")
@allow("evaluations.score")
@api.arguments(PickedSchema)
@api.response(200, SubmittedSchema)
def submit_evaluations(picked: dict[str, Any], round_id: UUID) -> Any:
    """Submit one's drafts on these organisations, for good."""
    count = scorecards.submit_evaluations(session(), identity(), round_id, picked["organisations"], now())
    return {"submitted": count}


@api.post("/evaluation-rounds/<uuid:round_id>/scorecards/<uuid:organisation_id>/reopen")
@allow("evaluations.score")
@api.arguments(ReopeningSchema)
@api.response(200, ScorecardSchema)
def reopen_scorecard(told: dict[str, Any], round_id: UUID, organisation_id: UUID) -> Response:
    """Make one's own submitted evaluation a draft again; the reason is shown ever after."""
    own = scorecards.reopen_evaluation(session(), identity(), round_id, organisation_id, told["reason"], now())
    return _answer_scorecard(own)


@api.get("/evaluation-rounds/<uuid:round_id>/results")
@allow("evaluations.read")
@api.arguments(ResultsQuery, location="query")
@api.response(200, ResultsSchema)
def show_results(wanted: dict[str, Any], round_id: UUID) -> Any:
    """The ranking as far as the caller may see it, by the round's weights or by those that are tried out."""
    sheet = queries.load_sheet(session(), identity(), round_id)
    pairs = [each.partition(":") for each in wanted["weights"].split(",") if each.strip()]
    weights = results.read_weights(sheet.criteria, {key.strip(): number for key, _colon, number in pairs})
    items = [results.dump_standing(each) for each in results.compute_standings(sheet, weights)]
    return {"items": items, "hidden": len(sheet.names) - len(sheet.shown), "weights": weights}


@api.get("/organisations/<uuid:organisation_id>/evaluations")
@allow("evaluations.read")
@api.response(200, PastResultsSchema)
def list_results_of_organisation(organisation_id: UUID) -> Any:
    """What an organisation scored in its newest rounds, as far as the caller may see it."""
    get_organisation(session(), identity(), organisation_id)
    past = results.list_past(session(), identity(), organisation_id)
    return {
        "items": [
            {"round": sheet.round, "result": results.dump_standing(each) if each else None} for sheet, each in past
        ]
    }


def _tell_set(found: CriteriaSet, newest: CriteriaVersion) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "criteria": newest.criteria,
        "version": found.version,
        "created_at": found.created_at,
    }


def _answer_set(found: CriteriaSet) -> Response:
    told = _tell_set(found, queries.get_newest_version(session(), found.id))
    return set_etag(jsonify(CriteriaSetSchema().dump(told)), found.version)


def _answer_round(round_id: UUID) -> Response:
    sheet = queries.load_sheet(session(), identity(), round_id)
    told = RoundSchema().dump(sheet.round)
    detail = RoundDetailSchema(only=("criteria", "evaluations"))
    told |= detail.dump({"criteria": sheet.criteria, "evaluations": sheet.evaluations})
    return set_etag(jsonify(told), sheet.round.version)


def _answer_scorecard(own: Evaluation) -> Response:
    told = _tell_scorecard(own, queries.list_scores(session(), [own.id]).get(own.id, ()))
    return set_etag(jsonify(ScorecardSchema().dump(told)), own.version)


def _tell_scorecard(own: Evaluation, scores: Sequence[Score]) -> dict[str, Any]:
    return {name: getattr(own, name) for name in ScorecardSchema(exclude=("scores",)).fields} | {"scores": scores}
