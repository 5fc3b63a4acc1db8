"""Builds a service's web app: the same order of checks, the same errors and the same look for all four."""

from functools import wraps
from typing import Any

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.service import Runtime
from shared.web.answers import answer_once, commit_edge
from shared.web.api import Api
from shared.web.context import identity_or_none, transaction
from shared.web.i18n import install_i18n
from shared.web.live import Hub, live_blueprint
from shared.web.look import add_look
from shared.web.navigation import read_navigation
from shared.web.operations import install_request_log, operations_blueprint
from shared.web.parked import parked_blueprint
from shared.web.policy import install_policy, may, public
from shared.web.problems import install_problems
from shared.web.security import install_security
from shared.web.sign_in import install_sign_in
from shared.web.uploads import install_uploads

#: The largest request body that is read, in bytes.
BODY_LIMIT = 1 << 20
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)


class ServiceApp(Flask):
    """A Flask app whose requests are one transaction each, committed here and nowhere else."""

    def dispatch_request(self) -> Response:
        return commit_edge(answer_once(lambda: self.make_response(super(ServiceApp, self).dispatch_request())))


def create_app(runtime: Runtime) -> Flask:
    """The web app of `runtime`'s service, with every address under /<service>/."""
    app = _make_app(runtime)
    api = Api(app)
    _open_to_all(app, "api-docs.openapi_json", "the description of an API tells no secrets")
    runtime.service.add_routes(app, api)
    for name, blueprint in app.blueprints.items():
        if blueprint.has_static_folder:
            _open_to_all(app, f"{name}.static", "stylesheets and scripts tell no secrets")
    return app


def create_live_app(runtime: Runtime) -> Flask:
    """The same app with live pages (see `shared.web.live`), for a process that can hold many open connections.

    It has the other routes too, because what it renders links to them; a gateway sends it /<service>/live/ alone.
    """
    app = create_app(runtime)
    hub = app.extensions["live"] = Hub(runtime.database, runtime.settings.live_streams)
    app.register_blueprint(live_blueprint(runtime, hub))
    return app


def close_streams(app: Flask) -> None:
    """End the open live pages of an app from `create_live_app`, so that its server can stop at once."""
    app.extensions["live"].close()


def _make_app(runtime: Runtime) -> Flask:
    service, settings = runtime.service, runtime.settings
    app = ServiceApp(service.name, root_path=str(service.folder), static_folder=None)
    app.extensions["saypro"] = runtime
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        SECURE=settings.base_url.startswith("https:"),
        PROPAGATE_EXCEPTIONS=False,
        API_TITLE=f"{settings.brand_name} {service.name}",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=f"/{service.name}/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    # The order matters: log everything, know who asks, check the form token, then the policy.
    install_request_log(app)
    install_sign_in(app)
    install_uploads(app)
    install_security(app)
    install_policy(app)
    install_problems(app)
    install_i18n(app)
    limiter.init_app(app)
    app.register_blueprint(operations_blueprint(service.name))
    app.register_blueprint(parked_blueprint(service.name))
    _install_look(app, runtime)
    app.teardown_request(lambda _error: transaction().close())
    return app


def _open_to_all(app: Flask, endpoint: str, reason: str) -> None:
    """Declare from outside what a route needs that a library has added."""
    view = app.view_functions[endpoint]

    @wraps(view)
    def opened(**arguments: Any) -> Any:
        return view(**arguments)

    # A function of its own, because a bound method can carry no mark.
    app.view_functions[endpoint] = public(reason)(opened)


def _install_look(app: Flask, runtime: Runtime) -> None:
    name, settings = runtime.service.name, runtime.settings
    navigation = read_navigation(settings.navigation)
    add_look(app, service=name, navigation=navigation, brand_colour=settings.brand_colour)
    for endpoint in ("kit.brand_css", "kit.bootstrap_css"):
        _open_to_all(app, endpoint, "pages that need no sign-in have a look too")

    @app.context_processor
    def layout_context() -> dict[str, object]:
        who = identity_or_none()
        return {
            "identity": who,
            "may": may,
            "service": name,
            "path": request.path,
            "looking_as": g.get("looking_as"),
            "areas": navigation.areas_for(who, request.path),
            "brand": {"name": settings.brand_name, "colour": settings.brand_colour},
        }
