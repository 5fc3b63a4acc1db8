"""Proposals for programs: templates, writing and sending, versions and answers."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from marshmallow import ValidationError

from services.partners.proposals import queries
from services.partners.proposals.models import Proposal, Reply, Template
from services.partners.proposals.schemas import (
    DigestSchema,
    NewProposalsSchema,
    ProposalAnswerSchema,
    ProposalDraftSchema,
    ProposalQuery,
    ProposalReplySchema,
    ProposalSchema,
    ProposalTemplateHeadSchema,
    ProposalTemplateSchema,
    ProposalVersionSchema,
    SendOneSchema,
    TemplateQuery,
    WholeProposalSchema,
    WholeProposalTemplateSchema,
    WithdrawalSchema,
    WrittenSchema,
    read_values,
)
from services.partners.proposals.service import answering, templates, writing
from services.partners.proposals.service.writing import LINKS, Sending
from shared.database.versions import require_version
from shared.errors import Invalid
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, today, whole_address
from shared.web.policy import allow

api = Blueprint(
    "proposals_api",
    __name__,
    url_prefix="/partners/api/v1",
    description="Offers to collaborate, in versions by both sides",
)


@api.get("/proposals")
@allow("proposals.read")
@api.arguments(ProposalQuery, location="query")
@api.response(200, page_schema(ProposalSchema))
def list_proposals(wanted: dict[str, Any]) -> Any:
    return queries.find_proposals(session(), identity(), **wanted)


@api.post("/proposals")
@allow("proposals.edit")
@api.arguments(NewProposalsSchema)
@api.response(201, WrittenSchema)
def write_proposals(given: dict[str, Any]) -> Any:
    template = queries.get_template(session(), given["template_id"])
    version = queries.get_template_version(session(), template.id, template.latest)
    usual = {each["name"]: each["default"] for each in version.fields if each["default"]}
    given["values"] = _read_values(version.fields, usual | given["values"])
    given["title"] = given["title"] or version.title
    return {"items": writing.write_proposals(session(), identity(), now(), **given)}


@api.get("/proposals/<uuid:proposal_id>")
@allow("proposals.read")
@api.response(200, WholeProposalSchema)
def show_proposal(proposal_id: UUID) -> Response:
    return _whole(queries.get_proposal(session(), identity(), proposal_id))


@api.put("/proposals/<uuid:proposal_id>/draft")
@allow("proposals.edit")
@api.arguments(ProposalDraftSchema)
@api.response(200, WholeProposalSchema)
def edit_draft(given: dict[str, Any], proposal_id: UUID) -> Response:
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    given["values"] = _read_values(proposal.fields, given["values"])
    return _whole(writing.edit_draft(session(), identity(), proposal_id, expected_version(), now(), **given))


@api.post("/proposals/<uuid:proposal_id>/send")
@allow("proposals.edit")
@api.arguments(SendOneSchema)
@api.response(200, WholeProposalSchema)
def send_proposal(given: dict[str, Any], proposal_id: UUID) -> Response:
    proposal = queries.get_proposal(session(), identity(), proposal_id, lock=True)
    require_version(session(), proposal, expected_version())
    seen = writing.fingerprint(writing.list_copies(session(), [proposal] if proposal.draft_text is not None else []))
    how = Sending(**given, links=whole_address(LINKS))
    writing.send_copies(session(), identity(), [proposal], seen, now(), today=today(), how=how)
    return _whole(proposal)


@api.post("/proposals/<uuid:proposal_id>/answer")
@allow("proposals.answer")
@api.arguments(ProposalReplySchema)
@api.response(200, WholeProposalSchema)
def answer_proposal(given: dict[str, Any], proposal_id: UUID) -> Response:
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    if given["reply"] is None:
        raise Invalid({"reply": "Say one of " + ", ".join(Reply) + "."})
    if given["reply"] == Reply.COUNTER:
        given["values"] = _read_values(proposal.fields, given["values"])
    said = answering.Said(**given)
    return _whole(answering.answer_proposal(session(), identity(), proposal_id, said, now(), today=today()))


@api.post("/proposals/<uuid:proposal_id>/accept")
@allow("proposals.edit")
@api.arguments(DigestSchema)
@api.response(200, WholeProposalSchema)
def accept_counter(given: dict[str, Any], proposal_id: UUID) -> Response:
    return _whole(answering.accept_counter(session(), identity(), proposal_id, given["digest"], now()))


@api.post("/proposals/<uuid:proposal_id>/withdraw")
@allow("proposals.edit")
@api.arguments(WithdrawalSchema)
@api.response(200, WholeProposalSchema)
def withdraw_proposal(given: dict[str, Any], proposal_id: UUID) -> Response:
    seen = expected_version()
    return _whole(writing.withdraw_proposal(session(), identity(), proposal_id, seen, now(), given["reason"]))


@api.get("/proposal-templates")
@allow("proposals.edit")
@api.arguments(TemplateQuery, location="query")
@api.response(200, page_schema(ProposalTemplateHeadSchema))
def list_templates(wanted: dict[str, Any]) -> Any:
    return queries.find_templates(session(), **wanted)


@api.post("/proposal-templates")
@allow("proposals.edit")
@api.arguments(ProposalTemplateSchema)
@api.response(201, WholeProposalTemplateSchema)
def add_template(given: dict[str, Any]) -> Response:
    return _whole_template(templates.add_template(session(), identity(), now(), templates.Wording(**given)), 201)  # type: ignore[typeddict-item]


@api.get("/proposal-templates/<uuid:template_id>")
@allow("proposals.edit")
@api.response(200, WholeProposalTemplateSchema)
def show_template(template_id: UUID) -> Response:
    return _whole_template(queries.get_template(session(), template_id))


@api.put("/proposal-templates/<uuid:template_id>")
@allow("proposals.edit")
@api.arguments(ProposalTemplateSchema)
@api.response(200, WholeProposalTemplateSchema)
def change_template(given: dict[str, Any], template_id: UUID) -> Response:
    wording, seen = templates.Wording(**given), expected_version()  # type: ignore[typeddict-item]
    return _whole_template(templates.change_template(session(), identity(), template_id, seen, now(), wording))


def _read_values(fields: Any, given: dict[str, str]) -> dict[str, str]:
    try:
        return read_values(fields, given)
    except ValidationError as error:
        messages = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise Invalid({f"values.{name}": " ".join(texts) for name, texts in messages.items()}) from error


def _whole(proposal: Proposal) -> Response:
    versions = queries.list_versions(session(), proposal.id)
    told = ProposalSchema().dump(proposal)
    told["fields"] = proposal.fields
    told["versions"] = ProposalVersionSchema(many=True).dump(versions)
    told["answers"] = ProposalAnswerSchema(many=True).dump(queries.list_answers(session(), versions))
    return set_etag(jsonify(told), proposal.version)


def _whole_template(template: Template, status: int = 200) -> Response:
    version = queries.get_template_version(session(), template.id, template.latest)
    told = ProposalTemplateHeadSchema().dump(template) | {"text": version.text, "fields": version.fields}
    response = jsonify(told)
    response.status_code = status
    return set_etag(response, template.version)
