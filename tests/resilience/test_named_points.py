"""kill -9 at every named point of the code (`shared.messaging.crash`), one after the other while the main job runs.

Each process has a plan: it starts told to die at the first point, the watcher starts it again told to die at the
next, and so on, so that every recovery is itself cut short at another place. A point is passed a few times before it
kills: an event that its process dies over again and again would rightly be taken for the culprit and parked. The
relay's points come one after the other and quickly after a start, so they are passed more often, and those of jobs,
which are passed at every start, come first.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from shared.messaging.crash import POINTS
from tests.resilience.installation import Installation
from tests.resilience.job import PACE, Job, make_item
from tests.resilience.processes import ROOT
from tests.resilience.waiting import wait_until

pytestmark = pytest.mark.containers

RECORDING = ("outbox.before_commit:3", "outbox.after_commit:3")
RELAYING = (
    "relay.before_publish:8", "relay.after_publish:8", "relay.after_confirm:8", "relay.before_delete:8",
    "relay.after_delete:8",
)  # fmt: skip
CONSUMING = ("consumer.before_commit:3", "consumer.after_commit:3", "consumer.after_ack:3")
DUE = ("job.before_commit", "job.after_commit")
RETRYING = ("retry.before_commit", "retry.after_commit")
PLANS = {
    "partners-web": RECORDING,
    "partners-worker": (*DUE, *CONSUMING, *RELAYING),
    "campaigns-web": RECORDING,
    "campaigns-worker": (*CONSUMING, *RELAYING),
    "metrics-worker": (*DUE, *CONSUMING, *RECORDING, *RELAYING),
    "notifications-worker": (*DUE, *CONSUMING),
}
SECONDS = 240.0


@dataclass
class Killed:
    """The run that everything here looks at, and the campaigns that were set up meanwhile."""

    installation: Installation
    job: Job
    titles: list[str]

    def died_at(self, process: str, point: str) -> bool:
        return self.installation.processes[process].died_at(point)


@pytest.fixture(scope="module")
def killed(installation: Installation) -> Iterator[Killed]:
    """Run the job until every process has died at all its points."""
    job = Job(installation, seed=7)
    _retry_under_fire(installation, job)
    processes = installation.processes
    for name, plan in PLANS.items():
        processes[name].arm(plan)
    deadline, titles = time.monotonic() + SECONDS, []

    def goes_on() -> bool:
        return time.monotonic() < deadline and any(processes[name].is_armed for name in PLANS)

    def set_up_campaigns() -> None:
        while goes_on():
            titles.append(job.set_up_another())
            time.sleep(PACE)

    job.run_while(goes_on, beside=set_up_campaigns)
    for name in PLANS:
        processes[name].disarm()
    yield Killed(installation, job, titles)


def _retry_under_fire(installation: Installation, job: Job) -> None:
    """A delivery that metrics must put off, since its sender joins the campaign only then, is tried again."""
    worker = installation.processes["metrics-worker"]
    worker.arm(RETRYING)
    early = job.join()
    job.deliver(early, [make_item("waste", "12.5", "early")])
    wait_until(lambda: installation.find_leftovers().get("metrics.parked"), 30, worker.tail)
    job.admit(early)
    wait_until(lambda: not worker.is_armed, 90, worker.tail)


KILLS = [(name, point.partition(":")[0]) for name, plan in PLANS.items() for point in plan]


@pytest.mark.parametrize(("process", "point"), [*KILLS, *(("metrics-worker", each) for each in RETRYING)])
def test_the_process_was_killed_there(killed: Killed, process: str, point: str) -> None:
    assert killed.died_at(process, point)


def test_totals_verdicts_and_mails_are_those_of_an_undisturbed_run(killed: Killed) -> None:
    killed.job.check()


def test_what_was_asked_for_once_was_done_once(killed: Killed) -> None:
    assert len(killed.titles) > 0
    assert [title for title in killed.titles if killed.job.count_campaigns(title) != 1] == []


def test_every_point_in_the_code_has_its_kill() -> None:
    planned = {point.partition(":")[0] for plan in (*PLANS.values(), RETRYING) for point in plan}
    sources = [path for folder in ("shared", "services", "deploy") for path in (ROOT / folder).rglob("*.py")]
    called = {name for path in sources for name in re.findall(r'crash_point\("([^"]+)"\)', path.read_text())}
    assert planned == POINTS == called
