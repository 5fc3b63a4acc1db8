"""Finding and reading proposals."""

from uuid import UUID

from flask import Response, render_template

from services.partners.contacts.queries import find_liaison
from services.partners.organisations.queries import get_organisation, name_organisations
from services.partners.proposals import queries
from services.partners.proposals.document import draw_draft, draw_proposal
from services.partners.proposals.pages.blueprint import (
    WORDS,
    is_answerable,
    lay_out,
    name_organisation,
    pages,
    send_pdf,
)
from services.partners.proposals.pages.writing import read_whole_draft
from services.partners.proposals.schemas import AnswerFormSchema, ProposalQuery
from services.partners.proposals.story import tell_history, tell_next_step
from services.partners.proposals.wording import compare_versions, draw_text, tell_values
from shared.database.history import list_history
from shared.errors import NotFound
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, now, session, settings
from shared.web.forms import BoundForm
from shared.web.policy import allow


@pages.get("/proposals")
@allow("proposals.read")
def index() -> str:
    wanted = parse_query(ProposalQuery())
    page = queries.find_proposals(session(), identity(), **wanted)
    filters = {name: wanted[name] for name in ("search", "state", "waiting", "organisation")}
    return render_template(
        "proposals/index.html",
        page=page,
        wanted=wanted,
        next_address=next_address(page),
        total=queries.count_proposals(session(), identity(), **filters),
        filtered=any(filters.values()),
        organisations=name_organisations(session(), [each.organisation_id for each in page.items]),
        **WORDS,
    )


@pages.get("/organisations/<uuid:organisation_id>/proposals")
@allow("proposals.read")
def of_organisation(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    wanted = parse_query(ProposalQuery(exclude=["organisation"]))
    page = queries.find_proposals(session(), identity(), organisation=organisation_id, **wanted)
    return render_template(
        "proposals/of_organisation.html",
        organisation=organisation,
        page=page,
        next_address=next_address(page),
        organisations={organisation.id: organisation.name},
        **WORDS,
    )


@pages.get("/proposals/<uuid:proposal_id>")
@allow("proposals.read")
def show(proposal_id: UUID) -> str:
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    layout = lay_out(proposal)
    staff, answerable = identity().is_staff, is_answerable(layout)
    draft = read_whole_draft(proposal) if staff and proposal.draft_text is not None else None
    newest = layout["versions"][0] if layout["versions"] else None
    return render_template(
        "proposals/show.html",
        **layout,
        draft=draft and {"text": draw_text(draft), "facts": tell_values(draft)},
        draft_changes=compare_versions(newest, draft) if draft and newest else [],
        step=tell_next_step(proposal) if staff else "",
        form=BoundForm(AnswerFormSchema(), {"digest": layout["version"].digest}) if answerable and not staff else None,
        liaison=find_liaison(session(), proposal.organisation_id),
        batch=len(queries.list_batch(session(), proposal.batch_id)) if staff else 0,
        entries=tell_history(list_history(session(), proposal_id)) if staff else [],
    )


@pages.get("/proposals/<uuid:proposal_id>/versions/<int:number>/proposal.pdf")
@allow("proposals.read")
def show_pdf(proposal_id: UUID, number: int) -> Response:
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    version = queries.get_version(session(), proposal, number)
    pdf = draw_proposal(version, name_organisation(proposal), settings())
    return send_pdf(pdf, f"{version.title} {number}")


@pages.get("/proposals/<uuid:proposal_id>/draft.pdf")
@allow("proposals.edit")
def show_draft_pdf(proposal_id: UUID) -> Response:
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    if proposal.draft_text is None:
        raise NotFound
    pdf = draw_draft(read_whole_draft(proposal), name_organisation(proposal), settings(), now())
    return send_pdf(pdf, proposal.title)
