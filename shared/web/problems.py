"""Every error becomes an answer here: problem+json (RFC 9457) for programs, a page for people."""

import re
from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Flask, Response, g, json, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from shared.database.requests import DATABASE_DOWN, WRITE_CONFLICT
from shared.errors import Conflict, Invalid, NotFound, Problem, TooLarge, Unauthenticated, Unavailable

log = structlog.get_logger()
#: How much of a refused body is read and thrown away, so that its sender gets to hear the answer.
DRAINED = 4 << 20


def install_problems(app: Flask) -> None:
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(RecursionError, _answer_deep_nesting)
    for down in DATABASE_DOWN:
        app.register_error_handler(down, _answer_database_down)
    for conflict in WRITE_CONFLICT:
        app.register_error_handler(conflict, _answer_write_conflict)
    app.register_error_handler(Exception, _answer_unexpected)


def wants_page() -> bool:
    """Whether a person's browser asks (a page) rather than a program (JSON)."""
    if "/api/" in request.path or "/webhooks/" in request.path:
        return False
    return request.accept_mimetypes.accept_html


def answer_problem(problem: Problem) -> Response:
    """The answer to `problem`: a problem document, an error page, or for a page the way to sign in."""
    if wants_page():
        return _page(problem)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if isinstance(problem, Invalid):
        body["errors"] = [{"pointer": _pointer(path), "detail": text} for path, text in problem.fields.items()]
    body.update(problem.extra)
    response = Response(json.dumps(body), problem.status, mimetype="application/problem+json")
    _set_headers(response, problem)
    return response


def _page(problem: Problem) -> Response:
    if isinstance(problem, Unauthenticated) and request.method == "GET":
        return redirect("/partners/sign-in?" + urlencode({"next": request.full_path.rstrip("?")}))  # type: ignore[return-value]
    try:
        html = render_template("problem.html", problem=problem)
    except DATABASE_DOWN:
        html = f"<!doctype html><title>{problem.title}</title><h1>{problem.title}</h1><p>{problem.detail}</p>"
    response = Response(html, problem.status)
    _set_headers(response, problem)
    return response


def _set_headers(response: Response, problem: Problem) -> None:
    if isinstance(problem, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="saypro"'
    if (retry_after := getattr(problem, "retry_after", None)) is not None:
        response.headers["Retry-After"] = str(retry_after)


def _pointer(path: str) -> str:
    """A field path such as `data.measurements.0.value` as a JSON pointer (RFC 6901); "" is the whole document."""
    parts = re.split(r"(?<!\\)\.", path) if path else []
    return "".join("/" + part.replace("\\.", ".").replace("~", "~0").replace("/", "~1") for part in parts)


def flatten_messages(messages: Any, prefix: str = "") -> dict[str, str]:
    """marshmallow's nested messages as {"field.0.inner": "text"}; webargs' location level must be off already.

    A dot that belongs to a name (of an unknown field, say) is written as a backslash and a dot.
    """
    if isinstance(messages, dict):
        flat: dict[str, str] = {}
        for key, inner in messages.items():
            name = str(key).replace(".", "\\.")
            path = prefix if key == "_schema" else f"{prefix}.{name}" if prefix else name
            flat.update(flatten_messages(inner, path))
        return flat
    return {prefix: " ".join(str(each) for each in messages) if isinstance(messages, list) else str(messages)}


def _answer_http_error(error: HTTPException) -> Response:
    data = getattr(error, "data", None)
    if data and "messages" in data:
        messages = data["messages"]
        if isinstance(messages, dict) and messages.keys() <= {
            "json",
            "query",
            "form",
            "json_or_form",
            "files",
            "headers",
        }:
            messages = {key: text for inner in messages.values() for key, text in _as_fields(inner).items()}
        return answer_problem(Invalid(flatten_messages(messages)))
    if isinstance(error, RequestEntityTooLarge):
        request.environ["wsgi.input"].read(min(request.content_length or 0, DRAINED))
        most = f"{(request.max_content_length or 0) >> 20} MiB"
        return answer_problem(TooLarge(_("Send it in smaller pieces: one request may hold up to %(most)s.", most=most)))
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    if error.code == 404:
        return answer_problem(NotFound())
    problem = Problem(error.description or error.name)
    problem.status, problem.title = error.code, error.name
    response = answer_problem(problem)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _as_fields(messages: Any) -> dict[str, Any]:
    return messages if isinstance(messages, dict) else {"": messages}


def _answer_deep_nesting(_error: RecursionError) -> Response:
    return answer_problem(Problem(_("This JSON is nested too deeply to be read. Flatten it and send again.")))


def _answer_database_down(error: Exception) -> Response:
    log.error("database_unavailable", error=str(error))
    return answer_problem(
        Unavailable(_("We can't reach our records just now. Nothing was changed; try again in a few seconds."))
    )


def _answer_write_conflict(error: Exception) -> Response:
    log.warning("write_conflict", error=str(error))
    return answer_problem(
        Conflict(_("Someone else changed this at the same moment. Load it again and repeat your change."))
    )


def _answer_unexpected(error: Exception) -> Response:
    log.error("unexpected_error", path=request.path, exc_info=error)
    problem = Problem(
        _("This is our mistake, and it was logged. Try again; if it stays, tell us the number {number}.").format(
            number=g.get("correlation_id", "-")
        )
    )
    problem.status, problem.title = 500, _("Something went wrong here")
    return answer_problem(problem)
