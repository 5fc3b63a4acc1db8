"""Deny by default: every route says what it needs, and the kit checks it before the handler runs.

    @allow("organisations.edit")      # a permission that the service's policy.py gives to roles
    @public("partners sign what they send", csrf=False)
    @scoped("proposal.answer")        # a link's purpose; the address holds /s/<secret>

An outsider without the permission gets 404, like for a thing that isn't there; staff get 403 with the reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from shared.database.links import open_link, use_link
from shared.errors import Forbidden, NotFound
from shared.identity import ADMIN
from shared.service import Service
from shared.web.context import identity, identity_or_none, now, runtime, session

#: Looking after the machinery itself is for administrators.
KIT_PERMISSIONS = {"operations.care": frozenset({ADMIN})}
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Needs:
    """What a route needs: a permission, or a scoped link's purpose, or neither and the reason why it is open to all."""

    permission: str | None
    reason: str = ""
    csrf: bool = True
    purpose: str | None = None


def allow(permission: str) -> Callable[[View], View]:
    """The route is for the roles that have `permission` in the service's policy."""
    return _declare(Needs(permission))


def public(reason: str, *, csrf: bool = True) -> Callable[[View], View]:
    """The route is open to anyone, for `reason`. `csrf=False` where another proof stands in for the form token."""
    return _declare(Needs(None, reason, csrf))


def scoped(purpose: str) -> Callable[[View], View]:
    """The route is for whoever holds a scoped link of this purpose, whose secret is the route's `secret`.

    Inside, `link()` is the link and `identity()` its holder, also in a browser where someone else is signed in.
    Whatever is sent (anything but GET) counts as a use of the link, if it is accepted.
    """
    return _declare(Needs(None, f"who holds a link for {purpose}", purpose=purpose))


def needs_of(view: Callable[..., Any]) -> Needs | None:
    """What the route's view declared, or None if it declared nothing."""
    return getattr(view, "__needs__", None)


def may(permission: str) -> bool:
    """Whether the one who asks has `permission`; for pages that leave out what one can't do anyway."""
    who = identity_or_none()
    return who is not None and who.role in permissions_of(runtime().service).get(permission, frozenset())


def permissions_of(service: Service) -> Mapping[str, frozenset[str]]:
    """Permission -> roles: the service's own and those of the pages that every service has."""
    return {**KIT_PERMISSIONS, **service.permissions}


def install_policy(app: Flask) -> None:
    app.before_request(_enforce)


def _declare(needs: Needs) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.__needs__ = needs  # type: ignore[attr-defined]
        return view

    return mark


def _enforce() -> None:
    if request.endpoint is None:
        return
    needs = needs_of(current_app.view_functions[request.endpoint])
    if needs is None:
        raise NotFound
    if needs.purpose is not None:
        _let_in_by_link(needs.purpose)
        return
    if needs.permission is None:
        return
    who = identity() if "expired" not in g else _expired()
    if may(needs.permission):
        return
    if who.is_staff:
        raise Forbidden(f"Your role ({who.role}) does not include this. An administrator can change your role.")
    raise NotFound


def _let_in_by_link(purpose: str) -> None:
    g.link = open_link(session(), purpose, (request.view_args or {})["secret"], now())
    g.identity = g.link.identity
    if request.method not in {"GET", "HEAD"}:
        # A single link is used up with this transaction; what is refused rolls back and leaves it open.
        use_link(session(), g.link, now())


def _expired() -> Any:
    raise g.expired
