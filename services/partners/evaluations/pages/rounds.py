"""Rounds for people: the list, setting one up, how far it is, and closing it."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from services.partners.evaluations import queries
from services.partners.evaluations.models import Evaluation
from services.partners.evaluations.schemas import (
    STATE_NAMES,
    STATE_TONES,
    NewRoundForm,
    PickedSchema,
    PickerQuery,
    RoundForm,
    RoundQuery,
)
from services.partners.evaluations.service import rounds as service
from services.partners.evaluations.service.scorecards import is_complete
from services.partners.evaluations.words import tell_history, tell_state
from services.partners.organisations.queries import find_organisations
from services.partners.people.queries import list_staff, name_people
from shared.database.history import list_history
from shared.errors import Conflict
from shared.web.answers import parse_query
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint("evaluations", __name__, url_prefix="/partners/evaluations", template_folder="../templates")


@pages.get("")
@allow("evaluations.read")
def index() -> str:
    wanted = parse_query(RoundQuery())
    filters = {"search": wanted["search"], "state": wanted["state"]}
    page = queries.find_rounds(session(), **wanted)
    ids = [each.id for each in page.items]
    return render_template(
        "evaluations/index.html",
        page=page,
        wanted=wanted,
        filtered=any(filters.values()),
        total=queries.count_rounds(session(), **filters),
        progress=queries.count_progress(session(), ids),
        waiting=queries.count_waiting(session(), identity().person_id, ids),
        **_state_words(),
    )


@pages.get("/new")
@allow("evaluations.edit")
def new() -> str:
    return _form_page(BoundForm(NewRoundForm(), choices=_new_choices()))


@pages.post("/new")
@allow("evaluations.edit")
def create() -> Saved:
    def save(details: Any) -> Response:
        made = service.create_round(session(), identity(), now(), **details)
        flash(_("“%(title)s” is open. Add the organisations to compare.", title=made.title), "success")
        return redirect(url_for("evaluations.pick", round_id=made.id))

    return save_form(NewRoundForm(), save, _form_page, choices=_new_choices())


@pages.get("/<uuid:round_id>")
@allow("evaluations.read")
def show(round_id: UUID) -> str:
    sheet = queries.load_sheet(session(), identity(), round_id)
    own = sheet.own
    ready = [each for each in own if _is_ready(sheet, each)]
    return render_template(
        "evaluations/show.html",
        sheet=sheet,
        own=own,
        ready=ready,
        undeclared=sum(each.conflict is None for each in own),
        unsettled=[each for each in own if not each.is_settled],
        settled=sum(each.is_settled for each in sheet.evaluations),
        by_evaluator=[
            (name, [each for each in sheet.evaluations if each.person_id == person_id])
            for person_id, name in sheet.evaluators.items()
        ],
        conflicts=[each for each in sheet.evaluations if each.conflict],
        reopened=[each for each in sheet.evaluations if each.reopened_at],
        entries=tell_history(list_history(session(), round_id)),
        tell_state=tell_state,
        **_state_words(),
    )


@pages.get("/<uuid:round_id>/edit")
@allow("evaluations.edit")
def edit(round_id: UUID) -> str:
    round_ = queries.get_round(session(), identity(), round_id)
    people = [each.person_id for each in queries.list_evaluators(session(), round_id)]
    values = {"title": round_.title, "due_on": round_.due_on, "evaluators": people}
    return _form_page(BoundForm(RoundForm(), values, choices=_choices(round_id)), round_)


@pages.post("/<uuid:round_id>/edit")
@allow("evaluations.edit")
def change(round_id: UUID) -> Saved:
    round_ = queries.get_round(session(), identity(), round_id)

    def save(details: Any) -> Response:
        service.change_round(session(), identity(), round_id, seen_version(), now(), **details)
        flash(_("The round is saved."), "success")
        return redirect(url_for("evaluations.show", round_id=round_id))

    return save_form(RoundForm(), save, partial(_form_page, round_=round_), choices=_choices(round_id))


@pages.get("/<uuid:round_id>/organisations")
@allow("evaluations.edit")
def pick(round_id: UUID) -> str:
    return _picker_page(round_id)


@pages.post("/<uuid:round_id>/organisations")
@allow("evaluations.edit")
def add_organisations(round_id: UUID) -> Saved:
    def save(picked: Any) -> Response:
        count = service.add_organisations(session(), identity(), round_id, picked["organisations"], now())
        flash(ngettext("One organisation is added.", "%(num)s organisations are added.", count), "success")
        return redirect(url_for("evaluations.pick", round_id=round_id))

    candidates = [(each.id, each.name) for each in _find_candidates(round_id).items]
    return save_form(PickedSchema(), save, partial(_picker_page, round_id), choices={"organisations": candidates})


@pages.get("/<uuid:round_id>/organisations/<uuid:organisation_id>/remove")
@allow("evaluations.edit")
def ask_to_remove(round_id: UUID, organisation_id: UUID) -> str:
    sheet = queries.load_sheet(session(), identity(), round_id)
    evaluations = sheet.of_organisation(organisation_id)
    return render_template(
        "evaluations/remove.html",
        round=sheet.round,
        organisation_id=organisation_id,
        name=sheet.names[organisation_id],
        submitted=any(each.is_submitted for each in evaluations),
    )


@pages.post("/<uuid:round_id>/organisations/<uuid:organisation_id>/remove")
@allow("evaluations.edit")
def remove_organisation(round_id: UUID, organisation_id: UUID) -> Response:
    try:
        service.remove_organisation(session(), identity(), round_id, organisation_id, now())
        flash(_("The organisation is removed from the round."), "success")
    except Conflict as conflict:
        flash(conflict.detail, "danger")
    return redirect(url_for("evaluations.pick", round_id=round_id))


@pages.get("/<uuid:round_id>/remind")
@allow("evaluations.edit")
def ask_to_remind(round_id: UUID) -> str:
    round_ = queries.get_round(session(), identity(), round_id)
    waiting = queries.count_waiting_by_person(session(), round_id)
    names = name_people(session(), list(waiting))
    people = sorted((names[each], count) for each, count in waiting.items())
    return render_template("evaluations/remind.html", round=round_, people=people)


@pages.post("/<uuid:round_id>/remind")
@allow("evaluations.edit")
def remind(round_id: UUID) -> Response:
    count = len(service.remind_evaluators(session(), identity(), round_id, now()))
    flash(ngettext("One evaluator gets a mail.", "%(num)s evaluators get a mail.", count), "success")
    return redirect(url_for("evaluations.show", round_id=round_id))


@pages.get("/<uuid:round_id>/close")
@allow("evaluations.edit")
def ask_to_close(round_id: UUID) -> str:
    sheet = queries.load_sheet(session(), identity(), round_id)
    missing = [each for each in sheet.evaluations if not each.is_settled]
    return render_template("evaluations/close.html", sheet=sheet, round=sheet.round, missing=missing)


@pages.post("/<uuid:round_id>/close")
@allow("evaluations.edit")
def close(round_id: UUID) -> Response:
    round_ = service.close_round(session(), identity(), round_id, now())
    flash(_("“%(title)s” is closed. The whole staff sees its results.", title=round_.title), "success")
    return redirect(url_for("rankings.show", round_id=round_id))


def _is_ready(sheet: queries.Sheet, own: Evaluation) -> bool:
    scores = sheet.scores.get(own.id, ())
    return not own.is_settled and own.conflict is False and is_complete(scores, sheet.version)


def _find_candidates(round_id: UUID) -> Any:
    """Organisations by name that match the search and are not in the round yet: one page of them."""
    queries.get_round(session(), identity(), round_id)
    wanted = parse_query(PickerQuery())
    return find_organisations(session(), identity(), **wanted)


def _picker_page(round_id: UUID, form: BoundForm | None = None) -> str:
    sheet = queries.load_sheet(session(), identity(), round_id)
    found = _find_candidates(round_id)
    items = [each for each in found.items if each.id not in sheet.names]
    choices = {"organisations": [(each.id, each.name) for each in items]}
    return render_template(
        "evaluations/pick.html",
        sheet=sheet,
        found=found,
        items=items,
        form=form or BoundForm(PickedSchema(), choices=choices),
        search=parse_query(PickerQuery())["search"],
    )


def _form_page(form: BoundForm, round_: Any = None, **context: object) -> str:
    return render_template("evaluations/form.html", form=form, **{"round": round_, "stale": None, **context})


def _choices(round_id: UUID | None = None) -> dict[str, list[tuple[UUID, str]]]:
    """The staff to choose from, and who is an evaluator already though they can't sign in any more."""
    people = {each.id: each.name for each in list_staff(session())}
    if round_id:
        present = [each.person_id for each in queries.list_evaluators(session(), round_id)]
        people = {**name_people(session(), present), **people}
    return {"evaluators": sorted(people.items(), key=lambda pair: pair[1])}


def _new_choices() -> dict[str, list[tuple[UUID, str]]]:
    newest = queries.list_newest_versions(session())
    sets = [(each, _("%(name)s, version %(number)s", name=one.name, number=one.number)) for each, one in newest.items()]
    return {**_choices(), "set_id": sets}


def _state_words() -> dict[str, Any]:
    return {"states": STATE_NAMES, "tones": STATE_TONES}
