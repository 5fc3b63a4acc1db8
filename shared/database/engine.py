"""Connections and transactions: one request, one message batch or one due job is one transaction."""

import importlib
import select
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.array import ListBinaryDumper
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, configure_mappers, mapped_column, sessionmaker

from shared.clock import new_id, utc_now
from shared.database.types import ExactSum, Instant, add_figures

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


#: How long SQLite's lock is waited for, in seconds.
LOCK_PATIENCE = 30
#: Seconds for which a pooled connection that worked, and whose server is silent, is taken to work still.
TRUSTED_FOR = 1.0


class KitBase(DeclarativeBase):
    """The kit's own tables, which every service's database has: outbox, inbox, history and the like."""

    metadata = MetaData(naming_convention=NAMING)


class Identified:
    """A row with a UUIDv7 and the instant it was made."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(Instant, default=utc_now)


class Edited(Identified):
    """A row that people edit. A flush checks `version`, so two writers can't overwrite each other unseen."""

    updated_at: Mapped[datetime] = mapped_column(Instant, default=utc_now, onupdate=utc_now)
    version: Mapped[int] = mapped_column(default=1)


class Database:
    """One service's database. Make it after fork; `dispose` before forking."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        # What models imply is worked out now, not in the middle of the first request.
        configure_mappers()
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(
                self.url, connect_args={"timeout": LOCK_PATIENCE}, pool_size=pool_size, max_overflow=20
            )
            _prepare_sqlite(self.engine)
        else:
            self.engine = create_engine(
                self.url,
                pool_size=pool_size,
                max_overflow=10,
                pool_timeout=10,
                connect_args={"connect_timeout": 5, "application_name": "saypro"},
            )
            _send_arrays_in_binary(self.engine)
            _ask_the_rested(self.engine)
        self._reading = sessionmaker(self.engine, expire_on_commit=False)
        self._writing = sessionmaker(self.engine.execution_options(write=True), expire_on_commit=False)

    def session(self, *, write: bool = True) -> Session:
        """A new session. On SQLite a writing one takes the write lock at once, a reading one never blocks."""
        return (self._writing if write else self._reading)()

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back by any exception."""
        with self.session(write=write) as session, session.begin():
            yield session

    def ping(self) -> None:
        """Raise `sqlalchemy.exc.OperationalError` if the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        self.engine.dispose()


def wait_anew() -> None:
    """Call this when gevent has patched the process: psycopg chooses how to wait when it is imported, and what it
    chose before stops all greenlets.
    """
    importlib.reload(psycopg.waiting)


def _send_arrays_in_binary(engine: Engine) -> None:
    """As text, psycopg escapes every quote of every element with a regular expression: for JSON that is 30 times the
    work.
    """

    @event.listens_for(engine, "connect")
    def choose(connection: Any, _record: Any) -> None:
        connection.adapters.register_dumper(list, ListBinaryDumper)


def _ask_the_rested(engine: Engine) -> None:
    """Before a connection is used, ask whether it still works if it has rested or if the server has said something,
    such as good-bye; if it doesn't, all are made anew.

    SQLAlchemy's own `pool_pre_ping` asks every time, which under load is one round trip in five.
    """

    @event.listens_for(engine, "connect")
    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info["rests_since"] < TRUSTED_FOR and _is_silent(connection):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _is_silent(connection: Any) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own BEGIN is deferred and would let two writers deadlock; ours comes from "begin" below.
        connection.isolation_level = None
        connection.create_aggregate("exact_sum", 1, ExactSum)  # type: ignore[arg-type]
        connection.create_function("exact_add", 2, add_figures, deterministic=True)
        for pragma in (f"busy_timeout={LOCK_PATIENCE * 1000}", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        _use_write_ahead_log(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """A new database's first switch takes a lock that SQLite doesn't wait for, so several openers try in turn."""
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
