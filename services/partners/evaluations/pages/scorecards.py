"""What an evaluator does, for people: declaring conflicts of interest, scoring an organisation per page, submitting."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from services.partners.evaluations import queries, results
from services.partners.evaluations.models import Evaluation
from services.partners.evaluations.schemas import SCORE_NAMES, DraftSchema, ReopeningSchema
from services.partners.evaluations.scoring import round_fraction, weigh
from services.partners.evaluations.service import scorecards as service
from services.partners.evaluations.words import tell_disputes, tell_rank, tell_scored_by, tell_state
from shared.errors import Invalid, Stale
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import seen_version

pages = Blueprint(
    "scorecards", __name__, url_prefix="/partners/evaluations/<uuid:round_id>", template_folder="../templates"
)


@pages.get("/declaration")
@allow("evaluations.score")
def declaration(round_id: UUID) -> str:
    sheet = queries.load_sheet(session(), identity(), round_id)
    typed = {each.organisation_id: each.conflict_reason for each in sheet.own if each.conflict}
    return _declaration_page(sheet, typed, {})


@pages.post("/declaration")
@allow("evaluations.score")
def declare(round_id: UUID) -> Response | tuple[str, int]:
    sheet = queries.load_sheet(session(), identity(), round_id)
    typed = {
        each.organisation_id: request.form.get(f"reason-{each.organisation_id}", "").strip()
        for each in sheet.own
        if f"conflict-{each.organisation_id}" in request.form
    }
    try:
        service.declare_conflicts(session(), identity(), round_id, typed, now())
    except Invalid as invalid:
        return _declaration_page(sheet, typed, invalid.fields), 422
    flash(_("Thank you, that is noted. Now score the organisations."), "success")
    return _go_on(round_id)


@pages.get("/organisations/<uuid:organisation_id>")
@allow("evaluations.read")
def show(round_id: UUID, organisation_id: UUID) -> str:
    return _organisation_page(queries.load_sheet(session(), identity(), round_id), organisation_id)


@pages.post("/organisations/<uuid:organisation_id>")
@allow("evaluations.score")
def save(round_id: UUID, organisation_id: UUID) -> Response | tuple[str, int]:
    """Keep the draft; `then` says whether to submit it or to go on to the next organisation."""
    sheet = queries.load_sheet(session(), identity(), round_id)
    typed = [
        {
            "criterion": each.key,
            "score": request.form.get(f"score-{each.key}", type=int),
            "comment": request.form.get(f"comment-{each.key}", "").replace("\r\n", "\n"),
        }
        for each in sheet.criteria
    ]
    seen = seen_version()
    try:
        draft = DraftSchema().load({"scores": typed})
        service.save_draft(session(), identity(), round_id, organisation_id, seen, draft["scores"], now())
    except ValidationError:
        error = _("A comment holds up to 2,000 characters, and a score is from 1 to 5.")
        return _organisation_page(sheet, organisation_id, typed, error=error), 422
    except Stale as stale:
        return _organisation_page(sheet, organisation_id, typed, error=stale.detail), 412
    if request.form.get("then") == "submit":
        return redirect(url_for("scorecards.ask_to_submit", round_id=round_id, organisation=organisation_id))
    flash(_("Saved as a draft that only you see."), "success")
    return _go_on(round_id, after=organisation_id)


@pages.get("/submit")
@allow("evaluations.score")
def ask_to_submit(round_id: UUID) -> str:
    """Everything of one's own that has all its scores, or with `?organisation=` that one; `lacking` has not."""
    sheet = queries.load_sheet(session(), identity(), round_id)
    only = request.args.get("organisation", type=UUID)
    drafts = [each for each in sheet.own if not each.is_settled and only in (None, each.organisation_id)]
    complete = [each for each in drafts if _is_complete(sheet, each)]
    standings = {each.id: _score(sheet, each) for each in complete}
    return render_template(
        "evaluations/submit.html",
        sheet=sheet,
        complete=complete,
        lacking=[each for each in drafts if each not in complete] if only else [],
        scores=standings,
    )


@pages.post("/submit")
@allow("evaluations.score")
def submit(round_id: UUID) -> Response:
    chosen = [UUID(each) for each in request.form.getlist("organisation") if _is_id(each)]
    try:
        count = service.submit_evaluations(session(), identity(), round_id, chosen, now())
    except Invalid as invalid:
        flash(" ".join(invalid.fields.values()), "danger")
        return redirect(url_for("evaluations.show", round_id=round_id))
    flash(ngettext("One evaluation is submitted.", "%(num)s evaluations are submitted.", count), "success")
    return _go_on(round_id)


