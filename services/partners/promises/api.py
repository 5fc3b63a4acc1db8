"""Promises for programs."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from services.partners.promises import queries, service
from services.partners.promises.schemas import PromiseApiQuery, PromiseSchema, ReasonSchema, RemarkSchema
from shared.web.answers import expected_version, page_schema, set_etag
from shared.web.api import Blueprint
from shared.web.context import identity, now, session, today
from shared.web.policy import allow

api = Blueprint("promises_api", __name__, url_prefix="/partners/api/v1", description="What one side owes the other")


@api.get("/promises")
@allow("promises.read")
@api.arguments(PromiseApiQuery, location="query")
@api.response(200, page_schema(PromiseSchema))
def list_promises(wanted: dict[str, Any]) -> Any:
    """Promises by due date, a page at a time: the open ones unless another state is asked for."""
    return queries.find_promises(session(), identity(), today(), **wanted)


@api.post("/organisations/<uuid:organisation_id>/promises")
@allow("promises.edit")
@api.arguments(PromiseSchema)
@api.response(201, PromiseSchema)
def make_promise(details: dict[str, Any], organisation_id: UUID) -> tuple[Response, int]:
    """Write down what one side owes the other."""
    return _answer(service.make_promise(session(), identity(), organisation_id, now(), **details)), 201


@api.get("/promises/<uuid:promise_id>")
@allow("promises.read")
@api.response(200, PromiseSchema)
def show_promise(promise_id: UUID) -> Response:
    """One promise, with its ETag."""
    return _answer(queries.get_promise(session(), identity(), promise_id))


@api.put("/promises/<uuid:promise_id>")
@allow("promises.edit")
@api.arguments(PromiseSchema)
@api.response(200, PromiseSchema)
def change_promise(details: dict[str, Any], promise_id: UUID) -> Response:
    """Change an open promise; needs If-Match."""
    return _answer(service.change_promise(session(), identity(), promise_id, expected_version(), now(), **details))


@api.post("/promises/<uuid:promise_id>/done")
@allow("promises.keep")
@api.arguments(RemarkSchema)
@api.response(200, PromiseSchema)
def finish_promise(said: dict[str, Any], promise_id: UUID) -> Response:
    """Say that it is done. A partner's liaison says so of what the partner owes."""
    return _answer(service.finish_promise(session(), identity(), promise_id, now(), **said))


@api.post("/promises/<uuid:promise_id>/withdrawn")
@allow("promises.edit")
@api.arguments(ReasonSchema)
@api.response(200, PromiseSchema)
def withdraw_promise(said: dict[str, Any], promise_id: UUID) -> Response:
    """Say that it is no longer asked for, and why."""
    return _answer(service.withdraw_promise(session(), identity(), promise_id, now(), **said))


@api.post("/promises/<uuid:promise_id>/open")
@allow("promises.edit")
@api.arguments(RemarkSchema)
@api.response(200, PromiseSchema)
def reopen_promise(said: dict[str, Any], promise_id: UUID) -> Response:
    """Open it again."""
    return _answer(service.reopen_promise(session(), identity(), promise_id, now(), **said))


def _answer(promise: Any) -> Response:
    return set_etag(jsonify(PromiseSchema().dump(promise)), promise.version)
