"""Taking what somebody typed: it is saved, or the same page says why it can't be and keeps it."""

from collections.abc import Callable
from typing import Any, TypeAlias

from flask import request
from marshmallow import Schema
from werkzeug.wrappers import Response

from shared.errors import Conflict, Invalid, Problem, Stale
from shared.web.forms import Choices, parse_form

#: What a route that takes a form answers: where to go on, or the page again with its status.
Saved: TypeAlias = Response | tuple[str, int]


def seen_version() -> int:
    """The version of the thing that was on the page when the form was filled in; 0 where the form holds none."""
    return request.form.get("version", type=int, default=0)


def save_form(
    schema: Schema, save: Callable[[Any], Response], page: Callable[..., str], *, choices: Choices | None = None
) -> Saved:
    """Read the form by `schema` and `save(data)` it, which answers where to go on.

    Otherwise the page is drawn again with what was typed: `page(form)` with errors beside the fields where the schema
    or `save` raises `Invalid` (422), `page(form, stale=...)` where `save` raises `Stale` (412).
    """
    # The page holds the newest version: sending it again overwrites what the other person did, knowingly.
    return _take(schema, save, page, choices, "stale", (Stale,))


def decide_form(
    schema: Schema, decide: Callable[[Any], Response], page: Callable[..., str], *, choices: Choices | None = None
) -> Saved:
    """Like `save_form`, where the thing itself may stand against it: `page(form, problem=...)` tells why `decide`
    raises `Stale` or `Conflict`, with the status of either.
    """
    return _take(schema, decide, page, choices, "problem", (Stale, Conflict))


def _take(
    schema: Schema,
    save: Callable[[Any], Response],
    page: Callable[..., str],
    choices: Choices | None,
    name: str,
    refusals: tuple[type[Problem], ...],
) -> Saved:
    data, form = parse_form(schema, request.form, files=request.files, choices=choices)
    if data is None:
        return page(form), 422
    try:
        return save(data)
    except Invalid as invalid:
        return page(form.with_errors(invalid.fields)), 422
    except refusals as refused:
        return page(form, **{name: refused}), refused.status
