"""Telling other threads and processes that something changed, once it is committed.

A NOTIFY inside the transaction would hold a database-wide lock until the commit is on disk, which undoes
group commit. So each process has one *bell* per database: a thread that sends, on its own connection and
outside of any transaction, what has been announced since it last rang. A bell can be missed (a process
dies between its commit and the ring), so everyone who listens also looks by itself now and then.

Within one process and on SQLite the bell reaches listeners directly.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

import psycopg
import structlog
from sqlalchemy import URL
from sqlalchemy.orm import Session

from shared.database.engine import Database
from shared.messaging.pending import add_pending, after_outer_commit, pending_of

log = structlog.get_logger(__name__)

#: The topic of a service's own outbox.
OUTBOX = "outbox"
#: Yielded after a listener lost its connection: anything may have been announced meanwhile.
MISSED = "\x00missed"

CHANNEL = "saypro_wake"
#: Between two rings, in seconds: bounds how often a flood of commits notifies, and how long a listener
#: may wait.
PAUSE = 0.005
_RETRY = 1.0


class _Topic(str):
    __slots__ = ()


def announce(session: Session, topic: str) -> None:
    """When this transaction has committed, tell whoever listens for `topic`. Topics are of 1 to 200
    characters.
    """
    if not 1 <= len(topic) <= 200:
        raise ValueError(f"a topic is of 1 to 200 characters, not {len(topic)}")
    add_pending(session, _Topic(topic))


def _ring_bell(session: Session) -> None:
    topics = {str(item) for item in pending_of(session) if isinstance(item, _Topic)}
    if topics:
        _bell_of(session.get_bind().engine.url).ring(topics)


after_outer_commit(_ring_bell)


class Listener:
    """Hears topics announced on one database, from any process.

    Iterate it in a thread of its own, or call `wait`. After a lost connection it yields `MISSED`. A topic
    announced several times in a moment may be yielded once. With `topics`, only these (and `MISSED`) are
    yielded.
    """

    def __init__(
        self,
        database: Database,
        topics: frozenset[str] | None = None,
        notify: Callable[[], None] | None = None,
    ) -> None:
        self._topics = topics
        self._notify = notify
        self._heard: dict[str, None] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._url = database.url
        if database.is_sqlite:
            _bell_of(database.url).listeners.add(self)
        else:
            self._thread = threading.Thread(target=self._follow, name="wake-listener", daemon=True)
            self._thread.start()

    def wait(self, timeout: float | None = None) -> list[str]:
        """Topics heard since the last call; waits up to `timeout` seconds for one, and is empty if none
        came.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._heard or self._closed, timeout)
            heard, self._heard = list(self._heard), {}
        return heard

    def __iter__(self) -> Iterator[str]:
        while not self._closed:
            yield from self.wait()

    def close(self) -> None:
        """Stop listening; an iteration under way ends."""
        _bell_of(self._url).listeners.discard(self)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join(timeout=2)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def hear(self, topics: set[str]) -> None:
        """Called by the bell and by this listener's own connection."""
        wanted = topics if self._topics is None else topics & (self._topics | {MISSED})
        if wanted:
            with self._changed:
                self._heard.update(dict.fromkeys(sorted(wanted)))
                self._changed.notify_all()
            if self._notify:
                self._notify()

    def _follow(self) -> None:
        while not self._closed:
            try:
                with _connect(self._url) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    # Whatever was announced before LISTEN took effect went unheard.
                    self.hear({MISSED})
                    while not self._closed:
                        for notice in connection.notifies(timeout=0.5, stop_after=1):
                            self.hear({notice.payload})
            except psycopg.Error as error:
                log.warning("wake_listener_lost", error=str(error).strip())
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, _RETRY)


class _Bell:
    """Rings for one database in one process."""

    def __init__(self, url: URL) -> None:
        self.listeners: WeakSet[Listener] = WeakSet()
        self._url = url
        self._is_sqlite = url.get_backend_name() == "sqlite"
        self._topics: set[str] = set()
        self._lock = threading.Lock()
        self._rung = threading.Event()
        self._thread: threading.Thread | None = None

    def ring(self, topics: set[str]) -> None:
        """Tell listeners soon; never blocks and never fails."""
        if self._is_sqlite:
            for listener in list(self.listeners):
                listener.hear(topics)
            return
        with self._lock:
            self._topics |= topics
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_rings, name="wake-bell", daemon=True)
                self._thread.start()
        self._rung.set()

    def _send_rings(self) -> None:
        while True:
            try:
                with _connect(self._url) as connection:
                    while True:
                        self._rung.wait()
                        self._send_once(connection)
                        time.sleep(PAUSE)
            except psycopg.Error as error:
                # What was taken is lost, as it would be had this process died: listeners look by themselves.
                log.warning("wake_bell_lost", error=str(error).strip())
                time.sleep(_RETRY)

    def _send_once(self, connection: "psycopg.Connection[Any]") -> None:
        self._rung.clear()
        with self._lock:
            topics, self._topics = self._topics, set()
        if topics:
            statement = "SELECT pg_notify(%s, topic) FROM unnest(%s::text[]) AS topic"
            connection.execute(statement, (CHANNEL, sorted(topics)))


def _connect(url: URL) -> "psycopg.Connection[Any]":
    # A NOTIFY is a small commit of its own; nobody needs it to be on disk.
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(
        address,
        autocommit=True,
        connect_timeout=5,
        application_name="saypro wake",
        options="-c synchronous_commit=off",
    )


_bells: dict[URL, _Bell] = {}
_bells_lock = threading.Lock()


def _bell_of(url: URL) -> _Bell:
    with _bells_lock:
        return _bells.setdefault(url, _Bell(url))


def _forget_bells() -> None:
    # Threads and connections stay behind in the parent when a process forks.
    global _bells_lock  # noqa: PLW0603
    _bells_lock = threading.Lock()
    _bells.clear()


os.register_at_fork(after_in_child=_forget_bells)
