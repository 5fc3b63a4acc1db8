"""Vettings for people: the list, one organisation's, and the steps of one vetting."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.contacts.queries import find_liaison, name_contacts
from services.partners.organisations.queries import get_organisation, name_organisations
from services.partners.people.queries import name_people
from services.partners.vetting import queries, words
from services.partners.vetting.schemas import (
    AnswerSchema,
    AskSchema,
    CheckSchema,
    DecisionSchema,
    FastDecisionSchema,
    FastTrackSchema,
    InterestSchema,
    NewEvidenceSchema,
    VettingQuery,
)
from services.partners.vetting.service import answers, outcomes, papers
from shared.database.history import list_history
from shared.errors import Problem
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, now, session, settings, today, whole_address
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow, may
from shared.web.saving import decide_form, seen_version
from shared.web.uploads import send_stored, takes_files

pages = Blueprint("vetting", __name__, url_prefix="/partners", template_folder="../templates")
Answered = Response | tuple[str, int]


@pages.context_processor
def give_words() -> dict[str, Any]:
    return {"words": words}


@pages.get("/vetting")
@allow("vetting.read")
def index() -> str:
    wanted = parse_query(VettingQuery())
    page = queries.find_vettings(session(), identity(), on=today(), **wanted)
    ids = [each.organisation_id for each in page.items]
    return render_template(
        "vetting/index.html",
        page=page,
        wanted=wanted,
        counts=queries.count_parts(session(), today()),
        names=name_organisations(session(), ids),
        states=queries.vetting_states(session(), ids, today()),
        next_address=next_address(page),
    )


@pages.get("/organisations/<uuid:organisation_id>/vetting")
@allow("vetting.read")
def of_organisation(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    vettings = queries.list_vettings(session(), identity(), organisation_id)
    in_force = next((each for each in vettings if each.in_force), None)
    named = {who for each in vettings for who in (each.decided_by, each.fast_asked_by, each.fast_decided_by) if who}
    return render_template(
        "vetting/organisation.html",
        organisation=organisation,
        vettings=vettings,
        running=next((each for each in vettings if each.running), None),
        in_force=in_force,
        dues=queries.list_dues(session(), in_force.id) if in_force else [],
        state=queries.vetting_state(session(), organisation_id, today()),
        people=name_people(session(), named),
        today=today(),
    )


@pages.post("/organisations/<uuid:organisation_id>/vetting")
@allow("vetting.edit")
def start(organisation_id: UUID) -> Response:
    vetting = answers.start_vetting(session(), identity(), organisation_id, now())
    flash(_("The vetting is open. Say first whether you have an interest of your own."), "success")
    return redirect(url_for("vetting.show", vetting_id=vetting.id))


@pages.get("/vettings/<uuid:vetting_id>")
@allow("vetting.read")
def show(vetting_id: UUID) -> str:
    vetting = queries.get_vetting(session(), identity(), vetting_id)
    asked = queries.list_requests(session(), vetting_id)
    return render_template(
        "vetting/show.html",
        asked=asked,
        contacts=name_contacts(session(), {each.contact_id for each in asked}),
        dues=queries.list_dues(session(), vetting_id),
        would_hold=outcomes.last_day(vetting, today()),
        entries=words.tell_history(list_history(session(), vetting_id)),
        **_about(vetting),
    )


@pages.route("/vettings/<uuid:vetting_id>/declaration", methods=["GET", "POST"])
@allow("vetting.edit")
def declare(vetting_id: UUID) -> str | Answered:
    vetting = queries.get_vetting(session(), identity(), vetting_id)
    interest = [("false", _("No")), ("true", _("Yes, or it may look so"))]

    def save(typed: dict[str, Any]) -> None:
        answers.declare_interests(session(), identity(), vetting_id, now(), **typed)
        flash(_("Your declaration is noted."), "success")

    return _step(vetting, "declare", BoundForm(InterestSchema(), choices={"conflict": interest}), save)


@pages.get("/vetting-answers/<uuid:answer_id>")
@allow("vetting.read")
def item(answer_id: UUID) -> str:
    answer = queries.get_answer(session(), identity(), answer_id)
    return _item_page(answer, BoundForm(AnswerSchema(), AnswerSchema().dump(answer)), BoundForm(NewEvidenceSchema()))


@pages.post("/vetting-answers/<uuid:answer_id>")
@allow("vetting.edit")
def answer(answer_id: UUID) -> Answered:
    found = queries.get_answer(session(), identity(), answer_id)

    def decide(typed: Any) -> Response:
        answers.answer_item(
            session(), identity(), answer_id, seen_version(), now(), verdict=typed["verdict"], note_text=typed["note"]
        )
        flash(_("Your answer is saved."), "success")
        return redirect(url_for("vetting.show", vetting_id=found.vetting_id, _anchor=f"item-{found.id}"))

    page = partial(_item_page, found, paper_form=BoundForm(NewEvidenceSchema()))
    return decide_form(AnswerSchema(), decide, page)


@pages.post("/vetting-answers/<uuid:answer_id>/evidence")
@allow("vetting.edit")
@takes_files
def add_evidence(answer_id: UUID) -> Answered:
    found = queries.get_answer(session(), identity(), answer_id)

    def keep(sent: Any) -> Response:
        answers.add_evidence(session(), identity(), answer_id, sent["file"], now(), expires_on=sent["expires_on"])
        flash(_("The paper is kept."), "success")
        return redirect(url_for("vetting.item", answer_id=answer_id, _anchor="papers"))

    answered = BoundForm(AnswerSchema(), AnswerSchema().dump(found))
    return decide_form(NewEvidenceSchema(), keep, partial(_item_page, found, answered))


@pages.get("/vetting-evidence/<uuid:evidence_id>/file")
@allow("vetting.read")
def download(evidence_id: UUID) -> Response:
    return send_stored(queries.get_evidence(session(), identity(), evidence_id).file)


@pages.route("/vetting-evidence/<uuid:evidence_id>", methods=["GET", "POST"])
@allow("vetting.edit")
def check(evidence_id: UUID) -> str | Answered:
    evidence = queries.get_evidence(session(), identity(), evidence_id)
    found = queries.get_answer(session(), identity(), evidence.answer_id)
    vetting = queries.get_vetting(session(), identity(), found.vetting_id)
    usable = [("true", _("Yes")), ("false", _("No, set it aside"))]
    form = BoundForm(CheckSchema(), {"expires_on": evidence.expires_on}, choices={"good": usable})

    def save(typed: dict[str, Any]) -> None:
        answers.check_evidence(session(), identity(), evidence_id, now(), **typed)
        flash(_("Noted."), "success")

    return _step(vetting, "check", form, save, item=found, paper=evidence)


@pages.route("/vettings/<uuid:vetting_id>/papers", methods=["GET", "POST"])
@allow("vetting.edit")
def ask(vetting_id: UUID) -> str | Answered:
    """Ask the liaison for papers: what is to be sent to whom is shown before it goes."""
    vetting = queries.get_vetting(session(), identity(), vetting_id)
    liaison = find_liaison(session(), vetting.organisation_id)
    usual = _("Before we can work together, we look at a few papers. Please send us what is listed here.")
    choices = {"answers": [(each.id, _(each.label)) for each in vetting.answers]}
    form = BoundForm(AskSchema(), {"message": usual}, choices=choices)
    if request.method == "POST" and "sure" not in request.form:
        typed, form = parse_form(AskSchema(), request.form, choices=choices)
        if typed is not None and "again" not in request.form:
            wanted = [each for each in vetting.answers if each.id in typed["answers"]]
            return render_template(
                "vetting/ask.html", typed=typed, wanted=wanted, liaison=liaison,
                until=now() + papers.LASTS, **_about(vetting),
            )  # fmt: skip
        return _step_page(vetting, "ask", form, liaison=liaison), 200 if typed is not None else 422

    def save(typed: dict[str, Any]) -> None:
        papers.ask_papers(
            session(), identity(), vetting_id, now(), answer_ids=typed["answers"], message=typed["message"],
            address=lambda secret: whole_address(url_for("papers.show", secret=secret)),
        )  # fmt: skip
        flash(_("The mail is on its way."), "success")

    return _step(vetting, "ask", form, save, liaison=liaison)


@pages.route("/vettings/<uuid:vetting_id>/fast-track", methods=["GET", "POST"])
@allow("vetting.edit")
def ask_fast_track(vetting_id: UUID) -> str | Answered:
    vetting = queries.get_vetting(session(), identity(), vetting_id)

    def save(typed: dict[str, Any]) -> None:
        outcomes.ask_fast_track(session(), identity(), vetting_id, now(), **typed)
        flash(_("Noted. Somebody else decides on it."), "success")

    form = BoundForm(FastTrackSchema(), {"until": today() + timedelta(days=30)})
    return _step(vetting, "fast", form, save)


@pages.route("/vettings/<uuid:vetting_id>/fast-track/decision", methods=["GET", "POST"])
@allow("vetting.edit")
def decide_fast_track(vetting_id: UUID) -> str | Answered:
    vetting = queries.get_vetting(session(), identity(), vetting_id)
    granted = [("true", _("Yes, until the checklist is decided")), ("false", _("No"))]

    def save(typed: dict[str, Any]) -> None:
        zone = str(settings().time_zone)
        outcomes.decide_fast_track(session(), identity(), vetting_id, now(), time_zone=zone, **typed)
        flash(_("Your decision is noted."), "success")

    return _step(vetting, "fast_decision", BoundForm(FastDecisionSchema(), choices={"granted": granted}), save)


@pages.route("/vettings/<uuid:vetting_id>/decision", methods=["GET", "POST"])
@allow("vetting.edit")
def decide(vetting_id: UUID) -> str | Answered:
    vetting = queries.get_vetting(session(), identity(), vetting_id)

    def save(typed: dict[str, Any]) -> None:
        seen = seen_version()
        zone = str(settings().time_zone)
        outcomes.decide_vetting(session(), identity(), vetting_id, seen, now(), time_zone=zone, **typed)
        flash(_("The vetting is decided."), "success")

    would_hold = outcomes.last_day(vetting, today())
    return _step(vetting, "decide", BoundForm(DecisionSchema()), save, would_hold=would_hold)


def _step(
    vetting: Any, step: str, form: BoundForm, save: Callable[[dict[str, Any]], None], **more: Any
) -> str | Answered:
    """One step as a form: shown, and when sent, saved; what is refused is told with everything typed still there."""
    if request.method == "GET":
        return _step_page(vetting, step, form, **more)

    def decide(typed: Any) -> Response:
        save(typed)
        return redirect(url_for("vetting.show", vetting_id=vetting.id))

    return decide_form(form.schema, decide, partial(_step_page, vetting, step, **more), choices=form.choice_pairs())


def _step_page(vetting: Any, step: str, form: BoundForm, problem: Problem | None = None, **more: Any) -> str:
    return render_template("vetting/step.html", step=step, form=form, refused=problem, **{**_about(vetting), **more})


def _item_page(answer: Any, form: BoundForm, paper_form: BoundForm, problem: Problem | None = None) -> str:
    vetting = queries.get_vetting(session(), identity(), answer.vetting_id)
    return render_template(
        "vetting/item.html",
        answer=answer,
        form=form,
        paper_form=paper_form,
        refused=problem,
        entries=words.tell_history(list_history(session(), answer.id)),
        **_about(vetting),
    )


def _about(vetting: Any) -> dict[str, Any]:
    """What every page of one vetting shows."""
    who = identity()
    people = {vetting.started_by, vetting.decided_by, vetting.fast_asked_by, vetting.fast_decided_by}
    people |= {each.person_id for each in vetting.declarations} | {each.answered_by for each in vetting.answers}
    papers_of = [paper for each in vetting.answers for paper in each.evidence]
    people |= {paper.sent_by for paper in papers_of if not paper.from_partner}
    contacts = {paper.sent_by for paper in papers_of if paper.from_partner}
    return {
        "vetting": vetting,
        "organisation": get_organisation(session(), who, vetting.organisation_id),
        "people": {**name_people(session(), people - {None}), **name_contacts(session(), contacts)},
        "declared": vetting.has_declared(who.person_id),
        "conflicted": vetting.has_conflict(who.person_id),
        "may_edit": vetting.running and may("vetting.edit"),
        "today": today(),
    }
