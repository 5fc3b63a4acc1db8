"""The board: where every organisation stands with us, and moving one or several."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from services.partners.organisations import queries, service
from services.partners.organisations.pages.blueprint import pages, show_form
from services.partners.organisations.schemas import StageSchema
from services.partners.organisations.words import STAGE_NAMES, name_area
from shared.errors import NotFound
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow

#: Cards of a column; the rest is a link away.
SHOWN = 10
#: As many as a list's page can hold.
MOST_AT_ONCE = 200


@pages.get("/board")
@allow("board.read")
def show_board() -> str:
    return render_template(
        "organisations/board.html",
        columns=queries.list_board(session(), SHOWN),
        counts=queries.count_stages(session()),
        form=BoundForm(StageSchema()),
        name_area=name_area,
    )


@pages.get("/<uuid:organisation_id>/stage")
@allow("board.read")
def show_stage(organisation_id: UUID) -> str:
    return _stage_page(organisation_id, BoundForm(StageSchema()))


@pages.post("/<uuid:organisation_id>/stage")
@allow("organisations.edit")
def move(organisation_id: UUID) -> Response | tuple[str, int]:
    wanted, form = parse_form(StageSchema(), request.form)
    if wanted is None:
        return _stage_page(organisation_id, form), 422
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    moved = service.change_stage(session(), identity(), organisation_id, now=now(), **wanted)
    stage = STAGE_NAMES[wanted["stage"]]
    flash(
        _("%(name)s now stands at: %(stage)s.", name=organisation.name, stage=stage)
        if moved
        else _("%(name)s stood there already: %(stage)s.", name=organisation.name, stage=stage),
        "success" if moved else "warning",
    )
    if request.form.get("back") == "board":
        return redirect(url_for("organisations.show_board", _anchor=f"stage-{wanted['stage']}"))
    return redirect(url_for("organisations.show", organisation_id=organisation_id))


@pages.post("/stage")
@allow("organisations.edit")
def move_several() -> Response | tuple[str, int]:
    chosen = request.form.getlist("organisation", type=UUID)[:MOST_AT_ONCE]
    # Flask takes names with an underscore for options of its own.
    filters: dict[str, Any] = {name: value for name, value in request.args.items() if not name.startswith("_")}
    back = url_for("organisations.index", **filters)
    if not chosen:
        flash(_("Tick the organisations that you want to move."), "warning")
        return redirect(back)
    wanted, form = parse_form(StageSchema(), request.form)
    if wanted is None:
        names = queries.name_organisations(session(), chosen)
        return render_template("organisations/move.html", form=form, names=names, back=back), 422
    moved = service.change_stages(session(), identity(), chosen, now=now(), **wanted)
    flash(
        ngettext(
            "One organisation now stands at: %(stage)s.",
            "%(num)s organisations now stand at: %(stage)s.",
            len(moved),
            stage=STAGE_NAMES[wanted["stage"]],
        )
        if moved
        else _("They stood there already."),
        "success" if moved else "warning",
    )
    return redirect(back)


def _stage_page(organisation_id: UUID, form: BoundForm) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    if not identity().is_staff:
        raise NotFound
    return show_form(
        "stage", form, organisation, moves=queries.list_stage_changes(session(), organisation_id, limit=100)
    )
