"""The route tables of a service's two apps, and what is wrong with one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.service import Runtime
from shared.web.app import create_app, create_live_app
from shared.web.policy import Needs, needs_of, permissions_of


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    app: Flask
    rule: str
    method: str
    endpoint: str
    arguments: frozenset[str]
    needs: Needs | None

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def is_api(self) -> bool:
        return "/api/" in self.rule

    def ask(self, client: FlaskClient, samples: Mapping[str, Any], **query: str) -> TestResponse:
        """Ask for it with the samples as its arguments; a live section is asked for as a polling page would.

        Who asks for what needs a scoped link has one, whoever they are.
        """
        values = {name: samples[name] for name in self.arguments}
        if self.needs and self.needs.purpose:
            values["secret"] = samples["links"][self.needs.purpose]
        address = self.app.url_map.bind("127.0.0.1").build(self.endpoint, values, method=self.method)
        if "/live/" in self.rule:
            query["once"] = "1"
        body: dict[str, Any] = {"json": {}} if self.is_api else {"data": {}}
        body = {} if self.method == "GET" else body
        return client.open(address, method=self.method, query_string=query, **body)


def make_apps(runtime: Runtime) -> tuple[Flask, Flask]:
    """The web app and the live one; form tokens and request limits aside, as they run."""
    apps = create_app(runtime), create_live_app(runtime)
    for app in apps:
        app.config.update(TESTING=True, WTF_CSRF_METHODS=[], RATELIMIT_ENABLED=False)
    return apps


def list_routes(*apps: Flask) -> Iterator[Route]:
    for app in apps:
        for rule in app.url_map.iter_rules():
            needs = needs_of(app.view_functions[rule.endpoint])
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Route(app, rule.rule, method, rule.endpoint, frozenset(rule.arguments), needs)


def find_objections(runtime: Runtime, app: Flask) -> list[str]:
    """What is wrong with the app's route table: undeclared routes, unknown permissions, openness without a reason."""
    known = permissions_of(runtime.service)
    objections = []
    for route in list_routes(app):
        if route.needs is None:
            objections.append(f"{route} declares nothing: put @allow or @public under its route decorator")
        elif route.needs.permission is None and len(route.needs.reason) < 10:
            objections.append(f"{route} is public without a reason")
        elif route.needs.purpose is not None and "/s/<secret>" not in route.rule:
            objections.append(f"{route} needs a link, but has no /s/<secret> (which logs know to mask)")
        elif route.needs.permission is not None and route.needs.permission not in known:
            objections.append(f"{route} needs {route.needs.permission!r}, which policy.py gives to nobody")
        if not route.rule.startswith(f"/{runtime.service.name}/"):
            objections.append(f"{route} is outside /{runtime.service.name}/")
    return objections
