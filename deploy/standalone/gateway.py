"""The gateway of the one-process size: one address, and each path to the app that answers it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cheroot.wsgi import Server
from werkzeug.wrappers import Response

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
#: Where the start page is.
HOME = "/notifications/"


def gateway(apps: Mapping[str, Wsgi]) -> Wsgi:
    """Routes /<service>/... to the service's app, and / to the start page, whose app also says what isn't there."""

    def route(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        first, _, rest = environ.get("PATH_INFO", "").lstrip("/").partition("/")
        if first in apps and rest != "prometheus":
            return apps[first](environ, start_response)
        if first:
            return apps[HOME.strip("/")]({**environ, "PATH_INFO": f"/{first}"}, start_response)
        return Response(status=302, headers={"Location": HOME})(environ, start_response)

    return route


def make_server(app: Wsgi, host: str, port: int) -> Server:
    """A server with a thread for each of up to 48 requests at once; an open live page takes one."""
    return Server((host, port), app, numthreads=48, request_queue_size=128, timeout=30, shutdown_timeout=2)
