"""Runs a service's apps under gunicorn: threads for pages, gevent for the open connections of live pages."""

import os
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from shared.collector import spare_what_stays
from shared.database.engine import wait_anew
from shared.service import Runtime
from shared.web.app import create_app, create_live_app

#: Seconds that a request may take to finish after the process was asked to stop.
GRACE = 20
#: Seconds after which a thread that wants to go on asks the one that runs to let go. Python's own 5 ms make dozens of
#: requests that come at once interrupt each other more than they work: a third of the throughput, measured.
SWITCH_INTERVAL = 0.05


class _Sharing(ThreadWorker):
    """gunicorn's worker with threads, which after each connection that it accepts lets another process have the next.

    Otherwise the one that runs first takes most of a crowd, and keeps them for as long as they stay open.
    """

    def accept(self, listener: socket.socket) -> None:
        super().accept(listener)
        os.sched_yield()


class _Server(BaseApplication):
    """gunicorn, configured here instead of from its command line."""

    def __init__(self, make_app: Callable[[], Flask], **options: Any) -> None:
        self._make_app = make_app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        sys.setswitchinterval(SWITCH_INTERVAL)
        # Called in each worker, after the fork: connections are never shared between processes.
        app = self._make_app()
        spare_what_stays()
        return app


def serve_web(start: Callable[[], Runtime], address: str, *, processes: int, threads: int) -> None:
    """Answer pages and the API on `address` ("host:port") until told to stop."""
    serve_app(lambda: create_app(start()), address, processes=processes, threads=threads)


def serve_app(make_app: Callable[[], Flask], address: str, *, processes: int, threads: int) -> None:
    """Answer requests to any Flask app; it is made in each process."""
    _Server(
        make_app,
        bind=address,
        workers=processes,
        threads=threads,
        worker_class=_Sharing,
        graceful_timeout=GRACE,
        keepalive=75,
        worker_tmp_dir="/dev/shm",  # noqa: S108 - memory, so that a slow disk stalls no heartbeat
        control_socket_disable=True,
    ).run()


def serve_live(start: Callable[[], Runtime], address: str) -> None:
    """Hold live pages' connections on `address`: one process, a greenlet for each."""
    # Each connection is an open file, of which a process may have few until it asks for more.
    _soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # What is loaded by now, the arbiter and the process that it forks share for as long as neither writes to it.
    spare_what_stays()
    _Server(
        lambda: _make_live_app(start),
        bind=address,
        workers=1,
        worker_class="gevent",
        worker_connections=5000,
        graceful_timeout=2,
        keepalive=75,
        worker_tmp_dir="/dev/shm",  # noqa: S108
        control_socket_disable=True,
    ).run()


def _make_live_app(start: Callable[[], Runtime]) -> Flask:
    wait_anew()
    return create_live_app(start())
