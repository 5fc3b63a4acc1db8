"""Processes die at the worst moments; the next one finishes the work, once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.messaging.crash import POINTS
from shared.messaging.tables import ParkedState
from tests.conformance.site import Ears, Site, ThingHappened, wait_until
from tests.conformance.victim import COUNT

# Each bus with the database it is used with: every case starts processes, which takes a while.
pytestmark = pytest.mark.parametrize(
    "site",
    ["in_process-sqlite", pytest.param("rabbitmq-postgresql", marks=pytest.mark.containers)],
    indirect=True,
)
IN_WORKER = sorted(point for point in POINTS if point.split(".")[0] in {"outbox", "relay", "consumer"})


def run_victim(site: Site, **environment: str) -> int:
    """Run a process until it ends or is killed; returns how, as `Popen.returncode` does."""
    command = [sys.executable, "-m", "tests.conformance.victim"]
    finished = subprocess.run(
        [*command, site.sender.url, site.hearer.url, site.amqp_url or ""],
        env=os.environ | {"PYTHONPATH": str(Path.cwd())} | environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode in {0, -signal.SIGKILL}, finished.stdout + finished.stderr
    return finished.returncode


def declare_queue(site: Site) -> None:
    """So that the first publish has somewhere to go."""
    hearer = site.hearer.work(Ears().subscriptions())
    site.wait_for_queue()
    hearer.stop()


@pytest.mark.parametrize("passing", [1, 2])
@pytest.mark.parametrize("point", IN_WORKER)
def test_a_process_killed_at_any_point_loses_nothing_and_does_nothing_twice(
    site: Site, point: str, passing: int
) -> None:
    declare_queue(site)
    ended = run_victim(site, WRITE="1", SAYPRO_CRASH_AT=f"{point}:{passing}")
    # All may be done in one go, so that the point is not passed again.
    assert ended == -signal.SIGKILL or passing == 2
    # A transaction and its events exist together or not at all.
    begin_at = len(site.sender.heard())
    assert run_victim(site, WRITE="1", BEGIN_AT=str(begin_at), EXPECTED=str(COUNT)) == 0
    assert site.hearer.numbers("a") == list(range(1, COUNT, 2))
    assert site.hearer.numbers("b") == list(range(0, COUNT, 2))
    assert site.hearer.parked() == []


def test_a_message_that_kills_the_process_is_parked_alone(site: Site) -> None:
    declare_queue(site)
    site.sender.record(*[ThingHappened(f"thing-{n}", n, "kill" if n == 3 else "") for n in range(10)])
    deaths = 0
    while run_victim(site, EXPECTED="9") == -signal.SIGKILL:
        deaths += 1
        assert deaths < 6
    # Thrice alone; on a broker first once among its neighbours, for it has not been delivered before.
    assert deaths == (4 if site.transport == "rabbitmq" else 3)
    assert sorted(site.hearer.numbers()) == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert [(each.subject, each.state) for each in site.hearer.parked()] == [("thing-3", ParkedState.PARKED)]
    assert "died" in site.hearer.parked()[0].error


def test_a_parked_event_that_kills_the_process_when_retried_is_given_up(site: Site) -> None:
    fail = Ears(lambda _session, _event: 1 / 0)
    site.start(fail)
    site.sender.record(ThingHappened("a", 1, "kill"), ThingHappened("b", 2))
    wait_until(lambda: len(site.hearer.parked()) == 2)
    for worker in site.workers:
        worker.stop(3)
    deaths = 0
    site.hearer.make_due()
    while run_victim(site, EXPECTED="1") == -signal.SIGKILL:
        deaths += 1
        site.hearer.make_due()
        assert deaths < 6
    assert site.hearer.numbers() == [2]
    site.hearer.work(Ears().subscriptions())
    wait_until(lambda: [each.state for each in site.hearer.parked()] == [ParkedState.PARKED])
