"""The library for people: finding a definition, where it is used, adding, changing and retiring one."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.metrics.indicators import queries
from services.metrics.indicators.models import Indicator
from services.metrics.indicators.pages.blueprint import pages
from services.metrics.indicators.schemas.fields import keep_keys, write_dimensions
from services.metrics.indicators.schemas.library import (
    CATALOGUES,
    GOAL_NAMES,
    NEW_FIELDS,
    IndicatorEditSchema,
    IndicatorSchema,
    LibraryQuery,
    write_codes,
)
from services.metrics.indicators.service.library import add_indicator, edit_indicator, retire_indicator
from services.metrics.indicators.words import tell_history, words_of_kpis
from services.metrics.known.queries import name_campaigns
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, Stale
from shared.web.answers import parse_query
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version


@pages.get("/indicators")
@allow("library.read")
def library() -> str:
    wanted = parse_query(LibraryQuery())
    filters = {name: wanted[name] for name in ("search", "goal", "retired")}
    page = queries.find_indicators(session(), **wanted)
    return render_template(
        "indicators/library.html",
        page=page,
        wanted=wanted,
        total=queries.count_indicators(session(), **filters),
        uses=queries.count_uses(session(), [each.id for each in page.items]),
        goals=[(number, f"{number} {name}") for number, name in GOAL_NAMES.items()],
        catalogues=CATALOGUES,
        words=words_of_kpis(),
    )


@pages.get("/indicators/new")
@allow("library.edit")
def new_indicator() -> str:
    return _library_form(BoundForm(IndicatorSchema()))


@pages.post("/indicators/new")
@allow("library.edit")
def create_indicator() -> Saved:
    def save(details: Any) -> Response:
        try:
            indicator = add_indicator(session(), identity(), now(), **details)
        except Conflict as conflict:
            raise Invalid({"code": conflict.detail}) from conflict
        flash(_("%(name)s is in the library. Campaigns can make KPIs of it.", name=indicator.name), "success")
        return redirect(url_for("indicators.show_indicator", indicator_id=indicator.id))

    return save_form(IndicatorSchema(), save, _library_form)


@pages.get("/indicators/<uuid:indicator_id>")
@allow("library.read")
def show_indicator(indicator_id: UUID) -> str:
    indicator = queries.get_indicator(session(), indicator_id)
    uses = queries.list_uses(session(), indicator_id)
    return render_template(
        "indicators/definition.html",
        indicator=indicator,
        uses=uses,
        titles=name_campaigns(session(), {each.campaign_id for each in uses}),
        catalogues=CATALOGUES,
        words=words_of_kpis(),
        entries=tell_history(list_history(session(), indicator.id)),
    )


@pages.get("/indicators/<uuid:indicator_id>/edit")
@allow("library.edit")
def edit_indicator_page(indicator_id: UUID) -> str:
    indicator = queries.get_indicator(session(), indicator_id)
    values = IndicatorEditSchema().dump(indicator) | {
        "dimensions": write_dimensions(indicator.dimensions),
        "codes": write_codes(indicator.codes),
    }
    return _library_form(BoundForm(IndicatorEditSchema(), values), indicator)


@pages.post("/indicators/<uuid:indicator_id>/edit")
@allow("library.edit")
def change_indicator(indicator_id: UUID) -> Saved:
    indicator = queries.get_indicator(session(), indicator_id)

    def save(details: Any) -> Response:
        details["dimensions"] = keep_keys(details["dimensions"], indicator.dimensions)
        edit_indicator(session(), identity(), indicator_id, seen_version(), now(), **details)
        flash(_("The definition is saved. KPIs that were made from it stay as they are."), "success")
        return redirect(url_for("indicators.show_indicator", indicator_id=indicator_id))

    return save_form(IndicatorEditSchema(), save, partial(_library_form, indicator=indicator))


@pages.post("/indicators/<uuid:indicator_id>/retire")
@allow("library.edit")
def retire(indicator_id: UUID) -> Response:
    return _set_retired(indicator_id, retired=True)


@pages.post("/indicators/<uuid:indicator_id>/take-back")
@allow("library.edit")
def take_back(indicator_id: UUID) -> Response:
    return _set_retired(indicator_id, retired=False)


def _set_retired(indicator_id: UUID, *, retired: bool) -> Response:
    retire_indicator(session(), identity(), indicator_id, now(), retired=retired)
    flash(_("It is retired: nobody makes new KPIs of it.") if retired else _("It is in use again."), "success")
    return redirect(url_for("indicators.show_indicator", indicator_id=indicator_id))


def _library_form(form: BoundForm, indicator: Indicator | None = None, stale: Stale | None = None) -> str:
    names = None if indicator else NEW_FIELDS
    return render_template("indicators/definition_form.html", form=form, names=names, indicator=indicator, stale=stale)
