"""What a request handler may ask of the process it runs in: its session, its settings, who asks, the time."""

from datetime import date, datetime
from typing import Any, cast

from flask import current_app, g, request

from shared.clock import day_of, utc_now
from shared.database.links import ScopedLink
from shared.database.requests import RequestTransaction
from shared.errors import Unauthenticated
from shared.files import FileStore
from shared.identity import Identity
from shared.service import Runtime


def runtime() -> Runtime:
    """The service that this app is."""
    return cast(Runtime, current_app.extensions["saypro"])


def settings() -> Any:
    """The service's settings."""
    return runtime().settings


def whole_address(path: str) -> str:
    """`path` of this product as people reach it from a mail or another site."""
    return f"{settings().base_url}{path}"


def transaction() -> RequestTransaction:
    """This request's transaction; the kit commits it after the handler returned an answer below 400."""
    if "transaction" not in g:
        g.transaction = RequestTransaction(runtime().database, write=request.method not in {"GET", "HEAD", "OPTIONS"})
    return cast(RequestTransaction, g.transaction)


def session() -> Any:
    """This request's database session, to hand to queries and services."""
    return transaction().session


def files() -> FileStore:
    """Where files are kept; see `shared.web.uploads` for what people send and are sent."""
    return runtime().files


def now() -> datetime:
    """The instant at which this request began, the same wherever in it one asks."""
    if "now" not in g:
        g.now = utc_now()
    return cast(datetime, g.now)


def today() -> date:
    """The calendar date at which this request began, where the installation is: the same for everyone who asks."""
    return day_of(now(), settings().time_zone)


def identity() -> Identity:
    """Who is signed in; raises `Unauthenticated` if nobody is."""
    found = identity_or_none()
    if found is None:
        raise Unauthenticated("Sign in, or send a token: Authorization: Bearer ...")
    return found


def link() -> ScopedLink:
    """The scoped link that this request came by; only routes marked `@scoped` have one."""
    return cast(ScopedLink, g.link)


def identity_or_none() -> Identity | None:
    """Who is signed in, or None."""
    return cast("Identity | None", g.get("identity"))
