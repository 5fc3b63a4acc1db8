"""Agreements for programs: the whole of them, their versions and answers; writing, offering and ending."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.agreements import queries
from services.partners.agreements.models import Agreement
from services.partners.agreements.schemas import (
    AgreementAnswerSchema,
    AgreementQuery,
    AgreementSchema,
    EndSchema,
    NewAgreementSchema,
    OfferSchema,
    ReviseSchema,
    VersionSchema,
    WholeAgreementSchema,
)
from services.partners.agreements.service import answering, drafting, lifecycle
from services.partners.agreements.service.drafting import LINKS
from services.partners.agreements.terms import TermsSchema, complete_terms
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, today, whole_address
from shared.web.policy import allow

api = Blueprint(
    "agreements_api",
    __name__,
    url_prefix="/partners/api/v1",
    description="Terms as data, in versions that both sides accept",
)


@api.get("/agreements")
@allow("agreements.read")
@api.arguments(AgreementQuery, location="query")
@api.response(200, page_schema(AgreementSchema))
def list_agreements(wanted: dict[str, Any]) -> Any:
    return queries.find_agreements(session(), identity(), **wanted)


@api.get("/agreements/<uuid:agreement_id>")
@allow("agreements.read")
@api.response(200, WholeAgreementSchema)
def show_agreement(agreement_id: UUID) -> Response:
    return _whole(queries.get_agreement(session(), identity(), agreement_id))


@api.post("/organisations/<uuid:organisation_id>/agreements")
@allow("agreements.edit")
@api.arguments(NewAgreementSchema)
@api.response(201, WholeAgreementSchema)
def draft_agreement(details: dict[str, Any], organisation_id: UUID) -> Response:
    details["terms"] = complete_terms(details["terms"])
    return _whole(drafting.draft_agreement(session(), identity(), organisation_id, now(), **details), 201)


@api.put("/agreements/<uuid:agreement_id>/terms")
@allow("agreements.edit")
@api.arguments(TermsSchema)
@api.response(200, WholeAgreementSchema)
def write_terms(terms: dict[str, Any], agreement_id: UUID) -> Response:
    whole = complete_terms(terms)
    return _whole(drafting.write_terms(session(), identity(), agreement_id, expected_version(), now(), whole))


@api.post("/agreements/<uuid:agreement_id>/offer")
@allow("agreements.edit")
@api.arguments(OfferSchema)
@api.response(200, WholeAgreementSchema)
def offer_agreement(given: dict[str, Any], agreement_id: UUID) -> Response:
    seen, links = expected_version(), whole_address(LINKS)
    answering.offer_agreement(session(), identity(), agreement_id, seen, now(), today=today(), links=links, **given)
    return _whole(queries.get_agreement(session(), identity(), agreement_id))


@api.post("/agreements/<uuid:agreement_id>/revise")
@allow("agreements.edit")
@api.arguments(ReviseSchema)
@api.response(200, WholeAgreementSchema)
def revise_agreement(given: dict[str, Any], agreement_id: UUID) -> Response:
    return _whole(drafting.revise_agreement(session(), identity(), agreement_id, expected_version(), now(), **given))


@api.post("/agreements/<uuid:agreement_id>/end")
@allow("agreements.edit")
@api.arguments(EndSchema)
@api.response(200, WholeAgreementSchema)
def end_agreement(given: dict[str, Any], agreement_id: UUID) -> Response:
    seen = expected_version()
    return _whole(lifecycle.end_agreement(session(), identity(), agreement_id, seen, now(), today=today(), **given))


def _whole(agreement: Agreement, status: int = 200) -> Response:
    versions = queries.list_versions(session(), identity(), agreement.id)
    answers = queries.list_answers(session(), versions)
    told = AgreementSchema().dump(agreement)
    told["versions"] = VersionSchema(many=True).dump(versions)
    told["answers"] = AgreementAnswerSchema(many=True).dump(answers)
    response = jsonify(told)
    response.status_code = status
    return set_etag(response, agreement.version)
