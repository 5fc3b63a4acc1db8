"""A service on a fresh database: every test that asks for one runs on SQLite and on PostgreSQL.

A service's conftest.py provides `service` (and `service_settings` where it needs more than the kit does).
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from shared.clock import new_id, utc_now
from shared.database.access import replace_keys
from shared.database.engine import Database, KitBase
from shared.database.migrate import migrate
from shared.messaging.envelope import Envelope
from shared.messaging.events import encode_value
from shared.messaging.tables import OutboxEntry
from shared.service import Runtime, Service
from shared.testing.people import SIGNING_KEY

_migrated: dict[tuple[str, str], Any] = {}


@pytest.fixture
def service_settings() -> dict[str, Any]:
    """What a service's settings need beyond the kit's; overridden in its conftest.py."""
    return {}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.containers)])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest,
    database_kind: str,
    service: Service,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The address of an empty, migrated database of `service`."""
    if database_kind == "sqlite":
        key = (service.name, "sqlite")
        if key not in _migrated:
            template = tmp_path_factory.mktemp("databases") / f"{service.name}.db"
            _migrate_new(f"sqlite:///{template}", service)
            _migrated[key] = template
        copy = tmp_path / f"{service.name}.db"
        shutil.copy(_migrated[key], copy)
        yield f"sqlite:///{copy}"
        return
    key = (service.name, "postgresql")
    if key not in _migrated:
        _migrated[key] = _create_postgres_database(request.getfixturevalue("postgres_url"), service)
    yield _migrated[key]
    _empty(_migrated[key], service)


@pytest.fixture
def runtime(service: Service, database_url: str, service_settings: dict[str, Any], tmp_path: Path) -> Iterator[Runtime]:
    """The service, as a process would have it, with a signing key that `sign_in` uses."""
    settings = service.settings.from_environment(
        database_url=database_url,
        secret_key="not a secret, only a test's key 0123456789",
        files=str(tmp_path / "files"),
        **service_settings,
    )
    running = Runtime.start(service, settings)
    with running.database.transaction() as session:
        replace_keys(session, [SIGNING_KEY.as_dict(private=False)])
    yield running
    running.database.dispose()


@pytest.fixture
def database(runtime: Runtime) -> Database:
    return runtime.database


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session whose transaction is committed when the test ends; commit earlier to show others what it did."""
    with database.session() as opened:
        yield opened
        opened.commit()


@pytest.fixture
def now() -> datetime:
    return utc_now()


@dataclass
class Bus:
    """The service's side of the bus, without one: what it published, and events as its subscriptions hear them."""

    runtime: Runtime

    def published(self, type: str | None = None) -> list[Envelope]:
        """The events in the outbox, in order; `type` is a full type or the fact's name such as `campaign_created`."""
        with self.runtime.database.transaction(write=False) as session:
            rows = session.scalars(select(OutboxEntry.envelope).order_by(OutboxEntry.seq)).all()
        found = [Envelope.from_json(row) for row in rows]
        return [each for each in found if type is None or type in (each.type, each.type.split(".")[2])]

    def hear(self, type: str, data: dict[str, Any], *, subject: str = "", time: datetime | None = None) -> None:
        """Run this service's handlers of `type` on `data`, in a transaction of their own, as the consumer would."""
        heard = [each for each in self.runtime.service.subscriptions if each.type == type]
        assert heard, f"{self.runtime.service.name} does not listen for {type}"
        source = "/" + type.split(".")[1]
        with self.runtime.database.transaction() as session:
            for subscription in heard:
                # Through JSON and back, as on a real bus.
                envelope = Envelope(new_id(), type, source, subject or "test", time or utc_now(), encode_value(data))
                event = subscription.read(Envelope.from_json(envelope.to_json()))
                subscription.handler(session, [event] if subscription.batch else event)


@pytest.fixture
def bus(runtime: Runtime) -> Bus:
    return Bus(runtime)


def _migrate_new(url: str, service: Service) -> None:
    database = Database(url)
    migrate(database, service.migrations)
    database.dispose()


def _create_postgres_database(server: str, service: Service) -> str:
    name = f"{service.name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = engine.url.set(database=name).render_as_string(hide_password=False)
    engine.dispose()
    _migrate_new(url, service)
    return url


def _empty(url: str, service: Service) -> None:
    tables = [*KitBase.metadata.tables, *service.metadata.tables]
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE " + ", ".join(f'"{name}"' for name in tables) + " RESTART IDENTITY CASCADE"))
        connection.execute(text("INSERT INTO history_head (id, number, hash) VALUES (1, 0, '')"))
    engine.dispose()
