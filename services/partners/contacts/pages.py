"""Contacts for people: who is at an organisation, what they agreed to, who of us looks after it."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.contacts import queries, service
from services.partners.contacts.schemas import (
    CHANNEL_NAMES,
    PURPOSE_NAMES,
    ConsentChangeSchema,
    ContactQuery,
    ContactSchema,
    NewContactSchema,
    OwnerSchema,
)
from services.partners.contacts.story import tell_history
from services.partners.fields import LOCALE_NAMES
from services.partners.organisations.queries import get_organisation
from services.partners.people.queries import get_person, list_staff
from shared.database.history import list_history
from shared.errors import Conflict, NotFound
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, now, session, today
from shared.web.forms import BoundForm
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint("contacts", __name__, url_prefix="/partners", template_folder="templates")

#: What asks first: the use case, and whether it takes something away.
STEPS: dict[str, tuple[Callable[..., Any], str]] = {
    "account": (service.open_account, "primary"),
    "liaison": (service.name_liaison, "primary"),
    "left": (service.let_go, "danger"),
    "back": (service.take_back, "primary"),
}


@pages.get("/organisations/<uuid:organisation_id>/contacts")
@allow("contacts.read")
def index(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    wanted = parse_query(ContactQuery())
    page = queries.find_contacts(session(), identity(), organisation_id, **wanted)
    return render_template(
        "contacts/index.html",
        organisation=organisation,
        page=page,
        wanted=wanted,
        next_address=next_address(page),
        total=queries.count_contacts(session(), organisation_id, left=wanted["left"]),
        left=queries.count_contacts(session(), organisation_id, left=True),
        liaison=queries.find_liaison(session(), organisation_id),
        owner=queries.find_owner(session(), organisation_id),
    )


@pages.get("/organisations/<uuid:organisation_id>/contacts/new")
@allow("contacts.edit")
def new(organisation_id: UUID) -> str:
    has_liaison = queries.find_liaison(session(), organisation_id) is not None
    return _form_page(BoundForm(_new_schema(organisation_id), {"is_liaison": not has_liaison}), organisation_id)


@pages.post("/organisations/<uuid:organisation_id>/contacts/new")
@allow("contacts.edit")
def add(organisation_id: UUID) -> Saved:
    def save(details: Any) -> Response:
        contact = service.add_contact(session(), identity(), organisation_id, now(), **details)
        flash(_("%(name)s is added.", name=contact.name), "success")
        return redirect(url_for("contacts.show", contact_id=contact.id))

    return save_form(_new_schema(organisation_id), save, partial(_form_page, organisation_id=organisation_id))


@pages.get("/contacts/<uuid:contact_id>")
@allow("contacts.read")
def show(contact_id: UUID) -> str:
    return _contact_page(contact_id, _consent_form())


@pages.get("/contacts/<uuid:contact_id>/edit")
@allow("contacts.edit")
def edit(contact_id: UUID) -> str:
    contact = queries.get_contact(session(), identity(), contact_id)
    form = BoundForm(ContactSchema(), ContactSchema().dump(contact))
    return _form_page(form, contact.organisation_id, contact=contact)


@pages.post("/contacts/<uuid:contact_id>/edit")
@allow("contacts.edit")
def change(contact_id: UUID) -> Saved:
    contact = queries.get_contact(session(), identity(), contact_id)

    def save(details: Any) -> Response:
        service.change_contact(session(), identity(), contact_id, seen_version(), now(), **details)
        flash(_("The details are saved."), "success")
        return redirect(url_for("contacts.show", contact_id=contact_id))

    return save_form(
        ContactSchema(), save, partial(_form_page, organisation_id=contact.organisation_id, contact=contact)
    )


@pages.post("/contacts/<uuid:contact_id>/consents")
@allow("contacts.edit")
def note_consent(contact_id: UUID) -> Saved:
    withdrawn = request.form.get("answer") == "no"

    def save(details: Any) -> Response:
        tell = service.withdraw_consent if withdrawn else service.give_consent
        tell(session(), identity(), contact_id, now(), **details)
        flash(_("It is noted that they do not agree.") if withdrawn else _("The consent is noted."), "success")
        return redirect(url_for("contacts.show", contact_id=contact_id, _anchor="consents"))

    return save_form(ConsentChangeSchema(), save, partial(_contact_page, contact_id))


@pages.get("/contacts/<uuid:contact_id>/<any(account, liaison, left, back):contact_step>")
@allow("contacts.edit")
def ask(contact_id: UUID, contact_step: str) -> str:
    return _ask_page(contact_id, contact_step)


@pages.post("/contacts/<uuid:contact_id>/<any(account, liaison, left, back):contact_step>")
@allow("contacts.edit")
def do(contact_id: UUID, contact_step: str) -> Response | tuple[str, int]:
    try:
        STEPS[contact_step][0](session(), identity(), contact_id, now())
    except Conflict as refused:
        return _ask_page(contact_id, contact_step, refused=refused.detail), 409
    name = queries.get_contact(session(), identity(), contact_id).name
    said = {
        "account": _("%(name)s can sign in now: the sign-in page mails them a link.", name=name),
        "liaison": _("%(name)s is the liaison.", name=name),
        "left": _("It is noted that %(name)s has left.", name=name),
        "back": _("%(name)s is back.", name=name),
    }
    flash(said[contact_step], "success")
    return redirect(url_for("contacts.show", contact_id=contact_id))


@pages.get("/organisations/<uuid:organisation_id>/owner")
@allow("contacts.edit")
def edit_owner(organisation_id: UUID) -> str:
    owner = queries.find_owner(session(), organisation_id)
    given = {"person_id": owner.id if owner else identity().person_id}
    return _owner_page(organisation_id, BoundForm(OwnerSchema(), given, choices=_staff()))


@pages.post("/organisations/<uuid:organisation_id>/owner")
@allow("contacts.edit")
def set_owner(organisation_id: UUID) -> Saved:
    def save(details: Any) -> Response:
        service.set_owner(session(), identity(), organisation_id, details["person_id"], now())
        flash(_("It is noted who of us is responsible."), "success")
        return redirect(url_for("contacts.index", organisation_id=organisation_id))

    return save_form(OwnerSchema(), save, partial(_owner_page, organisation_id), choices=_staff())


def _new_schema(organisation_id: UUID) -> ContactSchema:
    """While there is a liaison, another is named by handing over, so the question isn't asked."""
    taken = queries.find_liaison(session(), organisation_id) is not None
    return NewContactSchema(exclude=("is_liaison",) if taken else ())


