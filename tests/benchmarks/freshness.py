"""How soon a figure is on the dashboard: from the 202 of its webhook to the committed rollup, seen from outside.

Real processes (partners' web and worker, metrics' worker) over PostgreSQL that waits for the disk and RabbitMQ. A
reader of metrics' database listens as live dashboards do; a delivery counts as shown when a query finds it.
"""

import http.client
import json
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

import docker

from shared.database.engine import Database
from shared.messaging.wake import Listener
from tests.benchmarks.bench import Outcome, benchmark
from tests.resilience.installation import Installation
from tests.resilience.job import Job, Partner, make_item
from tests.resilience.servers import Broker, Postgres
from tests.resilience.waiting import wait_until

RATE = 100
SECONDS = 60
SENDERS = 10


@dataclass(frozen=True)
class Prepared:
    """A delivery that is signed and ready to go."""

    reference: str
    path: str
    body: bytes
    headers: dict[str, str]


@dataclass
class Watch:
    """When which figure was accepted and when it was seen, by its reference (`time.perf_counter` seconds)."""

    accepted: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)

    def lags(self) -> list[float]:
        """Milliseconds from accepted to seen; a figure seen before its 202 arrived counts as 0."""
        return [max(0.0, self.seen[each] - at) * 1000 for each, at in self.accepted.items()]


@benchmark("freshness_p99")
def measure_freshness() -> Outcome:
    """The 99th percentile at 100 deliveries a second."""
    with run_installation() as installation:
        job = Job(installation, seed=1, partners=SENDERS)
        with installation.database("metrics") as database:
            # What a process does for the first time is not what is measured.
            measure(installation, job, database, 2 * RATE, RATE)
            idle = measure(installation, job, database, 50, 10)
            busy = measure(installation, job, database, RATE * SECONDS, RATE)
    beside = {"p99 at 10 a second": find_p99(idle), "median": quantiles(busy, n=2)[0], "worst": max(busy)}
    return {"value": find_p99(busy), "unit": "ms", "beside": beside}


@contextmanager
def run_installation() -> Iterator[Installation]:
    """Everything up and ready, in containers and processes of its own."""
    client = docker.from_env()
    with ExitStack() as stack:
        stack.callback(client.close)
        postgres, broker = Postgres(client, direct=True), Broker(client, direct=True)
        stack.callback(postgres.remove)
        stack.callback(broker.remove)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        installation = Installation(Path(folder), postgres, broker)
        stack.callback(installation.stop)
        installation.start()
        yield installation


def measure(installation: Installation, job: Job, database: Database, count: int, rate: float) -> list[float]:
    """Deliver `count` figures, `rate` a second whatever the answers take; returns their lags in milliseconds."""
    deliveries = [prepare(installation, job, job.partners[n % SENDERS]) for n in range(count)]
    watch, done = Watch(), threading.Event()
    listening = threading.Event()
    watching = threading.Thread(target=look, args=(database, job.campaign_id, watch, listening, done))
    watching.start()
    listening.wait(30)
    start = time.perf_counter() + 0.1
    pause = SENDERS / rate
    senders = [
        threading.Thread(target=send, args=(installation, deliveries[n::SENDERS], start + n / rate, pause, watch))
        for n in range(SENDERS)
    ]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    try:
        wait_until(lambda: len(watch.seen) >= count, 60)
    finally:
        done.set()
        watching.join()
    return watch.lags()


def prepare(installation: Installation, job: Job, partner: Partner) -> Prepared:
    """A delivery of one figure."""
    reference, at = uuid.uuid4().hex, datetime.now(UTC)
    data = {"campaign": job.campaign_id, "measurements": [make_item("bottles", "4.31", reference)]}
    body = json.dumps({"type": "measurements.reported", "timestamp": at.isoformat(), "data": data})
    return Prepared(
        f"{reference}-bottles",
        urlsplit(installation.address(f"/partners/webhooks/{partner.organisation_id}")).path,
        body.encode(),
        {
            "webhook-id": reference,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": partner.signer.sign(reference, at, body),
            "content-type": "application/json",
        },
    )


def send(installation: Installation, deliveries: Sequence[Prepared], start: float, pause: float, watch: Watch) -> None:
    """Deliver over one connection, each at its time."""
    connection = http.client.HTTPConnection(urlsplit(installation.address("/partners/")).netloc)
    for number, each in enumerate(deliveries):
        time.sleep(max(0.0, start + number * pause - time.perf_counter()))
        connection.request("POST", each.path, each.body, each.headers)
        answer = connection.getresponse()
        at = time.perf_counter()
        text = answer.read()
        if answer.status != 202:
            raise RuntimeError(f"{answer.status} {text.decode()}")
        watch.accepted[each.reference] = at
    connection.close()


def look(database: Database, campaign_id: str, watch: Watch, listening: threading.Event, done: threading.Event) -> None:
    """Note when each new figure is found, asking whenever metrics says that the campaign's dashboard has changed."""
    with Listener(database, frozenset({f"campaign:{campaign_id}"})) as listener, database.engine.connect() as opened:
        connection = opened.execution_options(isolation_level="AUTOCOMMIT")
        last = connection.exec_driver_sql("SELECT coalesce(max(id::text), '') FROM measurements").scalar_one()
        listener.wait(10)
        listening.set()
        while not done.is_set():
            listener.wait(0.05)
            rows = connection.exec_driver_sql(
                "SELECT id::text, reference FROM measurements WHERE id > %s::uuid ORDER BY id",
                (last or str(uuid.UUID(int=0)),),
            ).all()
            at = time.perf_counter()
            for last, reference in rows:  # noqa: B007 - the last one is where to go on
                watch.seen[reference] = at


def find_p99(lags: Sequence[float]) -> float:
    """The 99th percentile."""
    return quantiles(lags, n=100)[98]
