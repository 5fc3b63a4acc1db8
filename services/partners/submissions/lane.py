"""The fast lane of the door for partners' systems: a delivery that can be kept is answered before Flask is asked.

Putting up Flask's contexts, sessions and checks for it, none of which it uses, costs more than verifying, reading and
storing it. Whatever is not plainly right goes on to the route as if it had never been here: there is one place that
refuses, and what it says does not depend on this.
"""

import io
import json
import re
import time
from collections.abc import Iterable, MutableMapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.partners.submissions.schemas import read_report
from services.partners.submissions.service.intake import door_of
from shared.clock import new_id, utc_now
from shared.database.requests import DATABASE_DOWN
from shared.errors import Problem
from shared.web.app import BODY_LIMIT
from shared.web.operations import observe_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = re.compile(r"/partners/webhooks/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")
ENDPOINT = "webhooks.deliver"


class _Headers:
    """A request's headers by name, as WSGI has them."""

    def __init__(self, environ: "WSGIEnvironment") -> None:
        self._environ = environ

    def get(self, name: str, default: str, /) -> str:
        return str(self._environ.get("HTTP_" + name.upper().replace("-", "_"), default))


class FastLane:
    """A WSGI app around `app`; `extensions` are those of the Flask app inside it, which has the door."""

    def __init__(self, app: "WSGIApplication", extensions: MutableMapping[str, Any], service: str) -> None:
        self._app = app
        self._extensions = extensions
        self._service = service

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        matched = environ["REQUEST_METHOD"] == "POST" and _PATH.match(environ.get("PATH_INFO", ""))
        length = environ.get("CONTENT_LENGTH") or ""
        # Several values of one header, and a token to look up, are for the route.
        if matched and length.isdigit() and int(length) <= BODY_LIMIT and "HTTP_AUTHORIZATION" not in environ:
            began = time.perf_counter()
            body = environ["wsgi.input"].read(int(length))
            kept = self._keep(UUID(matched[1]), environ, body)
            if kept is not None:
                return self._answer(kept, environ, start_response, began)
            environ["wsgi.input"] = io.BytesIO(body)
        return self._app(environ, start_response)

    def _keep(self, organisation_id: UUID, environ: "WSGIEnvironment", body: bytes) -> dict[str, Any] | None:
        """The answer to a delivery that is kept, or None if the route should see to it."""
        now = utc_now()
        try:
            door = door_of(self._extensions)
            delivery = door.verify(organisation_id, _Headers(environ), body, now)
            receipt = door.accept(delivery, read_report(body), now)
        except (Problem, *DATABASE_DOWN):
            return None
        return {"submission_id": str(receipt.submission_id), "duplicate": receipt.duplicate}

    def _answer(
        self, kept: dict[str, Any], environ: "WSGIEnvironment", start_response: "StartResponse", began: float
    ) -> Iterable[bytes]:
        answer = json.dumps(kept).encode()
        correlation_id = environ.get("HTTP_X_REQUEST_ID", "")[:64] or str(new_id())
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(answer))),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            ("X-Request-ID", correlation_id),
        ]
        start_response("202 ACCEPTED", headers)
        observe_request(
            self._service, "POST", ENDPOINT, environ["PATH_INFO"], 202, time.perf_counter() - began, correlation_id
        )
        return [answer]
