"""kill -9 of any one process while the main job runs, and of the servers beneath it: the totals stay the same."""

import random
import signal
import time

import pytest

from tests.resilience.installation import WEBS, WORKERS, Installation, in_parallel
from tests.resilience.job import Job
from tests.resilience.waiting import wait_until

pytestmark = pytest.mark.containers


@pytest.mark.parametrize("name", [*WORKERS, *WEBS])
def test_killing_a_process_leaves_the_same_totals(installation: Installation, job: Job, name: str) -> None:
    moment = random.Random(name).uniform(0, 0.3)
    process = installation.processes[name]
    before = len(process.deaths)

    def kill_somewhere() -> None:
        # Not a wait for anything: where in the work the process is hit is to differ.
        time.sleep(moment)
        process.kill()

    job.run(during=kill_somewhere)
    job.check()
    assert len(process.deaths) == before + 1


def test_killing_the_broker_leaves_the_same_totals(installation: Installation, job: Job) -> None:
    def restart() -> None:
        installation.broker.kill()
        installation.broker.start()

    job.run(deliveries=20, during=restart)
    assert all(set(each.answers) == {"202"} for each in job.partners), "intake does not need the broker"
    job.check()


def test_killing_the_database_leaves_the_same_totals(installation: Installation, job: Job) -> None:
    def restart() -> None:
        installation.postgres.kill()
        wait_until(lambda: any(each.answers["503"] for each in job.partners), 30)
        installation.postgres.start()

    job.run(during=restart)
    job.check()


def test_a_power_cut_leaves_the_same_totals(installation: Installation, job: Job) -> None:
    def cut() -> None:
        in_parallel(
            installation.broker.kill, installation.postgres.kill,
            *(each.kill for each in installation.processes.values()),
        )  # fmt: skip
        in_parallel(installation.broker.start, installation.postgres.start)

    job.run(during=cut)
    job.check()


@pytest.mark.parametrize("name", ["partners-web", "partners-worker", "metrics-worker", "notifications-worker"])
def test_a_process_that_is_asked_to_stop_finishes_what_it_has_begun(
    installation: Installation, job: Job, name: str
) -> None:
    process = installation.processes[name]
    codes = []

    def restart() -> None:
        codes.append(process.stop(signal.SIGTERM))
        process.start()

    job.run(during=restart)
    assert codes == [0]
    job.check()
