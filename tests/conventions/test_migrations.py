"""Migrations make what the models say, can be taken back, and are safe to run by several at once."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, MetaData, String, Table, inspect, select

from deploy.standalone.command import SERVICES
from shared.clock import new_id, utc_now
from shared.database.engine import Database, KitBase
from shared.database.history import HistoryHead, note, verify_chain
from shared.database.migrate import configure, is_made_on, migrate, pending_migrations
from shared.service import Service
from shared.testing.people import make_identity

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def empty(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    url = f"sqlite:///{tmp_path}/empty.db"
    database = Database(request.getfixturevalue("fresh_postgres_url") if database_kind == "postgresql" else url)
    yield database
    database.dispose()


def find_differences(database: Database, *models: MetaData) -> list[Any]:
    """What Alembic would change to take the database to the models."""
    with database.engine.connect() as connection:
        dialect = connection.dialect.name
        options = {
            "compare_type": True,
            "compare_server_default": True,
            "include_object": lambda item, _name, _kind, reflected, _other: reflected or is_made_on(dialect, item),
        }
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, list(models))  # type: ignore[arg-type]


def list_tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_a_migrated_database_is_what_the_models_say(service: Service, empty: Database) -> None:
    assert len(migrate(empty, service.migrations)) == 2, "the kit's head and the service's"
    assert find_differences(empty, KitBase.metadata, service.metadata) == []
    assert list_tables(empty) == {*KitBase.metadata.tables, *service.metadata.tables}
    assert migrate(empty, service.migrations) == []
    assert pending_migrations(empty, service.migrations) == []


def test_a_seeded_difference_is_found(service: Service, empty: Database) -> None:
    migrate(empty, service.migrations)
    seeded = MetaData()
    for table in service.metadata.tables.values():
        table.to_metadata(seeded)
    next(iter(seeded.tables.values())).append_column(Column("seeded", String()))
    Table("seeded_table", seeded, Column("id", String(), primary_key=True))
    kinds = {difference[0] for difference in find_differences(empty, KitBase.metadata, seeded)}
    assert kinds == {"add_column", "add_table"}


def test_migrations_can_be_taken_back_and_run_again(service: Service, empty: Database) -> None:
    migrate(empty, service.migrations)
    command.downgrade(configure(empty, service.migrations), "base")
    assert list_tables(empty) == set()
    assert len(pending_migrations(empty, service.migrations)) == 2
    migrate(empty, service.migrations)
    assert find_differences(empty, KitBase.metadata, service.metadata) == []


def test_several_threads_may_migrate_at_once(service: Service, empty: Database) -> None:
    failures, start = [], threading.Barrier(3)

    def run() -> None:
        try:
            start.wait(timeout=10)
            migrate(empty, service.migrations)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert_whole(service, empty)


@pytest.mark.parametrize("service", SERVICES[:1], ids=lambda service: service.name)
def test_several_processes_may_migrate_at_once(service: Service, empty: Database) -> None:
    """As containers of one service that start together."""
    script = """
import sys
from pathlib import Path
from shared.database.engine import Database
from shared.database.migrate import migrate
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.read(1)
migrate(database, Path(sys.argv[2]))
"""
    command_line = [
        sys.executable, "-c", script, empty.url.render_as_string(hide_password=False), str(service.migrations)
    ]  # fmt: skip
    running = [
        subprocess.Popen(command_line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for process in running:
        assert process.stdout and process.stdout.readline() == b"ready\n"
    # Let go only once all have started, so that they meet.
    answers = []
    for process in running:
        assert process.stdin
        process.stdin.write(b"x")
        process.stdin.flush()
    for process in running:
        _, errors = process.communicate(timeout=60)
        answers.append((process.returncode, errors.decode()))
    assert [code for code, _ in answers] == [0, 0, 0], answers
    assert_whole(service, empty)


def assert_whole(service: Service, empty: Database) -> None:
    assert pending_migrations(empty, service.migrations) == []
    with empty.transaction() as session:
        assert len(session.scalars(select(HistoryHead)).all()) == 1
        note(session, make_identity(), "migrated", new_id(), at=utc_now())
        assert verify_chain(session) is None


def test_every_revision_says_what_it_does_and_can_be_taken_back(service: Service) -> None:
    for path in [*service.migrations.glob("*.py"), *(ROOT / "shared/migrations/versions").glob("*.py")]:
        text = path.read_text()
        assert text.startswith('"""'), f"{path} does not say what it does"
        assert "def downgrade() -> None:" in text, f"{path} can't be taken back"
        assert "    pass\n" not in text, f"{path} leaves a step empty"
