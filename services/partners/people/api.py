"""People, tokens and the key set for programs."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.people import access, queries, service
from services.partners.people.schemas import PersonSchema, TokenSchema
from services.partners.vault import Vault
from shared.database.access import list_public_keys
from shared.web.answers import PageQuery, expected_version, page_schema, set_etag, shows_secret
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, settings
from shared.web.policy import allow, public

api = Blueprint("people_api", __name__, url_prefix="/partners/api/v1", description="People who can sign in")


@api.get("/people")
@allow("people.read")
@api.arguments(PageQuery, location="query")
@api.response(200, page_schema(PersonSchema))
def list_people(wanted: dict[str, Any]) -> Any:
    """People by name, a page at a time."""
    return queries.find_people(session(), **wanted)


@api.post("/people")
@allow("people.edit")
@api.arguments(PersonSchema)
@api.response(201, PersonSchema)
def add_person(details: dict[str, Any]) -> Any:
    """Let someone sign in."""
    return service.add_person(session(), identity(), now(), **details)


@api.get("/people/<uuid:person_id>")
@allow("people.read")
@api.response(200, PersonSchema)
def show_person(person_id: UUID) -> Response:
    """One person, with their ETag."""
    return _answer(queries.get_person(session(), person_id))


@api.put("/people/<uuid:person_id>")
@allow("people.edit")
@api.arguments(PersonSchema)
@api.response(200, PersonSchema)
def change_person(details: dict[str, Any], person_id: UUID) -> Response:
    """Change someone's details; needs If-Match. A new role ends what they are signed in with."""
    return _answer(service.change_person(session(), identity(), person_id, expected_version(), now(), **details))


@api.post("/tokens")
@allow("account.own")
@api.arguments(TokenSchema)
@api.response(201, TokenSchema)
def make_token(wanted: dict[str, Any]) -> Any:
    """A personal token for one's own scripts; it is in this answer and nowhere else."""
    shows_secret()
    person = queries.get_person(session(), identity().person_id)
    vault, lasts = Vault(settings().encryption_key), timedelta(days=wanted["days"])
    made = access.make_personal_token(session(), person, wanted["name"], vault, now(), lasts)
    return {
        "id": made.identity.token_id,
        "name": wanted["name"],
        "created_at": now(),
        "expires_at": made.identity.expires_at,
        "token": made.token,
    }


@api.delete("/tokens/<uuid:token_id>")
@allow("account.own")
@api.response(204)
def revoke_token(token_id: UUID) -> None:
    """End one of one's own tokens, everywhere."""
    access.revoke_personal_token(session(), identity(), token_id, now())


@api.get("/key-set")
@public("public keys are for everyone who checks a token")
def key_set() -> Response:
    """The public keys that tokens are signed with (JSON Web Key Set, RFC 7517)."""
    return jsonify(keys=list(list_public_keys(session())))


def _answer(person: Any) -> Response:
    return set_etag(jsonify(PersonSchema().dump(person)), person.version)
