"""Doors for operators: alive, ready, figures for Prometheus; and a log line per request."""

import time

import structlog
from flask import Blueprint, Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest

from shared.clock import new_id
from shared.database.access import list_public_keys
from shared.database.migrate import pending_migrations
from shared.database.requests import DATABASE_DOWN
from shared.web.context import runtime, session
from shared.web.policy import public

log = structlog.get_logger()
REQUESTS = Histogram("saypro_request_seconds", "Time to answer", ["service", "method", "endpoint", "status"])


def operations_blueprint(service: str) -> Blueprint:
    blueprint = Blueprint("operations", __name__, url_prefix=f"/{service}")

    @blueprint.get("/healthz")
    @public("a probe asks whether the process is alive")
    def healthz() -> Response:
        return jsonify(status="alive")

    @blueprint.get("/readyz")
    @public("a probe asks whether requests can be answered")
    def readyz() -> tuple[Response, int]:
        failing = find_obstacles()
        return jsonify(status="not ready" if failing else "ready", failing=failing), 503 if failing else 200

    @blueprint.get("/prometheus")
    @public("scraped inside the network; the gateway does not route it")
    def prometheus() -> Response:
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def find_obstacles() -> dict[str, str]:
    """What keeps this process from answering requests, by name; empty when it is ready.

    The broker is not among them: without it, requests are answered and their events wait in the outbox.
    """
    try:
        pending = pending_migrations(runtime().database, runtime().service.migrations)
        if pending:
            return {"migrations": f"run: saypro migrate ({len(pending)} to do)"}
        if not list_public_keys(session()):
            return {"keys": "partners' key set has not arrived yet; are the workers and the broker up?"}
    except DATABASE_DOWN as error:
        return {"database": str(error).splitlines()[0]}
    return {}


def install_request_log(app: Flask) -> None:
    """Bind a correlation id to everything logged in a request, and log the request itself."""

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        g.correlation_id = request.headers.get("X-Request-ID", "")[:64] or str(new_id())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=g.correlation_id)

    @app.after_request
    def finish(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        observe_request(
            app.name,
            request.method,
            request.endpoint or "none",
            request.path,
            response.status_code,
            seconds,
            g.get("correlation_id", ""),
        )
        response.headers["X-Request-ID"] = g.get("correlation_id", "")
        return response


def observe_request(
    service: str, method: str, endpoint: str, path: str, status: int, seconds: float, correlation_id: str
) -> None:
    """Count an answered request for Prometheus, and log it unless it was a probe's or for a file of ours."""
    REQUESTS.labels(service, method, endpoint, status).observe(seconds)
    if not endpoint.startswith("operations.") and not endpoint.endswith("static"):
        log.info(
            "request",
            method=method,
            path=path,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            correlation_id=correlation_id,
        )
