"""Due jobs: what a worker does by the clock, each run in one transaction and by one worker at a time."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shared.clock import day_of, utc_now
from shared.database.engine import Database
from shared.messaging import measures
from shared.messaging.crash import crash_point
from shared.messaging.outage import is_outage
from shared.messaging.tables import JobRun

log = structlog.get_logger(__name__)

_TICK = 0.5
_RETRY = 30.0
#: Clocks are set and rows are changed by hand: nobody sleeps longer than this (seconds).
_LONGEST_NAP = 60.0


@dataclass(frozen=True)
class DueJob:
    """`run(session, now)` at most once in `every`, across all workers and restarts; its name is its identity.

    A run that returns True has more to do and is called again at once, in a new transaction. A run that
    raises is undone, logged and tried again after `every` (at most 30 s later).
    """

    name: str
    every: timedelta
    run: Callable[[Session, datetime], bool | None]


def dated(
    run: Callable[[Session, datetime, date], bool | None], time_zone: str
) -> Callable[[Session, datetime], bool | None]:
    """`run` for a `DueJob`: it is told the day as well, which turns at midnight in the IANA time zone."""
    return lambda session, now: run(session, now, day_of(now, time_zone))


class JobRunner:
    """Runs due jobs on a thread of its own, one after the other."""

    def __init__(
        self,
        service: str,
        database: Database,
        jobs: Sequence[DueJob],
        *,
        tick: Callable[[], object] | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`tick` is called as well, about once a second, outside of any transaction."""
        names = [job.name for job in jobs]
        if len(set(names)) < len(names):
            raise ValueError(f"two due jobs have the same name: {sorted(names)}")
        self.service = service
        self.beat = time.monotonic()
        self._database = database
        self._jobs = list(jobs)
        self._tick = tick
        self._clock = clock
        self._due: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"jobs-{service}", daemon=True)

    def start(self) -> None:
        """Run what is due until `stop`."""
        self._thread.start()

    def stop(self, timeout: float = 30.0) -> None:
        """Finish the job under way, waiting up to `timeout` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def is_stopping(self) -> bool:
        """Whether `stop` has been called."""
        return self._stopping.is_set()

    def run_due(self) -> None:
        """Run everything that is due now, on the caller's thread."""
        for job in self._jobs:
            if self._due.get(job.name, 0.0) <= time.monotonic() and not self._stopping.is_set():
                self._attempt(job)
                self.beat = time.monotonic()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.beat = time.monotonic()
            self.run_due()
            if self._tick:
                try:
                    self._tick()
                except Exception as error:
                    log.warning("retry_failed", service=self.service, error=str(error), exc_info=not is_outage(error))
            self._stopping.wait(_TICK)

    def _attempt(self, job: DueJob) -> None:
        try:
            while self._run_once(job) and not self._stopping.is_set():
                self.beat = time.monotonic()
        except Exception as error:
            measures.job_failures.labels(self.service, job.name).inc()
            self._due[job.name] = time.monotonic() + min(job.every.total_seconds(), _RETRY)
            log.warning(
                "job_failed",
                service=self.service,
                job=job.name,
                error=str(error),
                exc_info=not is_outage(error),
            )

    def _run_once(self, job: DueJob) -> bool:
        """One transaction; True if there is more to do at once."""
        now = self._clock()
        with self._database.transaction() as session:
            row = _lock_run(session, job.name, now)
            if row is None:
                self._due[job.name] = time.monotonic() + _TICK
                return False
            waited = now - row.ran_at if row.ran_at else job.every
            if waited < job.every:
                self._sleep(job, job.every - waited)
                return False
            began = time.perf_counter()
            more = bool(job.run(session, now))
            if not more:
                row.ran_at = now
            session.flush()
            crash_point("job.before_commit")
        crash_point("job.after_commit")
        measures.job_seconds.labels(self.service, job.name).observe(time.perf_counter() - began)
        self._sleep(job, job.every)
        return more

    def _sleep(self, job: DueJob, pause: timedelta) -> None:
        self._due[job.name] = time.monotonic() + min(pause.total_seconds(), _LONGEST_NAP)


def _lock_run(session: Session, name: str, now: datetime) -> JobRun | None:
    """The job's row, locked until the transaction ends; None while another worker has it."""
    locked = select(JobRun).where(JobRun.name == name).with_for_update(skip_locked=True)
    row = session.scalar(locked)
    if row is None:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(JobRun).values(name=name, created_at=now).on_conflict_do_nothing())
        row = session.scalar(locked)
    return row
