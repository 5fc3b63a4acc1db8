"""Pieces of answers: cursor pages, ETags, and the repeated POST."""

from collections.abc import Callable
from typing import Any

from flask import Response, g, request, url_for
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from shared.database.idempotency import KeyedRequest, find_answer, keep_answer
from shared.database.paging import LIMIT, Page
from shared.errors import Conflict, Invalid, Problem
from shared.web.context import identity_or_none, now, session, transaction
from shared.web.problems import answer_problem


class PageQuery(Schema):
    """The query arguments of every list."""

    cursor = fields.String(load_default=None, metadata={"description": "the next_cursor of the page before"})
    limit = fields.Integer(load_default=LIMIT, validate=validate.Range(1, 200))


def parse_query(schema: Schema) -> dict[str, Any]:
    """The query arguments of a page's list; what does not fit falls back to the list without filters.

    A filter left at "any" arrives empty and counts as not given.
    """
    given = {name: value for name, value in request.args.items() if value}
    try:
        return dict(schema.load(given, unknown=EXCLUDE))
    except ValidationError:
        return dict(schema.load({}))


def page_schema(item: type[Schema]) -> type[Schema]:
    """The schema of one page of `item`s: {"items": [...], "next_cursor": "..." or null}."""
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(item)), "next_cursor": fields.String(allow_none=True)},
        name=f"{item.__name__.removesuffix('Schema')}Page",
    )


def next_address(page: Page[Any]) -> str | None:
    """The address of the list page after this one, with the same filters; None on the last."""
    if page.next_cursor is None or request.endpoint is None:
        return None
    # Flask takes names with an underscore for options of its own.
    filters = {name: value for name, value in request.args.items() if not name.startswith("_")}
    return url_for(request.endpoint, **{**filters, **(request.view_args or {}), "cursor": page.next_cursor})


def set_etag(response: Response, version: int) -> Response:
    """Tell the caller which version this is, to be sent back as If-Match."""
    response.set_etag(str(version))
    return response


def expected_version() -> int:
    """The version that an API caller saw, from If-Match; raises a 428 problem if there is none."""
    tags = list(request.if_match)
    if len(tags) != 1:
        problem = Problem("Send the ETag that you got with the thing as If-Match, so that nobody's change is lost.")
        problem.status, problem.title = 428, "If-Match is needed"
        raise problem
    try:
        return int(tags[0])
    except ValueError as error:
        raise Invalid({"If-Match": "Use the ETag as it was given."}) from error


_KEPT_HEADERS = ("ETag", "Location")


def answer_once(dispatch: Callable[[], Response]) -> Response:
    """Run a request at most once per `Idempotency-Key`: the answer is kept in the transaction that did the work."""
    key, who = request.headers.get("Idempotency-Key"), identity_or_none()
    if request.method != "POST" or not key or who is None or "/api/" not in request.path:
        return dispatch()
    if len(key) > 200:
        raise Invalid({"Idempotency-Key": "Use at most 200 characters."})
    keyed = KeyedRequest.of(who.person_id, key, request.path, request.get_data(cache=True))
    kept = find_answer(session(), keyed)
    if kept is not None:
        return Response(kept.body, kept.status, kept.headers, content_type=kept.content_type)
    response = dispatch()
    if response.status_code < 400:
        kept_as = answer_problem(_SHOWN_ONCE) if "shows_secret" in g else response
        keep_answer(
            session(),
            keyed,
            now(),
            status=kept_as.status_code,
            content_type=kept_as.content_type or "",
            body=kept_as.get_data(),
            headers={name: kept_as.headers[name] for name in _KEPT_HEADERS if name in kept_as.headers},
        )
    return response


def shows_secret() -> None:
    """Say that this answer holds a secret: it is not kept, and a repeat of the request is told so."""
    g.shows_secret = True


_SHOWN_ONCE = Conflict("This was done when you asked first; its secret was in that answer and is kept nowhere.")


def commit_edge(response: Response) -> Response:
    """Commit what an accepted request did; a refused one leaves no trace."""
    if response.status_code < 400:
        transaction().commit()
    return response
