"""Contacts for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.contacts import queries, service
from services.partners.contacts.schemas import (
    ConsentChangeSchema,
    ContactQuery,
    ContactSchema,
    NewContactSchema,
    OwnerSchema,
)
from services.partners.organisations.queries import get_organisation
from shared.errors import NotFound
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session
from shared.web.policy import allow

api = Blueprint("contacts_api", __name__, url_prefix="/partners/api/v1", description="People at organisations")


@api.get("/organisations/<uuid:organisation_id>/contacts")
@allow("contacts.read")
@api.arguments(ContactQuery, location="query")
@api.response(200, page_schema(ContactSchema))
def list_contacts(wanted: dict[str, Any], organisation_id: UUID) -> Response:
    """An organisation's contacts by name, a page at a time."""
    page = queries.find_contacts(session(), identity(), organisation_id, **wanted)
    return jsonify(items=[_dump(each) for each in page.items], next_cursor=page.next_cursor)


@api.post("/organisations/<uuid:organisation_id>/contacts")
@allow("contacts.edit")
@api.arguments(NewContactSchema)
@api.response(201, ContactSchema)
def add_contact(details: dict[str, Any], organisation_id: UUID) -> tuple[Response, int]:
    """Add someone at the organisation."""
    return _answer(service.add_contact(session(), identity(), organisation_id, now(), **details)), 201


@api.get("/contacts/<uuid:contact_id>")
@allow("contacts.read")
@api.response(200, ContactSchema)
def show_contact(contact_id: UUID) -> Response:
    """One contact, with their ETag."""
    return _answer(queries.get_contact(session(), identity(), contact_id))


@api.put("/contacts/<uuid:contact_id>")
@allow("contacts.edit")
@api.arguments(ContactSchema)
@api.response(200, ContactSchema)
def change_contact(details: dict[str, Any], contact_id: UUID) -> Response:
    """Change a contact's details; needs If-Match. Their account, if they have one, follows."""
    return _answer(service.change_contact(session(), identity(), contact_id, expected_version(), now(), **details))


@api.post("/contacts/<uuid:contact_id>/consents")
@allow("contacts.edit")
@api.arguments(ConsentChangeSchema)
@api.response(201, ContactSchema)
def give_consent(wanted: dict[str, Any], contact_id: UUID) -> tuple[Response, int]:
    """Note what the contact agreed to."""
    return _answer(service.give_consent(session(), identity(), contact_id, now(), **wanted)), 201


@api.post("/contacts/<uuid:contact_id>/consents/withdraw")
@allow("contacts.edit")
@api.arguments(ConsentChangeSchema)
@api.response(200, ContactSchema)
def withdraw_consent(wanted: dict[str, Any], contact_id: UUID) -> Response:
    """Note what the contact does not agree to any more."""
    return _answer(service.withdraw_consent(session(), identity(), contact_id, now(), **wanted))


@api.post("/contacts/<uuid:contact_id>/liaison")
@allow("contacts.edit")
@api.response(200, ContactSchema)
def name_liaison(contact_id: UUID) -> Response:
    """Make the contact the liaison of an organisation without one."""
    return _answer(service.name_liaison(session(), identity(), contact_id, now()))


@api.post("/contacts/<uuid:contact_id>/account")
@allow("contacts.edit")
@api.response(200, ContactSchema)
def open_account(contact_id: UUID) -> Response:
    """Let the contact sign in."""
    service.open_account(session(), identity(), contact_id, now())
    return _answer(queries.get_contact(session(), identity(), contact_id))


@api.delete("/contacts/<uuid:contact_id>")
@allow("contacts.edit")
@api.response(200, ContactSchema)
def let_go(contact_id: UUID) -> Response:
    """Note that the contact has left the organisation."""
    return _answer(service.let_go(session(), identity(), contact_id, now()))


@api.get("/organisations/<uuid:organisation_id>/owner")
@allow("contacts.read")
@api.response(200, OwnerSchema)
def show_owner(organisation_id: UUID) -> Any:
    """Who of us is responsible for the organisation."""
    get_organisation(session(), identity(), organisation_id)
    return _tell_owner(organisation_id)


@api.put("/organisations/<uuid:organisation_id>/owner")
@allow("contacts.edit")
@api.arguments(OwnerSchema)
@api.response(200, OwnerSchema)
def set_owner(wanted: dict[str, Any], organisation_id: UUID) -> Any:
    """Make someone of ours responsible for the organisation."""
    service.set_owner(session(), identity(), organisation_id, wanted["person_id"], now())
    return _tell_owner(organisation_id)


def _tell_owner(organisation_id: UUID) -> dict[str, Any]:
    person = queries.find_owner(session(), organisation_id)
    if person is None:
        raise NotFound("Nobody of ours is responsible for this organisation yet.")
    return {"person_id": person.id, "name": person.name}


def _dump(contact: Any) -> dict[str, Any]:
    """What we write for ourselves leaves for staff alone."""
    hidden = () if identity().is_staff else ("notes",)
    return dict(ContactSchema(exclude=hidden).dump(contact))


def _answer(contact: Any) -> Response:
    return set_etag(jsonify(_dump(contact)), contact.version)