def _staff() -> dict[str, list[tuple[UUID, str]]]:
    return {"person_id": [(each.id, each.name) for each in list_staff(session())]}


def _consent_form() -> BoundForm:
    return BoundForm(ConsentChangeSchema(), {"on": today()})


def _form_page(form: BoundForm, organisation_id: UUID, **context: object) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    return render_template(
        "contacts/form.html", form=form, organisation=organisation, **{"contact": None, "stale": None, **context}
    )


def _owner_page(organisation_id: UUID, form: BoundForm) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    return render_template("contacts/owner.html", organisation=organisation, form=form)


def _contact_page(contact_id: UUID, form: BoundForm) -> str:
    contact = queries.get_contact(session(), identity(), contact_id)
    return render_template("contacts/show.html", form=form, **_about(contact))


def _ask_page(contact_id: UUID, step: str, refused: str | None = None) -> str:
    contact = queries.get_contact(session(), identity(), contact_id)
    if (step == "back") == contact.active:
        raise NotFound
    return render_template("contacts/ask.html", step=step, tone=STEPS[step][1], refused=refused, **_about(contact))


def _about(contact: Any) -> dict[str, Any]:
    account = get_person(session(), contact.person_id) if contact.person_id else None
    return {
        "contact": contact,
        "organisation": get_organisation(session(), identity(), contact.organisation_id),
        "account": account,
        "liaison": queries.find_liaison(session(), contact.organisation_id),
        "channels": CHANNEL_NAMES,
        "purposes": PURPOSE_NAMES,
        "locales": LOCALE_NAMES,
        "entries": tell_history(list_history(session(), contact.id)),
    }
