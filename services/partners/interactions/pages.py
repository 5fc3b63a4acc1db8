"""Interactions for people: the entry right after a call, the thread, what was promised."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.contacts.queries import get_contact, list_contacts, name_contacts
from services.partners.interactions import queries, service
from services.partners.interactions.schemas import KIND_NAMES, InteractionQuery, InteractionSchema, NewInteractionSchema
from services.partners.interactions.story import tell_history
from services.partners.organisations.queries import get_organisation
from services.partners.people.queries import list_staff, name_people
from services.partners.promises.queries import find_promises, list_promises_of, name_owners
from shared.database.history import list_history
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint("interactions", __name__, url_prefix="/partners", template_folder="templates")


@pages.get("/organisations/<uuid:organisation_id>/interactions")
@allow("interactions.read")
def index(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    wanted = parse_query(InteractionQuery())
    page = queries.find_interactions(session(), identity(), organisation_id, **wanted)
    promises = find_promises(session(), identity(), today(), organisation_id=organisation_id, cursor=None, limit=10)
    return render_template(
        "interactions/index.html",
        organisation=organisation,
        page=page,
        wanted=wanted,
        next_address=next_address(page),
        total=queries.count_interactions(session(), organisation_id),
        kinds=KIND_NAMES,
        promises=promises.items,
        today=today(),
        names={**_name_everyone(page.items), **name_owners(session(), promises.items)},
    )


@pages.get("/organisations/<uuid:organisation_id>/interactions/new")
@allow("interactions.edit")
def new(organisation_id: UUID) -> str:
    choices = _choices(organisation_id)
    contact, me = request.args.get("contact", ""), identity().person_id
    liaison = next((each.id for each in list_contacts(session(), identity(), organisation_id) if each.is_liaison), None)
    given = {
        "kind": "call",
        "at": now(),
        "contact_ids": [contact] if contact else [liaison] if liaison else [],
        "person_ids": [me],
        "step_owner_id": me,
    }
    return _form_page(BoundForm(NewInteractionSchema(), given, choices=choices), organisation_id)


@pages.post("/organisations/<uuid:organisation_id>/interactions/new")
@allow("interactions.edit")
def log(organisation_id: UUID) -> Saved:
    def save(details: Any) -> Response:
        service.log_interaction(session(), identity(), organisation_id, now(), **details)
        flash(_("It is written down."), "success")
        return redirect(url_for("interactions.index", organisation_id=organisation_id))

    page = partial(_form_page, organisation_id=organisation_id)
    return save_form(NewInteractionSchema(), save, page, choices=_choices(organisation_id))


@pages.get("/contacts/<uuid:contact_id>/interactions")
@allow("interactions.read")
def of_contact(contact_id: UUID) -> str:
    contact = get_contact(session(), identity(), contact_id)
    found = queries.list_interactions_of(session(), contact_id)
    return render_template(
        "interactions/of_contact.html",
        contact=contact,
        organisation=get_organisation(session(), identity(), contact.organisation_id),
        interactions=found,
        kinds=KIND_NAMES,
        names=_name_everyone(found),
    )


@pages.get("/interactions/<uuid:interaction_id>")
@allow("interactions.read")
def show(interaction_id: UUID) -> str:
    interaction = queries.get_interaction(session(), identity(), interaction_id)
    promises = list_promises_of(session(), identity(), "interaction", interaction_id)
    return render_template(
        "interactions/show.html",
        interaction=interaction,
        organisation=get_organisation(session(), identity(), interaction.organisation_id),
        kinds=KIND_NAMES,
        promises=promises,
        today=today(),
        names={**_name_everyone([interaction]), **name_owners(session(), promises)},
        entries=tell_history(list_history(session(), interaction_id)),
    )


@pages.get("/interactions/<uuid:interaction_id>/edit")
@allow("interactions.edit")
def edit(interaction_id: UUID) -> str:
    interaction = queries.get_interaction(session(), identity(), interaction_id)
    given = {name: getattr(interaction, name) for name in ("kind", "at", "contact_ids", "person_ids", "summary")}
    form = BoundForm(InteractionSchema(), given, choices=_choices(interaction.organisation_id, interaction))
    return _form_page(form, interaction.organisation_id, interaction=interaction)


@pages.post("/interactions/<uuid:interaction_id>/edit")
@allow("interactions.edit")
def change(interaction_id: UUID) -> Saved:
    interaction = queries.get_interaction(session(), identity(), interaction_id)

    def save(details: Any) -> Response:
        service.change_interaction(session(), identity(), interaction_id, seen_version(), now(), **details)
        flash(_("The details are saved."), "success")
        return redirect(url_for("interactions.show", interaction_id=interaction_id))

    page = partial(_form_page, organisation_id=interaction.organisation_id, interaction=interaction)
    choices = _choices(interaction.organisation_id, interaction)
    return save_form(InteractionSchema(), save, page, choices=choices)


def _choices(organisation_id: UUID, interaction: Any = None) -> dict[str, list[tuple[UUID, str]]]:
    """Who may have taken part; in an interaction already written down also those who have left since."""
    contacts = {each.id: each.name for each in list_contacts(session(), identity(), organisation_id)}
    staff = {each.id: each.name for each in list_staff(session())}
    owing = _owing(organisation_id)
    if interaction is not None:
        contacts |= name_contacts(session(), interaction.contact_ids)
        staff |= name_people(session(), interaction.person_ids)
        return {"contact_ids": list(contacts.items()), "person_ids": list(staff.items())}
    return {"contact_ids": list(contacts.items()), "person_ids": list(staff.items()), "step_owner_id": owing}


def _owing(organisation_id: UUID) -> list[tuple[UUID, str]]:
    organisation = get_organisation(session(), identity(), organisation_id)
    contacts = list_contacts(session(), identity(), organisation_id)
    theirs = [(each.id, f"{each.name} ({organisation.name})") for each in contacts]
    return [*((each.id, each.name) for each in list_staff(session())), *theirs]


def _name_everyone(interactions: Sequence[Any]) -> dict[UUID, str]:
    """The names of all who took part, in two queries."""
    contacts = {id for each in interactions for id in each.contact_ids}
    people = {id for each in interactions for id in each.person_ids}
    return {**name_contacts(session(), contacts), **name_people(session(), people)}


def _form_page(form: BoundForm, organisation_id: UUID, **context: object) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    given = {"interaction": None, "stale": None, **context}
    return render_template("interactions/form.html", form=form, organisation=organisation, **given)
