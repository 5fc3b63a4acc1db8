"""One of many: a lock that one process holds for as long as it lives, to be the one that does something."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, TextClause, text

from shared.database.engine import Database

_LOCK_SPACE = 0x5A18
_ROLES = {"relay": 1}
#: How often someone who stands by tries again, in seconds.
_STAND_BY = 0.5


@contextmanager
def lead(
    database: Database, role: str, stopping: threading.Event, still_waiting: Callable[[], None]
) -> Iterator[Connection | None]:
    """Wait for the lock, then yield a connection that holds it; None when `stopping` is set first.

    On PostgreSQL the lock is the connection's own: whoever loses the connection has lost the lock, and
    finds out with the next statement. On SQLite it is a lock on a file beside the database, gone with the
    process.
    """
    if database.is_sqlite:
        with _lead_by_file(database, role, stopping, still_waiting) as connection:
            yield connection
        return
    with database.engine.connect() as connection:
        # The relay's statements don't depend on each other; each by itself a transaction saves two round trips.
        connection.execution_options(isolation_level="AUTOCOMMIT")
        # Out of the pool: closing it is what gives the lock back.
        connection.detach()
        # Deleting a published row twice does no harm, so no commit here waits for the disk.
        connection.execute(text("SET synchronous_commit = off"))
        connection.commit()
        statement = text("SELECT pg_try_advisory_lock(:space, :role)")
        while not _ask(connection, statement, role):
            still_waiting()
            if stopping.wait(_STAND_BY):
                yield None
                return
        yield connection


def _ask(connection: Connection, statement: TextClause, role: str) -> bool:
    with connection.begin():
        return bool(connection.scalar(statement, {"space": _LOCK_SPACE, "role": _ROLES[role]}))


@contextmanager
def _lead_by_file(
    database: Database, role: str, stopping: threading.Event, still_waiting: Callable[[], None]
) -> Iterator[Connection | None]:
    with Path(f"{database.url.database}.{role}-lock").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                still_waiting()
                if stopping.wait(_STAND_BY):
                    yield None
                    return
        with database.engine.connect() as connection:
            yield connection