@pages.get("/organisations/<uuid:organisation_id>/reopen")
@allow("evaluations.score")
def ask_to_reopen(round_id: UUID, organisation_id: UUID) -> str:
    return _reopen_page(round_id, organisation_id, BoundForm(ReopeningSchema()))


@pages.post("/organisations/<uuid:organisation_id>/reopen")
@allow("evaluations.score")
def reopen(round_id: UUID, organisation_id: UUID) -> Response | tuple[str, int]:
    told, form = parse_form(ReopeningSchema(), request.form)
    if told is None:
        return _reopen_page(round_id, organisation_id, form), 422
    service.reopen_evaluation(session(), identity(), round_id, organisation_id, told["reason"], now())
    flash(_("Your evaluation is a draft again. Submit it once more when you are done."), "success")
    return redirect(url_for("scorecards.show", round_id=round_id, organisation_id=organisation_id))


def _go_on(round_id: UUID, after: UUID | None = None) -> Response:
    """To the next organisation that one has to score, in the order of names; to the round when there is none."""
    sheet = queries.load_sheet(session(), identity(), round_id)
    order = [each.organisation_id for each in sheet.own]
    start = order.index(after) + 1 if after in order else 0
    for own in [*sheet.own[start:], *sheet.own[:start]]:
        if not own.is_settled and not _is_complete(sheet, own):
            return redirect(url_for("scorecards.show", round_id=round_id, organisation_id=own.organisation_id))
    return redirect(url_for("evaluations.show", round_id=round_id))


def _organisation_page(
    sheet: queries.Sheet, organisation_id: UUID, typed: list[dict[str, Any]] | None = None, *, error: str = ""
) -> str:
    evaluations = sheet.of_organisation(organisation_id)
    own = next((each for each in evaluations if each.person_id == sheet.viewer_id), None)
    order = [each.organisation_id for each in sheet.own]
    place = order.index(organisation_id) if organisation_id in order else None
    standings = results.compute_standings(sheet, results.round_weights(sheet.criteria))
    standing = next((each for each in standings if each.result.organisation_id == organisation_id), None)
    kept = sheet.scores.get(own.id, ()) if own else ()
    ratings = typed or [{"criterion": each.criterion, "score": each.score, "comment": each.comment} for each in kept]
    return render_template(
        "evaluations/organisation.html",
        sheet=sheet,
        organisation_id=organisation_id,
        name=sheet.names[organisation_id],
        evaluations=evaluations,
        own=own,
        is_scoring=own is not None and own.conflict is False and not own.is_submitted and sheet.round.is_open,
        ratings={each["criterion"]: each for each in ratings},
        error=error,
        place=place,
        before=order[place - 1] if place else None,
        after=order[place + 1] if place is not None and place + 1 < len(order) else None,
        standing=standing,
        by_evaluator={
            each.person_id: {score.criterion: score for score in sheet.scores[each.id]}
            for each in evaluations
            if standing and each.is_submitted
        },
        disputes=tell_disputes(standing, sheet.criteria, sheet.evaluators) if standing else [],
        score_columns={"name": _("Criterion")}
        | {each.person_id: sheet.evaluators[each.person_id] for each in evaluations if standing and each.is_submitted},
        score_names=SCORE_NAMES,
        tell_state=tell_state,
        tell_rank=tell_rank,
        tell_scored_by=tell_scored_by,
    )


def _declaration_page(sheet: queries.Sheet, typed: dict[UUID, str], errors: Any) -> str:
    return render_template("evaluations/declaration.html", sheet=sheet, typed=typed, errors=errors)


def _reopen_page(round_id: UUID, organisation_id: UUID, form: BoundForm) -> str:
    sheet = queries.load_sheet(session(), identity(), round_id)
    evaluations = sheet.of_organisation(organisation_id)
    own = next((each for each in evaluations if each.person_id == sheet.viewer_id), None)
    return render_template(
        "evaluations/reopen.html",
        sheet=sheet, organisation_id=organisation_id, name=sheet.names[organisation_id], own=own, form=form,
    )  # fmt: skip


def _is_complete(sheet: queries.Sheet, own: Evaluation) -> bool:
    return own.conflict is False and service.is_complete(sheet.scores.get(own.id, ()), sheet.version)


def _score(sheet: queries.Sheet, own: Evaluation) -> Any:
    """What one's own complete draft comes to."""
    scores = {each.criterion: each.score for each in sheet.scores[own.id] if each.score is not None}
    return round_fraction(weigh(scores, results.round_weights(sheet.criteria)))


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
