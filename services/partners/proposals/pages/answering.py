"""The organisation's answer, signed in or from a link: one step for yes, perhaps and no; a form to counter with."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import fields
from werkzeug.wrappers import Response

from services.partners.proposals import queries
from services.partners.proposals.models import Proposal, Reply
from services.partners.proposals.pages.blueprint import is_answerable, lay_out, pages
from services.partners.proposals.schemas import (
    AnswerFormSchema,
    comment_field,
    dump_values,
    load_values,
    make_values_schema,
    text_field,
)
from services.partners.proposals.service.answering import Said, answer_proposal
from shared.errors import NotFound, Problem
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import decide_form

Answer = Response | tuple[str, int]


@pages.post("/proposals/<uuid:proposal_id>/answer")
@allow("proposals.answer")
def answer(proposal_id: UUID) -> Answer:
    proposal = queries.get_proposal(session(), identity(), proposal_id)

    def page(form: BoundForm, problem: Problem | None = None) -> str:
        return render_template("proposals/answer.html", **lay_out(proposal), form=form, problem=problem)

    return take_answer(proposal, page, url_for("proposals.show", proposal_id=proposal_id))


@pages.get("/proposals/<uuid:proposal_id>/counter")
@allow("proposals.answer")
def ask_to_counter(proposal_id: UUID) -> str:
    return counter_page(_find(proposal_id), url_for("proposals.show", proposal_id=proposal_id))


@pages.post("/proposals/<uuid:proposal_id>/counter")
@allow("proposals.answer")
def counter(proposal_id: UUID) -> Answer:
    return take_counter(_find(proposal_id), url_for("proposals.show", proposal_id=proposal_id))


def take_answer(proposal: Proposal, page: Callable[..., str], back: str, link_id: UUID | None = None) -> Answer:
    """Take the answer form; `page` draws it again where it can't be taken."""

    def answer(given: Any) -> Response:
        said = Said(Reply(given["reply"]), given["digest"], given["comment"], link_id=link_id)
        answer_proposal(session(), identity(), proposal.id, said, now(), today=today())
        flash(_("Thank you: your answer is on record."), "success")
        return redirect(back)

    return decide_form(AnswerFormSchema(), answer, page)


def counter_page(proposal: Proposal, back: str, form: BoundForm | None = None, problem: Problem | None = None) -> str:
    """The form to send it back with changes; what was typed stays in it."""
    layout = lay_out(proposal)
    if form is None:
        version = layout["versions"][0]
        values = load_values(version.fields, version.values)
        form = BoundForm(_counter_schema(proposal), {"digest": version.digest, "text": version.text, **values})
    return render_template(
        "proposals/counter.html", **layout, form=form, problem=problem, back=back, answerable=is_answerable(layout)
    )


def take_counter(proposal: Proposal, back: str, link_id: UUID | None = None) -> Answer:
    """Take the form of `counter_page`."""
    schema = _counter_schema(proposal)

    def answer(given: Any) -> Response:
        values = dump_values(schema, proposal.fields, given)
        said = Said(Reply.COUNTER, given["digest"], given["comment"], given["text"], values, link_id)
        answer_proposal(session(), identity(), proposal.id, said, now(), today=today())
        flash(_("Thank you: your version is on its way to us."), "success")
        return redirect(back)

    return decide_form(schema, answer, partial(counter_page, proposal, back))


def _find(proposal_id: UUID) -> Proposal:
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    if not proposal.latest:
        raise NotFound
    return proposal


def _counter_schema(proposal: Proposal) -> Any:
    digest = fields.String(required=True, metadata={"widget": "hidden"})
    return make_values_schema(proposal.fields, then={**text_field(), **comment_field(), "digest": digest})
