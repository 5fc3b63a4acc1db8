"""The register: its list with filters and saved views, one organisation, and the form of its details."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.history import tell_history
from services.partners.organisations import queries, service
from services.partners.organisations.likeness import Likeness
from services.partners.organisations.models import Organisation
from services.partners.organisations.pages.blueprint import TOLD_VALUES, pages, show_form
from services.partners.organisations.schemas import (
    COUNTRIES,
    FilterSchema,
    OrganisationQuery,
    OrganisationSchema,
    SavedViewSchema,
    StageSchema,
    read_area,
    write_handle,
)
from services.partners.organisations.words import (
    AREA_NAMES,
    KIND_NAMES,
    NEXT_STEPS,
    PLATFORM_ADDRESSES,
    PLATFORM_NAMES,
    REACH_NAMES,
    STAGE_NAMES,
    name_area,
    name_goal,
)
from shared.database.history import list_history
from shared.web.answers import parse_query
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

#: Filters that the list shows without being asked to.
FIRST_FILTERS = ("search", "stage", "kind", "country")


@pages.get("")
@allow("organisations.read")
def index() -> str:
    wanted = parse_query(OrganisationQuery())
    filters = {name: wanted[name] for name in FilterSchema().fields if wanted[name]}
    if not identity().is_staff:
        filters.pop("stage", None)
    page = queries.find_organisations(session(), identity(), **wanted)
    return render_template(
        "organisations/index.html",
        page=page,
        wanted=wanted,
        filters=filters,
        in_address={FilterSchema().fields[name].data_key or name: value for name, value in filters.items()},
        more_open=bool(filters.keys() - set(FIRST_FILTERS)),
        total=queries.count_organisations(session(), identity(), **filters),
        most_counted=queries.MOST_COUNTED,
        views=queries.list_views(session(), identity()) if identity().is_staff else [],
        view_form=BoundForm(SavedViewSchema()),
        move_form=BoundForm(StageSchema()),
        choices=_list_choices(wanted),
        kinds=KIND_NAMES,
        countries=dict(COUNTRIES),
        name_area=name_area,
    )


@pages.get("/new")
@allow("organisations.edit")
def new() -> str:
    return show_form("form", BoundForm(OrganisationSchema()), None)


@pages.post("/new")
@allow("organisations.edit")
def register() -> Response | tuple[str, int]:
    details, form = parse_form(OrganisationSchema(), request.form)
    if details is None:
        return show_form("form", form, None), 422
    likely = _find_likely(details)
    # Answered once, the question is not asked again for the same ones.
    if likely and not set(request.form.getlist("another")) >= {str(each.id) for each in likely}:
        return show_form("form", form, None, likely=likely, countries=dict(COUNTRIES)), 422
    organisation = service.register_organisation(session(), identity(), now(), **details)
    flash(_("%(name)s is registered. Add what it works on and what it has done.", name=organisation.name), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation.id))


@pages.get("/alike")
@allow("organisations.edit")
def find_alike() -> str:
    """Organisations that may be the one being typed, as a piece of the form."""
    typed = {name: request.args.get(name, "")[:500] for name in ("name", "country", "website", "registration_number")}
    return render_template("organisations/_alike.html", likely=_find_likely(typed), countries=dict(COUNTRIES))


@pages.get("/<uuid:organisation_id>")
@allow("organisations.read")
def show(organisation_id: UUID) -> str:
    who = identity()
    organisation = queries.get_organisation(session(), who, organisation_id)
    moves = queries.list_stage_changes(session(), organisation_id, limit=1) if who.is_staff else []
    return render_template(
        "organisations/show.html",
        organisation=organisation,
        latest_move=moves[0] if moves else None,
        next_step=NEXT_STEPS[organisation.stage],
        records=queries.list_track_records(session(), who, organisation_id),
        handles=[
            (PLATFORM_NAMES[each["platform"]], each["handle"], _address_of(each)) for each in organisation.handles
        ],
        kinds=KIND_NAMES,
        reaches=REACH_NAMES,
        countries=dict(COUNTRIES),
        name_area=name_area,
        name_goal=name_goal,
        entries=tell_history(list_history(session(), organisation_id), who, TOLD_VALUES),
    )


@pages.get("/<uuid:organisation_id>/edit")
@allow("organisations.edit")
def edit(organisation_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    values = OrganisationSchema().dump(organisation)
    values["handles"] = [write_handle(each) for each in organisation.handles]
    return show_form("form", BoundForm(OrganisationSchema(), values), organisation)


@pages.post("/<uuid:organisation_id>/edit")
@allow("organisations.edit")
def change(organisation_id: UUID) -> Saved:
    organisation: Organisation = queries.get_organisation(session(), identity(), organisation_id)

    def save(details: Any) -> Response:
        service.change_organisation(session(), identity(), organisation_id, seen_version(), now(), **details)
        flash(_("The details are saved."), "success")
        return redirect(url_for("organisations.show", organisation_id=organisation_id))

    return save_form(OrganisationSchema(), save, partial(show_form, "form", organisation=organisation))


def _list_choices(wanted: dict[str, Any]) -> dict[str, list[tuple[Any, Any]]]:
    """The answers to each filter; a focus area in the address that is none of ours is one too."""
    areas = sorted(((key, str(name)) for key, name in AREA_NAMES.items()), key=lambda pair: pair[1])
    if wanted["area"] and read_area(wanted["area"]) not in AREA_NAMES:
        areas.append((wanted["area"], wanted["area"]))
    return {
        "stage": list(STAGE_NAMES.items()),
        "kind": list(KIND_NAMES.items()),
        "country": list(COUNTRIES),
        "area": areas,
        "goal": [(number, name_goal(number)) for number in range(1, 18)],
        "reach": list(REACH_NAMES.items()),
    }


def _address_of(handle: dict[str, str]) -> str | None:
    """Where a handle leads; None where only people of that platform can tell."""
    if handle["handle"].startswith(("https://", "http://")):
        return handle["handle"]
    pattern = PLATFORM_ADDRESSES.get(handle["platform"])
    return pattern + quote(handle["handle"].lstrip("@"), safe="") if pattern else None


def _find_likely(details: Mapping[str, Any]) -> Sequence[Likeness]:
    """Those that may be the organisation described; somebody who has typed two letters gets no guesses."""
    name = details.get("name") or ""
    if len(name.strip()) < 3:
        return []
    known = (details.get(each) or None for each in ("country", "website", "registration_number"))
    return queries.find_duplicates(session(), identity(), name, *known)
