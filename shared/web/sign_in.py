"""Finds out who asks: a bearer token (scripts) or the session cookie (people), checked without another service."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from flask import Flask, g, request
from werkzeug.wrappers import Response

from shared.database.access import is_revoked, list_public_keys
from shared.errors import Forbidden, Unauthenticated
from shared.identity import LIAISON, Identity, read_token
from shared.web.context import now, session, settings

COOKIE = "saypro_session"


def install_sign_in(app: Flask) -> None:
    app.before_request(_identify)


def _identify() -> None:
    g.identity, g.by_cookie = None, False
    if request.endpoint is None or request.endpoint.endswith("static"):
        return
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer":
            raise Unauthenticated("Send a token as: Authorization: Bearer ...")
        g.identity = _check(bearer.strip(), now())
        return
    cookie = request.cookies.get(COOKIE)
    if cookie:
        try:
            g.identity, g.by_cookie = _check(cookie, now()), True
        except Unauthenticated as expired:
            # Public pages stay open to a browser with an old cookie; the others ask to sign in.
            g.expired = expired
    _look_as_asked()


def _look_as_asked() -> None:
    """Let staff see a page as the liaison of an organisation sees it: `?as=` its id. Only to look."""
    g.looking_as = None
    wanted = request.args.get("as")
    if not wanted or not g.by_cookie or not g.identity.is_staff:
        return
    if request.method not in {"GET", "HEAD"}:
        raise Forbidden("You are looking at this page as a partner sees it. Go back to act as yourself.")
    try:
        g.looking_as = UUID(wanted)
    except ValueError:
        return
    g.identity = replace(g.identity, role=LIAISON, organisation_id=g.looking_as)


def _check(token: str, at: datetime) -> Identity:
    identity = read_token(token, list_public_keys(session()), at)
    if is_revoked(session(), identity):
        raise Unauthenticated("This sign-in was ended. Sign in again, or make a new token.")
    return identity


def set_session_cookie(response: Response, token: str, expires_at: datetime) -> None:
    """Sign the browser in on every service of this gateway until `expires_at`."""
    response.set_cookie(
        COOKIE,
        token,
        expires=expires_at,
        httponly=True,
        samesite="Lax",
        path="/",
        secure=settings().base_url.startswith("https:"),
    )


def clear_session_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
