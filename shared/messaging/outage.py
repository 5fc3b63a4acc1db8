"""Telling a database that is down or busy from a message that cannot be handled.

The first is nobody's fault and passes: the same work is done again. The second is the message's, and
parks it.
"""

import random
import sqlite3
import traceback
from collections.abc import Iterator
from pathlib import Path

import psycopg
from sqlalchemy import exc

# SQLite calls nearly everything operational, down to a missing table; these codes are about the file.
_SQLITE_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
}
# These PostgreSQL calls operational too, but what the statement held is to blame.
_TO_BLAME = (psycopg.errors.ProgramLimitExceeded, psycopg.errors.QueryCanceled)


def is_outage(error: BaseException) -> bool:
    """Whether `error`, or what it was raised from, says that the database could not do its part just now."""
    return any(_is_outage(each) for each in _chain(error))


def backoff(attempt: int, *, first: float, most: float) -> float:
    """Seconds to wait after the `attempt`th failure (from 1): doubling, capped, and spread by half either
    way.
    """
    return float(min(most, first * 2.0 ** min(attempt - 1, 30)) * random.uniform(0.5, 1.5))  # noqa: S311


def locate_error(error: BaseException) -> str:
    """Where an error was raised: the innermost few frames, without any values."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, exc.TimeoutError):
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _SQLITE_CODES
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return not isinstance(cause, _TO_BLAME)
    return error.connection_invalidated


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
