"""Transactions on both databases: nobody deadlocks, nobody waits who only reads."""

import threading
import time

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from shared.clock import new_id
from shared.database.engine import Database
from shared.testing.example.app import Entry, add_entry

PATIENCE = 10.0  # seconds


@pytest.fixture
def entry_id(database):
    with database.transaction() as session:
        return add_entry(session, new_id(), "0").id


def run_together(*work):
    """Run each in a thread of its own; the exceptions that came of it."""
    failures = []

    def run(each):
        try:
            each()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a transaction waits for ever"
    return failures


def test_a_transaction_is_kept_whole_or_not_at_all(database):
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        add_entry(session, new_id(), "half done")
        raise ZeroDivisionError
    with database.transaction() as session:
        add_entry(session, new_id(), "done")
    with database.transaction(write=False) as session:
        assert session.scalars(select(Entry.name)).all() == ["done"]


def test_writers_that_read_first_do_not_deadlock_and_none_is_lost(database, entry_id):
    """With SQLite's own deferred BEGIN, two that read and then write end as "database is locked"."""

    def count_up():
        for _ in range(10):
            with database.transaction() as session:
                found = session.scalars(select(Entry).where(Entry.id == entry_id).with_for_update()).one()
                found.name = str(int(found.name) + 1)

    assert run_together(*[count_up] * 4) == []
    with database.transaction(write=False) as session:
        assert session.get_one(Entry, entry_id).name == "40"


def test_the_optimistic_lock_lets_one_of_two_writers_win(database, entry_id):
    """PostgreSQL; on SQLite they come one after the other, each seeing what the one before did."""
    meeting = threading.Barrier(2)

    def rename():
        with database.transaction() as session:
            found = session.get_one(Entry, entry_id)
            if not database.is_sqlite:
                meeting.wait(PATIENCE)
            found.name = f"by {threading.get_ident()}"

    failures = run_together(rename, rename)
    if database.is_sqlite:
        assert failures == []
    else:
        assert [type(failure) for failure in failures] == [StaleDataError]


def test_a_reader_is_not_held_up_by_a_writer_and_sees_one_state(database, entry_id):
    with database.transaction() as writing:
        writing.get_one(Entry, entry_id).name = "not committed"
        writing.flush()
        began = time.monotonic()
        with database.transaction(write=False) as reading:
            assert reading.get_one(Entry, entry_id).name == "0"
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_writer_is_not_held_up_by_a_reader(database, entry_id, database_kind):
    with database.transaction(write=False) as reading:
        assert reading.get_one(Entry, entry_id).name == "0"
        with database.transaction() as writing:
            writing.get_one(Entry, entry_id).name = "1"
        reading.expire_all()
        # One snapshot for the whole of a reading transaction.
        assert reading.get_one(Entry, entry_id).name == "0"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_reading_session_takes_no_write_lock_and_a_writing_one_does_at_once(database, database_kind):
    with database.transaction() as first:
        first.execute(text("SELECT 1"))
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            with pytest.raises(OperationalError, match="locked"):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.exec_driver_sql("PRAGMA busy_timeout=30000")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_sqlite_checks_references_and_survives_in_wal_mode(database, database_kind):
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_database_that_does_not_answer_is_said_so_quickly():
    began = time.monotonic()
    with pytest.raises(OperationalError):
        Database("postgresql+psycopg://nobody@127.0.0.1:1/none").ping()
    assert time.monotonic() - began < 6


def test_a_new_sqlite_database_makes_its_folder(tmp_path):
    Database(f"sqlite:///{tmp_path}/a/b/c.db").ping()
    assert (tmp_path / "a/b/c.db").exists()
