"""Offering, accepting, revising, giving up and ending: each page first says what will happen to whom."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.wrappers import Response

from services.partners.agreements import queries
from services.partners.agreements.models import Agreement
from services.partners.agreements.pages.blueprint import USUAL_TIME, lay_out, pages
from services.partners.agreements.schemas import (
    EndSchema,
    OfferSchema,
    OurAcceptanceSchema,
    ReasonSchema,
    ReplySchema,
    ReviseSchema,
)
from services.partners.agreements.service import answering, drafting, lifecycle
from services.partners.agreements.service.drafting import LINKS
from services.partners.contacts.queries import find_liaison
from shared.errors import Problem
from shared.web.context import identity, now, session, today, whole_address
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import decide_form, seen_version

Answer = str | Response | tuple[str, int]


@pages.get("/agreements/<uuid:agreement_id>/offer")
@allow("agreements.edit")
def ask_to_offer(agreement_id: UUID) -> str:
    form = BoundForm(OfferSchema(), {"answer_by": today() + USUAL_TIME})
    return _page(agreement_id, "agreements/offer.html", form)


@pages.post("/agreements/<uuid:agreement_id>/offer")
@allow("agreements.edit")
def offer(agreement_id: UUID) -> Answer:
    def decide(given: Any, seen: int) -> Any:
        version = answering.offer_agreement(
            session(), identity(), agreement_id, seen, now(), today=today(), links=whole_address(LINKS), **given
        )
        return _("Version %(number)s is offered. The mail is on its way.", number=version.number)

    return _decide(agreement_id, "agreements/offer.html", OfferSchema(), decide)


@pages.get("/agreements/<uuid:agreement_id>/accept")
@allow("agreements.accept")
def ask_to_accept(agreement_id: UUID) -> str:
    agreement = queries.get_agreement(session(), identity(), agreement_id)
    version = queries.get_version(session(), identity(), agreement, agreement.latest)
    return _page(agreement_id, "agreements/accept.html", BoundForm(OurAcceptanceSchema(), {"digest": version.digest}))


@pages.post("/agreements/<uuid:agreement_id>/accept")
@allow("agreements.accept")
def accept(agreement_id: UUID) -> Answer:
    def decide(given: Any, _seen: int) -> Any:
        version = answering.answer_for_us(session(), identity(), agreement_id, now(), today=today(), **given)
        return _("You have accepted version %(number)s for us.", number=version.number)

    return _decide(agreement_id, "agreements/accept.html", OurAcceptanceSchema(), decide)


@pages.post("/agreements/<uuid:agreement_id>/versions/<int:number>/answer")
@allow("agreements.answer")
def answer(agreement_id: UUID, number: int) -> Answer:
    """The partner's answer, by a liaison who is signed in."""

    def decide(given: Any, _seen: int) -> Any:
        said = answering.Said(**given)
        answering.answer_for_partner(session(), identity(), agreement_id, number, said, now(), today=today())
        return _("Thank you: your answer is on record.")

    return _decide(agreement_id, "agreements/answer.html", ReplySchema(), decide)


@pages.get("/agreements/<uuid:agreement_id>/revise")
@allow("agreements.edit")
def ask_to_revise(agreement_id: UUID) -> str:
    return _page(agreement_id, "agreements/revise.html", BoundForm(ReviseSchema()))


@pages.post("/agreements/<uuid:agreement_id>/revise")
@allow("agreements.edit")
def revise(agreement_id: UUID) -> Answer:
    def decide(given: Any, seen: int) -> Any:
        drafting.revise_agreement(session(), identity(), agreement_id, seen, now(), **given)
        return _("A new version is begun with the terms that hold. They go on to hold until both sides accept it.")

    return _decide(agreement_id, "agreements/revise.html", ReviseSchema(), decide)


@pages.get("/agreements/<uuid:agreement_id>/drop")
@allow("agreements.edit")
def ask_to_drop(agreement_id: UUID) -> str:
    return _page(agreement_id, "agreements/drop.html", BoundForm(ReasonSchema()))


@pages.post("/agreements/<uuid:agreement_id>/drop")
@allow("agreements.edit")
def drop(agreement_id: UUID) -> Answer:
    def decide(given: Any, seen: int) -> Any:
        drafting.drop_version(session(), identity(), agreement_id, seen, now(), given["reason"])
        return _("The version is given up. What was written stays readable here.")

    return _decide(agreement_id, "agreements/drop.html", ReasonSchema(), decide)


@pages.get("/agreements/<uuid:agreement_id>/end")
@allow("agreements.edit")
def ask_to_end(agreement_id: UUID) -> str:
    return _page(agreement_id, "agreements/end.html", BoundForm(EndSchema(), {"on": today() + timedelta(days=30)}))


@pages.post("/agreements/<uuid:agreement_id>/end")
@allow("agreements.edit")
def end(agreement_id: UUID) -> Answer:
    def decide(given: Any, seen: int) -> Any:
        lifecycle.end_agreement(session(), identity(), agreement_id, seen, now(), today=today(), **given)
        return _("The end is set, and the partner is told.")

    return _decide(agreement_id, "agreements/end.html", EndSchema(), decide)


def _decide(agreement_id: UUID, template: str, schema: Schema, decide: Callable[[Any, int], Any]) -> Answer:
    """Take the form and do what it says; the page comes back with the reason where that can't be."""

    def settle(given: Any) -> Response:
        flash(decide(given, seen_version()), "success")
        return redirect(url_for("agreements.show", agreement_id=agreement_id))

    return decide_form(schema, settle, partial(_page, agreement_id, template))


def _page(agreement_id: UUID, template: str, form: BoundForm, problem: Problem | None = None) -> str:
    agreement: Agreement = queries.get_agreement(session(), identity(), agreement_id)
    return render_template(
        template,
        **lay_out(agreement),
        form=form,
        problem=problem,
        liaison=find_liaison(session(), agreement.organisation_id),
    )
