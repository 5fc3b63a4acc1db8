"""One AMQP connection on a thread of its own, made again whenever it is lost.

A pika connection belongs to one thread and must be made after fork; it neither reconnects nor gives up on
a broker that has blocked it unless told to.
"""

import functools
import threading
from collections.abc import Callable
from typing import Any, cast

import pika
import structlog
from pika.adapters.select_connection import SelectConnection

from shared.messaging.outage import backoff

log = structlog.get_logger(__name__)

HEARTBEAT = 20
#: A broker that is out of memory or disk blocks its publishers; after this long (seconds) we try another
#: connection.
BLOCKED_TIMEOUT = 300


class Link:
    """Calls `on_open(connection)` and `on_lost()` on its thread; every other use of the connection goes
    by `call`.
    """

    def __init__(
        self, url: str, name: str, on_open: Callable[[SelectConnection], None], on_lost: Callable[[], None]
    ) -> None:
        self._parameters = read_parameters(url, name)
        self._name = name
        self._on_open = on_open
        self._on_lost = on_lost
        self._connection: SelectConnection | None = None
        self._stopping = threading.Event()
        self._opened = False
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=f"amqp-{name}", daemon=True)

    def start(self) -> None:
        """Connect, and stay connected until `stop`."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Close the connection and end the thread."""
        self._stopping.set()
        self.call(self._close)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout)

    def call(self, function: Callable[..., object], *args: Any) -> None:
        """Run `function` on the link's thread soon; dropped if there is no connection then."""
        connection = self._connection
        if connection is not None:
            connection.ioloop.add_callback_threadsafe(functools.partial(function, *args))

    def fail(self, reason: str) -> None:
        """Give up this connection, and make another after a pause. On the link's thread."""
        if self._stopping.is_set():
            return
        log.warning("amqp_failed", link=self._name, reason=reason)
        self._opened = False
        self._close()

    def _close(self) -> None:
        connection = self._connection
        if connection is None:
            return
        if connection.is_open:
            connection.close()
        elif not connection.is_closing:
            connection.ioloop.stop()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._connection = SelectConnection(
                    self._parameters,
                    on_open_callback=self._opened_now,
                    on_open_error_callback=self._failed_to_open,
                    on_close_callback=self._closed,
                )
                self._connection.ioloop.start()
            except Exception as error:  # Whatever pika raises here, the answer is a new connection.
                log.warning("amqp_error", link=self._name, error=repr(error))
            finally:
                self._connection = None
                self._on_lost()
            self._failures = 1 if self._opened else self._failures + 1
            self._opened = False
            self._stopping.wait(backoff(self._failures, first=0.2, most=10))

    def _opened_now(self, connection: SelectConnection) -> None:
        self._opened = True
        log.info("amqp_connected", link=self._name)
        self._on_open(connection)

    def _failed_to_open(self, connection: SelectConnection, error: object) -> None:
        log.warning("amqp_unreachable", link=self._name, error=str(error) or repr(error))
        connection.ioloop.stop()

    def _closed(self, connection: SelectConnection, error: object) -> None:
        if not self._stopping.is_set():
            log.warning("amqp_lost", link=self._name, error=str(error))
        connection.ioloop.stop()


def read_parameters(url: str, name: str) -> pika.ConnectionParameters:
    """Connection parameters from an AMQP URL, whose own query parameters win; `name` shows in the
    broker's list.
    """
    parameters = pika.URLParameters(url)
    if "heartbeat=" not in url:
        parameters.heartbeat = HEARTBEAT
    if "blocked_connection_timeout=" not in url:
        parameters.blocked_connection_timeout = BLOCKED_TIMEOUT
    parameters.client_properties = {"connection_name": name}
    return cast(pika.ConnectionParameters, parameters)
