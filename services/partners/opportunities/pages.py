"""Opportunities for people: a board by stage, the list of one organisation, each with its history."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.known.queries import list_campaigns, list_newest_campaigns, name_campaigns
from services.partners.opportunities import queries, service
from services.partners.opportunities.models import Stage
from services.partners.opportunities.schemas import (
    STAGE_NAMES,
    OpportunityMoveSchema,
    OpportunityQuery,
    OpportunitySchema,
)
from services.partners.opportunities.story import tell_history
from services.partners.organisations.queries import get_organisation, name_organisations
from services.partners.people.queries import list_staff, name_people
from shared.database.history import list_history
from shared.web.answers import parse_query
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint("opportunities", __name__, url_prefix="/partners", template_folder="templates")

#: A column of the board shows so many; the rest is behind its stage's filter.
COLUMN = 20


@pages.get("/opportunities")
@allow("opportunities.read")
def index() -> str:
    wanted = parse_query(OpportunityQuery())
    filters: Any = {name: wanted[name] for name in ("search", "organisation_id", "owner_id", "campaign_id")}
    stages = [Stage(wanted["stage"])] if wanted["stage"] else list(Stage)
    most = wanted["limit"] if wanted["stage"] else COLUMN
    columns = {stage: queries.list_stage(session(), stage, most, filters) for stage in stages}
    found = [each for column in columns.values() for each in column]
    return render_template(
        "opportunities/index.html",
        columns=columns,
        counts=queries.count_stages(session(), **filters),
        any_yet=bool(found) or queries.count_opportunities(session()) > 0,
        wanted=wanted,
        stages=STAGE_NAMES,
        today=today(),
        staff=[(each.id, each.name) for each in list_staff(session())],
        campaigns=[(each.id, each.title) for each in list_newest_campaigns(session())],
        organisations=name_organisations(session(), [each.organisation_id for each in found]),
        owners=name_people(session(), {each.owner_id for each in found}),
    )


@pages.get("/organisations/<uuid:organisation_id>/opportunities/new")
@allow("opportunities.edit")
def new(organisation_id: UUID) -> str:
    form = BoundForm(OpportunitySchema(), {"owner_id": identity().person_id}, choices=_choices(organisation_id))
    return _form_page(form, organisation_id)


@pages.post("/organisations/<uuid:organisation_id>/opportunities/new")
@allow("opportunities.edit")
def add(organisation_id: UUID) -> Saved:
    def save(details: Any) -> Response:
        made = service.add_opportunity(session(), identity(), organisation_id, now(), **details)
        flash(_("The idea is noted."), "success")
        return redirect(url_for("opportunities.show", opportunity_id=made.id))

    page = partial(_form_page, organisation_id=organisation_id)
    return save_form(OpportunitySchema(), save, page, choices=_choices(organisation_id))


@pages.get("/opportunities/<uuid:opportunity_id>")
@allow("opportunities.read")
def show(opportunity_id: UUID) -> str:
    return _show_page(opportunity_id)


@pages.get("/opportunities/<uuid:opportunity_id>/edit")
@allow("opportunities.edit")
def edit(opportunity_id: UUID) -> str:
    opportunity = queries.get_opportunity(session(), identity(), opportunity_id)
    given = {name: getattr(opportunity, name) for name in OpportunitySchema().load_fields}
    form = BoundForm(OpportunitySchema(), given, choices=_choices(opportunity.organisation_id, opportunity))
    return _form_page(form, opportunity.organisation_id, opportunity=opportunity)


@pages.post("/opportunities/<uuid:opportunity_id>/edit")
@allow("opportunities.edit")
def change(opportunity_id: UUID) -> Saved:
    opportunity = queries.get_opportunity(session(), identity(), opportunity_id)

    def save(details: Any) -> Response:
        service.change_opportunity(session(), identity(), opportunity_id, seen_version(), now(), **details)
        flash(_("The details are saved."), "success")
        return redirect(url_for("opportunities.show", opportunity_id=opportunity_id))

    page = partial(_form_page, organisation_id=opportunity.organisation_id, opportunity=opportunity)
    choices = _choices(opportunity.organisation_id, opportunity)
    return save_form(OpportunitySchema(), save, page, choices=choices)


@pages.post("/opportunities/<uuid:opportunity_id>/stage")
@allow("opportunities.edit")
def move(opportunity_id: UUID) -> Saved:
    def save(details: Any) -> Response:
        service.move_opportunity(session(), identity(), opportunity_id, now=now(), **details)
        flash(_("It is moved."), "success")
        return redirect(url_for("opportunities.show", opportunity_id=opportunity_id))

    return save_form(OpportunityMoveSchema(), save, partial(_show_page, opportunity_id))


def _choices(organisation_id: UUID, opportunity: Any = None) -> dict[str, list[tuple[UUID, str]]]:
    staff = {each.id: each.name for each in list_staff(session())}
    campaigns = {each.id: each.title for each in list_campaigns(session(), organisation_id)}
    if opportunity is not None:
        # What it says already stays possible, also when the person or the partner has left since.
        staff |= name_people(session(), [opportunity.owner_id])
        campaigns |= name_campaigns(session(), [opportunity.campaign_id] if opportunity.campaign_id else [])
    return {"owner_id": list(staff.items()), "campaign_id": list(campaigns.items())}


def _form_page(form: BoundForm, organisation_id: UUID, **context: object) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    given = {"opportunity": None, "stale": None, **context}
    return render_template("opportunities/form.html", form=form, organisation=organisation, **given)


def _show_page(opportunity_id: UUID, form: BoundForm | None = None) -> str:
    opportunity = queries.get_opportunity(session(), identity(), opportunity_id)
    campaigns = [opportunity.campaign_id] if opportunity.campaign_id else []
    return render_template(
        "opportunities/show.html",
        opportunity=opportunity,
        organisation=get_organisation(session(), identity(), opportunity.organisation_id),
        owner=name_people(session(), [opportunity.owner_id]).get(opportunity.owner_id),
        campaign=name_campaigns(session(), campaigns).get(opportunity.campaign_id or opportunity.id),
        form=form or BoundForm(OpportunityMoveSchema(), {"stage": opportunity.stage}),
        stages=STAGE_NAMES,
        today=today(),
        entries=tell_history(session(), list_history(session(), opportunity_id)),
    )
