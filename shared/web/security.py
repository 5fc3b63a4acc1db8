"""Response headers that keep a browser from running or leaking anything that isn't ours, and the form token."""

from collections.abc import Sequence

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from shared.errors import Problem
from shared.web.context import settings
from shared.web.policy import needs_of
from shared.web.problems import answer_problem

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
csrf = CSRFProtect()


def install_security(app: Flask) -> None:
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        SESSION_COOKIE_NAME=f"saypro_{app.name}_form",
        SESSION_COOKIE_PATH=f"/{app.name}",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.config["SECURE"],
    )
    csrf.init_app(app)
    app.before_request(_protect_forms)
    app.after_request(_set_headers)
    app.register_error_handler(CSRFError, _answer_csrf)


def _protect_forms() -> None:
    """Anything a browser could be tricked into sending needs the form token; a bearer token cannot be borrowed."""
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.endpoint is None:
        return
    needs = needs_of(current_app.view_functions[request.endpoint])
    by_token = g.get("identity") is not None and not g.by_cookie
    if needs is None or not needs.csrf or by_token:
        return
    if "/api/" in request.path and not g.by_cookie:
        return
    csrf.protect()


def _answer_csrf(_error: CSRFError) -> Response:
    return answer_problem(
        Problem("This page was open for too long or in two windows. Go back, reload it and send again.")
    )


def let_frame(response: Response, ancestors: Sequence[str]) -> Response:
    """Let sites of these origins (such as "https://www.example.org"; "*" is any) show this one answer in a frame."""
    allowed = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(ancestors)}")
    response.headers["Content-Security-Policy"] = allowed
    return response


def _set_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    # The address of a page behind a scoped link is a secret.
    headers.setdefault("Referrer-Policy", "no-referrer" if "link" in g else "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if settings().base_url.startswith("https:"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint and not request.endpoint.endswith("static"):
        headers.setdefault("Cache-Control", "no-store")
    return response
