"""The one-process size, killed with -9 while the main job runs and started again on the same files."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import requests

from shared.database.engine import Database
from tests.resilience.installation import SERVICES, recount_campaign, run_command
from tests.resilience.job import Job
from tests.resilience.processes import ROOT, Process
from tests.resilience.servers import find_free_port
from tests.resilience.waiting import wait_until

COMMAND = ("-c", "from deploy.standalone.command import main; main()")


class OneProcess:
    """`saypro up` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = find_free_port()
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SAYPRO_DATA": str(folder / "data"),
            "PORT": str(self._port),
        }
        self.process = Process("saypro", [*COMMAND, "up", "--no-demo"], self._environment, folder / "saypro.log")
        self.token = ""

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process.start()
        self.wait_until_ready()
        self.token = run_command([*COMMAND, "token", "--role", "coordinator"], self._environment).strip()

    def wait_until_ready(self) -> None:
        """Wait until every service says that it can answer."""
        wait_until(lambda: all(self._is_ready(each) for each in SERVICES), 90, self.process.tail)

    def address(self, path: str) -> str:
        """The URL of a path."""
        return f"http://127.0.0.1:{self._port}{path}"

    def find_leftovers(self) -> dict[str, int]:
        """What is still under way or was set aside; empty when all is done."""
        found = {}
        for service in SERVICES:
            with self._open(service).engine.connect() as connection:
                for table in ("outbox", "parked"):
                    found[f"{service}.{table}"] = connection.exec_driver_sql(
                        f"SELECT count(*) FROM {table}"
                    ).scalar_one()
        return {place: number for place, number in found.items() if number}

    def recount(self, campaign_id: UUID) -> list[object]:
        """Where the kept sums of the campaign's KPIs differ from their ledger."""
        return recount_campaign(self._open("metrics"), campaign_id)

    def _open(self, service: str) -> Database:
        return Database(f"sqlite:///{self._folder / 'data' / service}.db")

    def _is_ready(self, service: str) -> bool:
        try:
            return requests.get(self.address(f"/{service}/readyz"), timeout=5).status_code == 200
        except requests.RequestException:
            return False


@pytest.fixture(scope="module")
def saypro(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneProcess]:
    running = OneProcess(tmp_path_factory.mktemp("one-process"))
    running.start()
    yield running
    running.process.stop(9)


@pytest.fixture(autouse=True)
def log(saypro: OneProcess) -> Iterator[None]:
    yield
    print(saypro.process.tail())


def test_killing_it_leaves_the_same_totals(saypro: OneProcess) -> None:
    job = Job(saypro, seed=1)
    job.run(during=saypro.process.kill)
    job.check()


@pytest.mark.parametrize(
    "point", ["outbox.after_commit", "relay.after_publish", "consumer.before_commit", "consumer.after_commit"]
)
def test_killing_it_at_a_named_point_leaves_the_same_totals(saypro: OneProcess, point: str) -> None:
    job = Job(saypro, seed=len(point))
    # Past what the four services do by themselves when they start.
    job.run(during=lambda: saypro.process.arm([f"{point}:20"]))
    wait_until(lambda: saypro.process.died_at(point), 60, saypro.process.tail)
    job.check()


def test_asking_it_to_stop_loses_nothing(saypro: OneProcess) -> None:
    job = Job(saypro, seed=2)
    codes = []

    def restart() -> None:
        codes.append(saypro.process.stop())
        saypro.process.start()

    job.run(during=restart)
    assert codes == [0]
    job.check()
