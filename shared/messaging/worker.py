"""A service's worker: it relays what the service records, handles what it subscribes to, and does what is
due.
"""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from shared.clock import utc_now
from shared.database.engine import Database
from shared.messaging import measures
from shared.messaging.bus import Bus
from shared.messaging.consumer import Consumer
from shared.messaging.inbox import purge_inbox
from shared.messaging.jobs import DueJob, JobRunner
from shared.messaging.parking import count_parked, purge_parked
from shared.messaging.relay import Relay
from shared.messaging.retry import Retrier
from shared.messaging.subscriptions import Subscription

log = structlog.get_logger(__name__)

#: A part that has not come round for this long hangs: only a single handler or job may take so long
#: (seconds).
STALLED = 300.0
_BEAT = 5.0


class Worker:
    """One process's share of a service's work. Make all workers of a process before starting any.

    `heartbeat` is a file that is touched every few seconds while every part is alive; see `is_beating`.
    """

    def __init__(
        self,
        *,
        service: str,
        database: Database,
        bus: Bus,
        subscriptions: Sequence[Subscription] = (),
        jobs: Sequence[DueJob] = (),
        partition: int = 0,
        rest: timedelta = timedelta(0),
        heartbeat: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.service = service
        self._heartbeat = heartbeat
        self._relay = Relay(service, database, bus.open_publisher(service))
        subscriber = bus.open_subscriber(service, [each.type for each in subscriptions], partition)
        self._consumer = Consumer(service, database, subscriber, subscriptions, rest=rest.total_seconds(), clock=clock)
        retrier = Retrier(service, database, subscriptions, clock=clock)
        # The kit's own jobs are prompt whatever the service's are doing.
        self._upkeep = JobRunner(
            service,
            database,
            _upkeep_jobs(service),
            clock=clock,
            tick=lambda: retrier.retry_due(self._upkeep.is_stopping),
        )
        self._jobs = JobRunner(service, database, jobs, clock=clock)
        self._consumes = bool(subscriptions)
        self._stop = threading.Event()

    def start(self) -> None:
        """Start every part on its own thread."""
        if self._consumes:
            self._consumer.start()
        self._relay.start()
        self._upkeep.start()
        self._jobs.start()
        log.info("worker_started", service=self.service)

    def stop(self, timeout: float = 30.0) -> None:
        """Finish what is under way, within about `timeout` seconds; everything else is left as it was."""
        stop_workers([self], timeout)

    def stop_relaying(self, timeout: float) -> None:
        """Stop the jobs, then the relay once what it sent is confirmed."""
        self._jobs.stop(timeout)
        self._upkeep.stop(timeout)
        self._relay.stop(timeout)

    def stop_consuming(self, timeout: float) -> None:
        """Stop the consumer once its batch is done."""
        self._consumer.stop(timeout)

    def find_problems(self) -> list[str]:
        """What is not running as it should, in words; empty when all is well."""
        parts: dict[str, Relay | Consumer | JobRunner] = {
            "relay": self._relay,
            "upkeep": self._upkeep,
            "jobs": self._jobs,
        }
        if self._consumes:
            parts["consumer"] = self._consumer
        problems = []
        for name, part in parts.items():
            idle = time.monotonic() - part.beat
            if not part.is_alive():
                problems.append(f"the {name} of {self.service} has ended")
            elif idle > STALLED:
                problems.append(f"the {name} of {self.service} has been busy with one thing for {idle:.0f} s")
        return problems

    def run_forever(self) -> None:
        """Work until SIGTERM or SIGINT, or until a part of it has died; call from the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        self.start()
        while not self._stop.wait(_BEAT):
            problems = self.find_problems()
            for problem in problems:
                log.error("worker_unwell", service=self.service, problem=problem)
            if self._heartbeat and not problems:
                self._heartbeat.parent.mkdir(parents=True, exist_ok=True)
                self._heartbeat.touch()
        self.stop()
        log.info("worker_stopped", service=self.service)


def stop_workers(workers: Sequence[Worker], timeout: float = 30.0) -> None:
    """Stop all workers of a process: every relay first, while the consumers can still confirm."""
    deadline = time.monotonic() + timeout
    for worker in workers:
        worker.stop_relaying(max(1.0, min(timeout / 3, deadline - time.monotonic())))
    for worker in workers:
        worker.stop_consuming(max(1.0, deadline - time.monotonic()))


def is_beating(heartbeat: Path, *, most: float = 4 * _BEAT) -> bool:
    """Whether a worker has touched its heartbeat file within `most` seconds: a container's health check."""
    return heartbeat.exists() and time.time() - heartbeat.stat().st_mtime < most


def _upkeep_jobs(service: str) -> list[DueJob]:
    def measure_parked(session: Session, _now: datetime) -> None:
        for state, number in count_parked(session).items():
            measures.unresolved.labels(service, state).set(number)

    return [
        DueJob("kit.measure_parked", timedelta(seconds=15), measure_parked),
        DueJob("kit.purge_inbox", timedelta(hours=1), purge_inbox),
        DueJob("kit.purge_parked", timedelta(days=1), purge_parked),
    ]
