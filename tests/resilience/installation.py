"""A whole installation as real processes: web and worker of every service, PostgreSQL and RabbitMQ.

Once the databases are migrated, nothing waits for anything else: all start at once, and what dies is started again.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
from cryptography.fernet import Fernet

from services.metrics.indicators.queries import list_all_ids
from services.metrics.measurements.service.recount import recount_kpi
from shared.clock import utc_now
from shared.database.engine import Database
from tests.resilience.processes import ROOT, Process
from tests.resilience.servers import Broker, Postgres, find_free_port
from tests.resilience.waiting import wait_until

SERVICES = ("partners", "campaigns", "metrics", "notifications")
WEBS = tuple(f"{service}-web" for service in SERVICES)
WORKERS = tuple(f"{service}-worker" for service in SERVICES)


class Installation:
    """The four services over PostgreSQL and RabbitMQ; `processes` by name, such as `metrics-worker`."""

    def __init__(self, folder: Path, postgres: Postgres, broker: Broker) -> None:
        self.postgres = postgres
        self.broker = broker
        self._folder = folder
        self._ports = {service: find_free_port() for service in SERVICES}
        self._worker_ports = {service: find_free_port() for service in SERVICES}
        self._secrets = {service: secrets.token_urlsafe(48) for service in SERVICES}
        self._encryption_key = Fernet.generate_key().decode()
        self.processes = {
            name: Process(
                name,
                ["-m", f"services.{name.partition('-')[0]}", name.partition("-")[2]],
                self._environment(name.partition("-")[0], name),
                folder / f"{name}.log",
                has_arbiter=name in WEBS,
            )
            for name in (*WEBS, *WORKERS)
        }
        self.token = ""

    def start(self) -> None:
        """Make the databases, migrate, start everything at once and wait until it is ready."""
        self.postgres.wait()
        # Migrating declares the queues too.
        self.broker.wait()
        with self.postgres.connect("postgres") as connection:
            for service in SERVICES:
                connection.execute(f"CREATE DATABASE {service}")
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda service: self.run(service, "migrate"), SERVICES))
        for process in self.processes.values():
            process.start()
        self.wait_until_ready()
        self.token = self.run("partners", "token", "--role", "coordinator").strip()

    def stop(self) -> None:
        """End every process at once."""
        with ThreadPoolExecutor(len(self.processes)) as pool:
            list(pool.map(lambda process: process.stop(9), self.processes.values()))

    def run(self, service: str, *arguments: str) -> str:
        """What a command of the service prints; raises `RuntimeError` with all it said if it fails."""
        return run_command(["-m", f"services.{service}", *arguments], self._environment(service, "command"))

    def wait_until_ready(self, seconds: float = 90) -> None:
        """Wait until every web process says that it can answer."""
        for service in SERVICES:
            wait_until(lambda service=service: self._is_ready(service), seconds, lambda: str(dict(self.tails())))

    def address(self, path: str) -> str:
        """The URL of `path` (`/metrics/...`) at the process that answers it, as the gateway would choose."""
        return f"http://127.0.0.1:{self._ports[path.split('/')[1]]}{path}"

    @contextmanager
    def database(self, service: str) -> Iterator[Database]:
        """A service's database, to look into."""
        database = Database(self.postgres.url(service))
        try:
            yield database
        finally:
            database.dispose()

    def find_leftovers(self) -> dict[str, int]:
        """What is still under way or was set aside, by where it is; empty when all is done."""
        found = {}
        for service in SERVICES:
            with self.postgres.connect(service) as connection:
                for table, where in (("outbox", ""), ("parked", "WHERE state NOT IN ('handled', 'discarded')")):
                    row = connection.execute(f"SELECT count(*) FROM {table} {where}").fetchone()
                    found[f"{service}.{table}"] = row[0] if row else 0
            found[f"{service}.queue"] = self.broker.count_ready(f"saypro.{service}")
            found[f"{service}.dead"] = self.broker.count_ready(f"saypro.{service}.dead")
        return {place: number for place, number in found.items() if number}

    def list_reasons(self) -> list[str]:
        """Why events were set aside, the first of each service."""
        reasons = []
        for service in SERVICES:
            with self.postgres.connect(service) as connection:
                found = "SELECT error FROM parked WHERE state NOT IN ('handled', 'discarded') ORDER BY seq LIMIT 1"
                reasons += [f"{service}: {row[0]}" for row in connection.execute(found).fetchall()]
        return reasons

    def recount(self, campaign_id: UUID) -> list[Any]:
        """Where the kept sums of the campaign's KPIs differ from their ledger."""
        with self.database("metrics") as database:
            return recount_campaign(database, campaign_id)

    def tails(self) -> Mapping[str, str]:
        """The end of every process's log, by name."""
        return {name: process.tail() for name, process in self.processes.items()}

    def ask(self, path: str) -> requests.Response:
        """What a GET of `path` answers, without signing in."""
        return requests.get(self.address(path), timeout=15)

    def _is_ready(self, service: str) -> bool:
        try:
            return self.ask(f"/{service}/readyz").status_code == 200
        except requests.RequestException:
            return False

    def _environment(self, service: str, process: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": self.postgres.url(service),
            "AMQP_URL": self.broker.url,
            "SECRET_KEY": self._secrets[service],
            "ENCRYPTION_KEY": self._encryption_key,
            "HOST": "127.0.0.1",
            "PORT": str(self._ports[service]),
            "WORKER_PORT": str(self._worker_ports[service]),
            "WORKER_HEARTBEAT": str(self._folder / f"{process}.alive"),
        }


def run_command(arguments: list[str], environment: Mapping[str, str]) -> str:
    """What a Python command prints; raises `RuntimeError` with all it said if it fails."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=90
    )
    if done.returncode:
        raise RuntimeError(f"{arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def recount_campaign(database: Database, campaign_id: UUID) -> list[Any]:
    """Where the kept sums of the campaign's KPIs differ from their ledger."""
    with database.transaction() as session:
        ids = list_all_ids(session, campaign_id)
        return [each for kpi_id in ids for each in recount_kpi(session, kpi_id, utc_now())]


def in_parallel(*calls: Callable[[], object]) -> None:
    """Run the calls at the same time; raises the first error of any."""
    with ThreadPoolExecutor(len(calls)) as pool:
        for running in [pool.submit(call) for call in calls]:
            running.result()
