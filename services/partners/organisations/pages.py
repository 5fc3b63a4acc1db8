"""Organisations for people."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.organisations import queries, service
from services.partners.organisations.models import Organisation
from services.partners.organisations.schemas import COUNTRIES, OrganisationQuery, OrganisationSchema, write_handle
from services.partners.organisations.words import KIND_NAMES
from shared.database.history import list_history
from shared.errors import Stale
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow

pages = Blueprint("organisations", __name__, url_prefix="/partners/organisations", template_folder="templates")


@pages.get("")
@allow("organisations.read")
def index() -> str:
    wanted = parse_query(OrganisationQuery())
    page = queries.find_organisations(session(), identity(), **wanted)
    return render_template(
        "organisations/index.html",
        page=page,
        wanted=wanted,
        next_address=next_address(page),
        kinds=KIND_NAMES,
        countries=dict(COUNTRIES),
        total=queries.count_organisations(session(), identity()),
    )


@pages.get("/new")
@allow("organisations.edit")
def new() -> str:
    return render_template("organisations/form.html", form=BoundForm(OrganisationSchema()), organisation=None)


@pages.post("/new")
@allow("organisations.edit")
def register() -> Response | tuple[str, int]:
    details, form = parse_form(OrganisationSchema(), request.form)
    if details is None:
        return render_template("organisations/form.html", form=form, organisation=None), 422
    organisation = service.register_organisation(session(), identity(), now(), **details)
    flash(_("%(name)s is registered.", name=organisation.name), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation.id))


@pages.get("/<uuid:organisation_id>")
@allow("organisations.read")
def show(organisation_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    return render_template(
        "organisations/show.html",
        organisation=organisation,
        kinds=KIND_NAMES,
        countries=dict(COUNTRIES),
        entries=list_history(session(), organisation_id),
    )


@pages.get("/<uuid:organisation_id>/edit")
@allow("organisations.edit")
def edit(organisation_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    form = _form_of(organisation)
    return render_template("organisations/form.html", form=form, organisation=organisation)


@pages.post("/<uuid:organisation_id>/edit")
@allow("organisations.edit")
def change(organisation_id: UUID) -> Response | tuple[str, int]:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    details, form = parse_form(OrganisationSchema(), request.form)
    if details is None:
        return render_template("organisations/form.html", form=form, organisation=organisation), 422
    seen = request.form.get("version", type=int, default=0)
    try:
        service.change_organisation(session(), identity(), organisation_id, seen, now(), **details)
    except Stale as stale:
        # What was typed stays in the form; sending it again overwrites what the other person did, knowingly.
        return render_template("organisations/form.html", form=form, organisation=organisation, stale=stale), 412
    flash(_("The details are saved."), "success")
    return redirect(url_for("organisations.show", organisation_id=organisation_id))


def _form_of(organisation: Organisation) -> BoundForm:
    values = OrganisationSchema().dump(organisation)
    values["handles"] = [write_handle(each) for each in organisation.handles]
    return BoundForm(OrganisationSchema(), values)
