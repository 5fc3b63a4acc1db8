"""Gives a service's pages the one look: templates, stylesheets, script, filters, and where people can go.

Everything comes from the service's own addresses, so that the strict Content-Security-Policy (`'self'` alone)
holds and a page needs no other host.
"""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from babel import dates
from flask import Blueprint, Flask, Response, request
from flask_babel import get_locale, get_timezone
from jinja2 import pass_context
from jinja2.runtime import Context

from shared.clock import utc_now
from shared.web.brand import brand_stylesheet
from shared.web.filters import register_filters
from shared.web.navigation import Link, Navigation

FOREVER: Final = 365 * 24 * 3600  # seconds; the address changes when the content does
STATIC: Final = Path(__file__).parent / "static"


def add_look(app: Flask, *, service: str, navigation: Navigation, brand_colour: str) -> None:
    """Register the `kit` blueprint under `/<service>/` and what `layout.html` and its macros use.

    Raises `ValueError` when `brand_colour` is no colour or too light for white text. The backend adds the
    context that depends on the request: `identity`, `brand`, `service`, `areas` and `path`.
    """
    brand_css = brand_stylesheet(brand_colour)
    app.register_blueprint(_make_blueprint(service, brand_css))
    register_filters(app)
    versions = {"kit.brand_css": _digest(brand_css.encode()), "kit.bootstrap_css": _digest(_bootstrap_css())}

    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "kit.static":
            values.setdefault("v", _version_file(values["filename"]))
        elif endpoint in versions:
            values.setdefault("v", versions[endpoint])

    app.url_defaults(add_version)
    app.jinja_env.globals |= {
        "page_language": lambda: str(get_locale() or "en").replace("_", "-"),
        "zone_id": lambda: str(get_timezone() or "UTC"),
        "zone_name": _name_zone,
        **_navigation_globals(navigation),
    }


def _make_blueprint(service: str, brand_css: str) -> Blueprint:
    kit = Blueprint(
        "kit",
        __name__,
        static_folder=str(STATIC),
        static_url_path=f"/{service}/static/kit",
        template_folder=str(Path(__file__).parent / "templates"),
    )

    @kit.get(f"/{service}/brand.css", endpoint="brand_css")
    def serve_brand() -> Response:
        return Response(brand_css, mimetype="text/css")

    @kit.get(f"/{service}/static/bootstrap.css", endpoint="bootstrap_css")
    def serve_bootstrap() -> Response:
        return Response(_bootstrap_css(), mimetype="text/css")

    @kit.after_request
    def keep_in_cache(response: Response) -> Response:
        if response.status_code == 200 and "v" in request.args:
            response.cache_control.public = True
            response.cache_control.max_age = FOREVER
            response.cache_control.immutable = True
        return response

    return kit


def _name_zone() -> str:
    """The reader's zone as they would call it, at this time of the year."""
    return dates.get_timezone_name(utc_now().astimezone(get_timezone()), locale=get_locale() or "en")


def _navigation_globals(navigation: Navigation) -> dict[str, Any]:
    @pass_context
    def tabs_for(context: Context, kind: str, id: object) -> tuple[Link, ...]:
        return navigation.tabs_for(kind, id, context.get("identity"), request.full_path)

    @pass_context
    def account_links(context: Context) -> tuple[Link, ...]:
        return navigation.account_for(context.get("identity"))

    @pass_context
    def search_link(context: Context) -> Link | None:
        return navigation.search_for(context.get("identity"), request.path)

    return {"tabs_for": tabs_for, "account_links": account_links, "search_link": search_link}


@cache
def _bootstrap_css() -> bytes:
    return files("flask_bootstrap").joinpath("static/bootstrap5/css/bootstrap.min.css").read_bytes()


@cache
def _version_file(name: str) -> str:
    return _digest((STATIC / name).read_bytes())


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:12]
