"""Results for people: the comparison, other weights to try out, the shortlist, and an organisation's past rounds."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from services.partners.evaluations import queries, results
from services.partners.evaluations.schemas import STATE_NAMES, STATE_TONES, ShortlistSchema
from services.partners.evaluations.service import rounds
from services.partners.evaluations.words import (
    draw_standings,
    tell_cut,
    tell_disputes,
    tell_finding,
    tell_rank,
    tell_scored_by,
)
from services.partners.organisations.queries import get_organisation
from shared.errors import Invalid
from shared.fields import plain
from shared.web.context import identity, now, session, settings
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow

pages = Blueprint("rankings", __name__, url_prefix="/partners", template_folder="../templates")


@pages.get("/evaluations/<uuid:round_id>/results")
@allow("evaluations.read")
def show(round_id: UUID) -> str:
    """With `?weight-<key>=` as it would be with other weights, which are kept nowhere but in the address."""
    sheet = queries.load_sheet(session(), identity(), round_id)
    own = results.round_weights(sheet.criteria)
    typed = {key: request.args[f"weight-{key}"] for key in own if request.args.get(f"weight-{key}", "").strip()}
    problems: dict[str, str] = {}
    try:
        weights = results.read_weights(sheet.criteria, typed)
    except Invalid as invalid:
        weights, problems = own, dict(invalid.fields)
    standings = results.compute_standings(sheet, weights)
    return render_template(
        "evaluations/results.html",
        sheet=sheet,
        standings=standings,
        hidden=[name for each, name in sheet.names.items() if each not in sheet.shown],
        criteria_columns={
            "name": _("Organisation"),
            "score": _("Score"),
            **{each.key: each.name for each in sheet.criteria},
        },
        finding=tell_finding(standings),
        svg=draw_standings(standings, sheet.evaluators, settings().brand_colour),
        cut=tell_cut(standings),
        is_trial=weights != own,
        ranks=_compare_ranks(sheet, weights != own),
        weights={key: typed.get(key, plain(weight)) for key, weight in own.items()},
        own_weights=own,
        problems=problems,
        tell_rank=tell_rank,
        tell_scored_by=tell_scored_by,
        disputes={
            each.result.organisation_id: tell_disputes(each, sheet.criteria, sheet.evaluators) for each in standings
        },
        **_state_words(),
    )


@pages.get("/evaluations/<uuid:round_id>/shortlist")
@allow("evaluations.edit")
def ask_to_shortlist(round_id: UUID) -> str:
    chosen = [each for each in request.args.getlist("organisations") if each]
    return _shortlist_page(round_id, chosen, BoundForm(ShortlistSchema()))


@pages.post("/evaluations/<uuid:round_id>/shortlist")
@allow("evaluations.edit")
def shortlist(round_id: UUID) -> Response | tuple[str, int]:
    sheet = queries.load_sheet(session(), identity(), round_id)
    picked, form = parse_form(ShortlistSchema(), request.form, choices={"organisations": list(sheet.names.items())})
    chosen = request.form.getlist("organisations")
    if picked is None:
        return _shortlist_page(round_id, chosen, form), 422
    count = rounds.shortlist_organisations(
        session(), identity(), round_id, picked["organisations"], picked["reason"], now()
    )
    flash(ngettext("One organisation is shortlisted.", "%(num)s organisations are shortlisted.", count), "success")
    return redirect(url_for("rankings.show", round_id=round_id))


@pages.get("/organisations/<uuid:organisation_id>/evaluations")
@allow("evaluations.read")
def of_organisation(organisation_id: UUID) -> str:
    return render_template(
        "evaluations/of_organisation.html",
        organisation=get_organisation(session(), identity(), organisation_id),
        past=results.list_past(session(), identity(), organisation_id),
        tell_rank=tell_rank,
        tell_scored_by=tell_scored_by,
        **_state_words(),
    )


def _compare_ranks(sheet: queries.Sheet, is_trial: bool) -> dict[UUID, str]:
    """The ranks by the round's own weights, to stand beside those by others."""
    if not is_trial:
        return {}
    standings = results.compute_standings(sheet, results.round_weights(sheet.criteria))
    return {each.result.organisation_id: tell_rank(each) for each in standings}


def _shortlist_page(round_id: UUID, chosen: Sequence[str], form: BoundForm) -> str:
    sheet = queries.load_sheet(session(), identity(), round_id)
    names = {each: name for each, name in sheet.names.items() if str(each) in chosen}
    moving, staying = rounds.sort_for_shortlist(session(), list(names))
    return render_template(
        "evaluations/shortlist.html",
        round=sheet.round,
        names=names,
        moving=[names[each] for each in moving],
        staying=[names[each] for each in staying],
        form=form,
    )


def _state_words() -> dict[str, Any]:
    return {"states": STATE_NAMES, "tones": STATE_TONES}
