"""Due jobs, waking, and what happens when PostgreSQL drops its connections."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from shared.messaging.jobs import DueJob, JobRunner
from shared.messaging.wake import MISSED, OUTBOX, Listener, announce
from shared.messaging.worker import is_beating
from tests.conformance.site import NOON, Ears, Heard, Site, ThingHappened, wait_until


def write_down(number: int) -> Any:
    def run(session: Any, _now: datetime) -> None:
        session.add(Heard(event_id="", type="", subject="", n=number, call=0, traceparent=None))

    return run


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_due_job_runs_once_among_several_workers_and_again_when_due(site: Site) -> None:
    clock = Clock()
    job = DueJob("test.remind", timedelta(hours=1), write_down(1))
    runners = [JobRunner("hearer", site.hearer.database, [job], clock=clock) for _ in range(3)]
    for runner in runners:
        runner.run_due()
    assert site.hearer.numbers() == [1]
    clock.now += timedelta(minutes=59)
    JobRunner("hearer", site.hearer.database, [job], clock=clock).run_due()
    assert site.hearer.numbers() == [1]
    clock.now += timedelta(minutes=1)
    JobRunner("hearer", site.hearer.database, [job], clock=clock).run_due()
    assert site.hearer.numbers() == [1, 1]


def test_a_job_that_fails_is_undone_and_stays_due(site: Site) -> None:
    def fail(session: Any, now: datetime) -> None:
        write_down(1)(session, now)
        raise RuntimeError("broken")

    JobRunner("hearer", site.hearer.database, [DueJob("test.remind", timedelta(hours=1), fail)]).run_due()
    assert site.hearer.numbers() == []
    good = DueJob("test.remind", timedelta(hours=1), write_down(2))
    JobRunner("hearer", site.hearer.database, [good]).run_due()
    assert site.hearer.numbers() == [2]


def test_a_job_with_more_to_do_goes_on_in_new_transactions(site: Site) -> None:
    def take_one(session: Any, now: datetime) -> bool:
        write_down(1)(session, now)
        session.flush()
        return session.query(Heard).count() < 3

    JobRunner("hearer", site.hearer.database, [DueJob("test.drain", timedelta(hours=1), take_one)]).run_due()
    assert site.hearer.numbers() == [1, 1, 1]


def test_two_jobs_cannot_share_a_name(site: Site) -> None:
    job = DueJob("test.same", timedelta(hours=1), write_down(1))
    with pytest.raises(ValueError, match="same name"):
        JobRunner("hearer", site.hearer.database, [job, job])


def test_a_topic_is_heard_after_the_commit_and_never_without_one(site: Site) -> None:
    with Listener(site.hearer.database) as listener:
        if "postgresql" in site.kind:
            wait_until(lambda: listener.wait(0.1) == [MISSED])
        with pytest.raises(KeyError), site.hearer.database.transaction() as session:
            announce(session, "undone")
            raise KeyError
        with site.hearer.database.transaction() as session:
            announce(session, "dashboard:1")
            assert listener.wait(0.05) == []
        assert listener.wait(5) == ["dashboard:1"]


def test_a_listener_hears_only_its_topics(site: Site) -> None:
    with Listener(site.hearer.database, frozenset({OUTBOX})) as listener:
        if "postgresql" in site.kind:
            wait_until(lambda: listener.wait(0.1) == [MISSED])
        with site.hearer.database.transaction() as session:
            announce(session, "dashboard:1")
        site.hearer.record(ThingHappened("a", 1))
        assert listener.wait(5) == [OUTBOX]


def test_workers_survive_their_database_dropping_every_connection(site: Site) -> None:
    if "postgresql" not in site.kind:
        pytest.skip("SQLite has no connections to drop")
    site.start(Ears(), batch=True)
    with Listener(site.sender.database) as listener:
        wait_until(lambda: listener.wait(0.1) == [MISSED])
        for start in range(0, 300, 100):
            site.sender.record(*[ThingHappened("a", n) for n in range(start, start + 100)])
            for service in site.services:
                drop_connections(service.database)
        # The test reads over connections of the same pool: it is the first to meet one that was dropped a moment ago.
        for service in site.services:
            service.database.engine.dispose()
        wait_until(lambda: site.hearer.numbers() == list(range(300)), 20)
        wait_until(lambda: MISSED in listener.wait(0.1))
    assert site.hearer.parked() == []


def drop_connections(database: Any) -> None:
    with database.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


COOPERATIVE = """
from gevent import monkey
monkey.patch_all()
import sys, time, gevent
from shared.database.engine import Database
from shared.messaging.wake import MISSED, Listener, announce
database, ticks = Database(sys.argv[1]), []
def tick():
    while True:
        ticks.append(time.monotonic())
        gevent.sleep(0.01)
gevent.spawn(tick)
with Listener(database) as listener:
    if not database.is_sqlite:
        assert listener.wait(10) == [MISSED]
    began = time.monotonic()
    assert listener.wait(0.5) == []
    with database.transaction() as session:
        announce(session, "dashboard:1")
    assert listener.wait(5) == ["dashboard:1"]
during = [each for each in ticks if each > began]
assert max(b - a for a, b in zip(during, during[1:])) < 0.4, "waiting held up everybody else"
"""


def test_listening_holds_up_no_other_greenlet(site: Site) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", COOPERATIVE, site.hearer.url],
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def test_a_heartbeat_is_fresh_or_it_is_none(tmp_path: Path) -> None:
    heartbeat = tmp_path / "heartbeat"
    assert not is_beating(heartbeat)
    heartbeat.touch()
    assert is_beating(heartbeat)
    assert not is_beating(heartbeat, most=-1.0)


def test_a_topic_has_a_bounded_length(site: Site) -> None:
    with site.hearer.database.transaction() as session, pytest.raises(ValueError, match="characters"):
        announce(session, "x" * 201)
