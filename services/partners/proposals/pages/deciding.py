"""Sending, accepting a counter, taking back: each page first says what will happen to whom."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from marshmallow import Schema
from werkzeug.wrappers import Response

from services.partners.contacts.queries import find_liaison
from services.partners.proposals import queries
from services.partners.proposals.models import Proposal, Version
from services.partners.proposals.pages.blueprint import USUAL_TIME, lay_out, pages
from services.partners.proposals.pages.writing import read_whole_draft
from services.partners.proposals.schemas import DigestSchema, SendSchema, WithdrawalSchema
from services.partners.proposals.service import answering, telling, writing
from services.partners.proposals.service.writing import LINKS, Sending
from shared.errors import Conflict, Invalid, NotFound, Problem, Stale
from shared.markdown import render_html
from shared.web.context import identity, now, session, today, whole_address
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import decide_form, seen_version

Answer = Response | tuple[str, int]


@pages.get("/proposals/<uuid:proposal_id>/mail")
@allow("proposals.edit")
def preview_mail(proposal_id: UUID) -> str:
    """The mail with the draft, as it would go out today."""
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    if proposal.draft_text is None:
        raise NotFound
    [copy] = writing.list_copies(session(), [proposal])
    draft, mail = read_whole_draft(proposal), None
    if copy.liaison:
        # Never added to the session: what would be kept, for the words that go with it.
        version = Version(
            number=proposal.latest + 1, title=draft.title, text=draft.text, fields=draft.fields, values=draft.values,
            words="", answer_by=today() + USUAL_TIME,
        )  # fmt: skip
        mail = telling.compose_offer(identity(), version, copy.organisation, copy.liaison)
    return render_template(
        "proposals/mail.html",
        proposal=proposal,
        organisation={"id": proposal.organisation_id, "name": copy.organisation},
        liaison=copy.liaison,
        mail=mail,
        # Cleaned of everything but a few tags by `render_html`.
        body=Markup(render_html(mail.body)) if mail else "",  # noqa: S704
    )


@pages.get("/proposals/<uuid:proposal_id>/send")
@allow("proposals.edit")
def ask_to_send(proposal_id: UUID) -> str:
    return _ask([queries.get_proposal(session(), identity(), proposal_id)], _address(proposal_id))


@pages.post("/proposals/<uuid:proposal_id>/send")
@allow("proposals.edit")
def send(proposal_id: UUID) -> Answer:
    return _send([queries.get_proposal(session(), identity(), proposal_id)], _address(proposal_id))


@pages.get("/proposals/batches/<uuid:batch_id>/send")
@allow("proposals.edit")
def ask_to_send_batch(batch_id: UUID) -> str:
    return _ask(queries.list_batch(session(), batch_id), url_for("proposals.show_batch", batch_id=batch_id))


@pages.post("/proposals/batches/<uuid:batch_id>/send")
@allow("proposals.edit")
def send_batch(batch_id: UUID) -> Answer:
    return _send(queries.list_batch(session(), batch_id), url_for("proposals.show_batch", batch_id=batch_id))


@pages.get("/proposals/<uuid:proposal_id>/accept")
@allow("proposals.edit")
def ask_to_accept(proposal_id: UUID) -> str:
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    if not proposal.latest:
        raise NotFound
    newest = queries.get_version(session(), proposal, proposal.latest)
    return _page(proposal_id, "proposals/accept.html", BoundForm(DigestSchema(), {"digest": newest.digest}))


@pages.post("/proposals/<uuid:proposal_id>/accept")
@allow("proposals.edit")
def accept(proposal_id: UUID) -> Answer:
    def decide(given: Any, _seen: int) -> Any:
        answering.accept_counter(session(), identity(), proposal_id, given["digest"], now())
        return _("Their version is accepted. Settle the terms in an agreement next.")

    return _decide(proposal_id, "proposals/accept.html", DigestSchema(), decide)


@pages.get("/proposals/<uuid:proposal_id>/withdraw")
@allow("proposals.edit")
def ask_to_withdraw(proposal_id: UUID) -> str:
    return _page(proposal_id, "proposals/withdraw.html", BoundForm(WithdrawalSchema()))


@pages.post("/proposals/<uuid:proposal_id>/withdraw")
@allow("proposals.edit")
def withdraw(proposal_id: UUID) -> Answer:
    def decide(given: Any, seen: int) -> Any:
        writing.withdraw_proposal(session(), identity(), proposal_id, seen, now(), given["reason"])
        return _("The proposal is taken back. What was sent stays readable here.")

    return _decide(proposal_id, "proposals/withdraw.html", WithdrawalSchema(), decide)


@pages.post("/proposals/<uuid:proposal_id>/agreement")
@allow("agreements.edit")
def draft_agreement(proposal_id: UUID) -> Response:
    """Nobody outside sees the draft, so there is nothing to confirm."""
    seen = seen_version()
    agreement = writing.draft_its_agreement(session(), identity(), proposal_id, seen, now())
    flash(_("The agreement is begun, with the proposal as its purpose. Nobody outside sees it yet."), "success")
    return redirect(url_for("agreements.show", agreement_id=agreement.id))


def _address(proposal_id: UUID) -> str:
    return url_for("proposals.show", proposal_id=proposal_id)


def _ask(proposals: Sequence[Proposal], back: str) -> str:
    copies = _copies(proposals)
    given = {"seen": writing.fingerprint(copies), "answer_by": today() + USUAL_TIME}
    return _send_page(copies, back, BoundForm(SendSchema(), given))


def _send(proposals: Sequence[Proposal], back: str) -> Answer:
    given, form = parse_form(SendSchema(), request.form)
    if given is None:
        return _send_page(_copies(proposals), back, form), 422
    seen, how = given.pop("seen"), Sending(**given, links=whole_address(LINKS))
    try:
        sent = writing.send_copies(session(), identity(), proposals, seen, now(), today=today(), how=how)
    except Invalid as invalid:
        return _send_page(_copies(proposals), back, form.with_errors(invalid.fields)), 422
    except (Stale, Conflict) as problem:
        copies = _copies(proposals)
        again = BoundForm(SendSchema(), {**given, "seen": writing.fingerprint(copies)})
        return _send_page(copies, back, again, problem), problem.status
    flash(
        ngettext(
            "The proposal is sent. The mail is on its way.",
            "%(num)s proposals are sent. The mails are on their way.",
            len(sent),
        ),
        "success",
    )
    return redirect(back)


def _copies(proposals: Sequence[Proposal]) -> Sequence[writing.Copy]:
    return writing.list_copies(session(), [each for each in proposals if each.draft_text is not None])


def _send_page(copies: Sequence[writing.Copy], back: str, form: BoundForm, problem: Problem | None = None) -> str:
    return render_template(
        "proposals/send.html", reachable=[each for each in copies if each.liaison],
        left_out=[each for each in copies if not each.liaison], back=back, form=form, problem=problem,
    )  # fmt: skip


def _decide(proposal_id: UUID, template: str, schema: Schema, decide: Callable[[Any, int], Any]) -> Answer:
    """Take the form and do what it says; the page comes back with the reason where that can't be."""

    def settle(given: Any) -> Response:
        flash(decide(given, seen_version()), "success")
        return redirect(_address(proposal_id))

    return decide_form(schema, settle, partial(_page, proposal_id, template))


def _page(proposal_id: UUID, template: str, form: BoundForm, problem: Problem | None = None) -> str:
    proposal = queries.get_proposal(session(), identity(), proposal_id)
    liaison = find_liaison(session(), proposal.organisation_id)
    return render_template(template, **lay_out(proposal), form=form, problem=problem, liaison=liaison)
