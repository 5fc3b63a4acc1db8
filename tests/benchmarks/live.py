"""How soon a change shows in 1,000 open dashboards, and what that costs everybody else.

The live and the web process of metrics as they are deployed, over PostgreSQL that waits for the disk; the viewers are
one process more, and all share the machine. Ten kinds of people look on: three roles of staff and seven partners.
Figures are taken in as the worker takes them.
"""

import http.client
import json
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.tests.factories import deliver, report
from shared.database.access import replace_keys
from shared.database.engine import Database
from shared.identity import ADMIN, COORDINATOR, LIAISON, VIEWER, Identity, sign_token
from shared.testing.people import SIGNING_KEY, make_identity
from shared.web.sign_in import COOKIE
from tests.benchmarks.bench import Outcome, benchmark
from tests.benchmarks.servers import durable_database
from tests.resilience.installation import run_command
from tests.resilience.processes import ROOT, Process
from tests.resilience.servers import find_free_port
from tests.resilience.waiting import wait_until

VIEWERS = 1_000
PARTNERS = 7
KEYS = ("waste", "bottles", "hours", "sites")
MONTHS = [f"{year}-{month:02}-15" for year in (2024, 2025) for month in range(1, 13)]
#: Changes that are timed, and the seconds from one to the next.
CHANGES, PAUSE = 8, 1.0
#: What each adds to the total.
STEP = Decimal(1)
BROWSING = 8.0
HOST = "127.0.0.1"


@benchmark("live_1000")
def measure_live() -> Outcome:
    """The 99th percentile of the time from a commit until the new figure is in an open dashboard, of 1,000."""
    with run_metrics() as site:
        with look_on(site, 1) as alone:
            few = site.time_changes(alone)
            calm = site.browse(alone)
        with look_on(site, VIEWERS) as crowd:
            many = site.time_changes(crowd)
            busy = site.browse(crowd)
            memory = measure_memory(site.live)
            back = restart(site, crowd)
    beside = {
        "median": quantiles(many, n=2)[0],
        "worst": max(many),
        "p99 with 1 dashboard": find_p99(few),
        "a page meanwhile, p99": find_p99(busy),
        "a page with 1, p99": find_p99(calm),
        "a page meanwhile, median": quantiles(busy, n=2)[0],
        "a page with 1, median": quantiles(calm, n=2)[0],
        "memory of live in MB": memory,
        "opening all at once": crowd.opened_in,
        "all back after a kill": back,
    }
    return {"value": find_p99(many), "unit": "ms p99", "beside": beside}


class Crowd:
    """People who look at one campaign's dashboard, in a process of their own."""

    def __init__(self, port: int, path: str, people: Sequence[Identity]) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.viewers"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cookies = [sign_token(each, SIGNING_KEY) for each in people]
        began = time.monotonic()
        self._tell(open=cookies, host=HOST, port=port, path=path)
        #: Milliseconds until everyone had their first dashboard.
        self.opened_in = (max(self.hear()) - began) * 1000

    def watch(self, text: str = "") -> None:
        """Begin to look for `text` in what comes next; without it, any dashboard will do."""
        self._tell(watch=text)

    def hear(self) -> list[float]:
        """When each got what they looked for (`time.monotonic` seconds); waits for the last."""
        return list(self._read())

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _tell(self, **command: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        if self._read() != "ready":
            raise RuntimeError("the viewers are not ready")

    def _read(self) -> Any:
        assert self._process.stdout is not None
        if line := self._process.stdout.readline():
            return json.loads(line)
        raise RuntimeError("the viewers gave up")


@dataclass
class Site:
    """What is looked at: processes, and a campaign whose KPI `waste` stands at `total`."""

    database: Database
    live: Process
    live_port: int
    web_port: int
    campaign: UUID
    partners: list[UUID]
    total: Decimal
    changes: int = 0
    staff: Identity = field(default_factory=make_identity)

    def change(self) -> float:
        """Take in one figure more; returns when it was committed (`time.monotonic` seconds)."""
        self.changes += 1
        item = report(f"change-{self.changes}", str(STEP), MONTHS[-1])
        self.total += STEP
        with self.database.transaction() as session:
            delivered = deliver(session, self.campaign, self.partners[self.changes % PARTNERS], [item])
        at = time.monotonic()
        if delivered.rejected:
            raise RuntimeError(str(delivered.rejected))
        return at

    def time_changes(self, crowd: Crowd) -> list[float]:
        """Milliseconds from each commit to each dashboard; the first change warms up."""
        lags: list[float] = []
        for number in range(-1, CHANGES):
            crowd.watch(write(self.total + STEP))
            at = self.change()
            came = crowd.hear()
            if number >= 0:
                lags += [max(0.0, each - at) * 1000 for each in came]
            time.sleep(PAUSE)
        return lags

    def browse(self, crowd: Crowd) -> list[float]:
        """Milliseconds that a page of the web process takes, while a figure comes every `PAUSE` seconds."""
        taken: list[float] = []
        done = threading.Event()

        def report_on() -> None:
            while not done.wait(PAUSE):
                self.change()

        reporting = threading.Thread(target=report_on)
        reporting.start()
        connection = http.client.HTTPConnection(HOST, self.web_port)
        headers = {"Cookie": f"{COOKIE}={sign_token(self.staff, SIGNING_KEY)}", "Accept": "text/html"}
        ends = time.monotonic() + BROWSING
        while time.monotonic() < ends:
            began = time.monotonic()
            connection.request("GET", "/metrics/", headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} {answer.reason}")
            taken.append((time.monotonic() - began) * 1000)
            # A person reads before the next page.
            time.sleep(0.02)
        done.set()
        reporting.join()
        crowd.watch(write(self.total + STEP))
        self.change()
        crowd.hear()
        return taken[10:]


@contextmanager
def look_on(site: Site, count: int) -> Iterator[Crowd]:
    """`count` people of ten kinds, each signed in, with the campaign's dashboard open."""
    kinds = [(ADMIN, None), (COORDINATOR, None), (VIEWER, None), *((LIAISON, each) for each in site.partners)]
    people = [make_identity(*kinds[n % len(kinds)]) for n in range(count)]
    crowd = Crowd(site.live_port, f"/metrics/live/campaigns/{site.campaign}", people)
    try:
        yield crowd
    finally:
        crowd.close()


def restart(site: Site, crowd: Crowd) -> float:
    """Milliseconds from the live process's sudden end until it was started anew and everyone has a dashboard again."""
    crowd.watch()
    began = time.monotonic()
    site.live.kill()
    return (max(crowd.hear()) - began) * 1000


@contextmanager
def run_metrics() -> Iterator[Site]:
    """Metrics' live and web process on a durable database, with a campaign of seven partners over two years."""
    with ExitStack() as stack:
        url = stack.enter_context(durable_database("metrics"))
        environment = {
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": url,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "HOST": HOST,
        }
        run_command(["-m", "services.metrics", "migrate"], environment)
        database = Database(url)
        stack.callback(database.dispose)
        campaign, partners, total = fill(database)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports, processes = {}, {}
        for name in ("live", "web"):
            ports[name] = find_free_port()
            command = ["-m", "services.metrics", name]
            place = {**environment, "PORT": str(ports[name])}
            processes[name] = Process(name, command, place, folder / f"{name}.log", has_arbiter=True)
            processes[name].start()
            stack.callback(processes[name].stop, 9)
        for name, port in ports.items():
            wait_until(partial(is_ready, port), 60, processes[name].tail)
        yield Site(database, processes["live"], ports["live"], ports["web"], campaign, partners, total)


def fill(database: Database) -> tuple[UUID, list[UUID], Decimal]:
    """The campaign, its partners, and what their figures for `waste` come to."""
    with database.transaction() as session:
        replace_keys(session, [SIGNING_KEY.as_dict(private=False)])
        partners = [make_partner(session, f"Partner {number}") for number in range(PARTNERS)]
        campaign = make_campaign(session, *partners)
        for key in KEYS:
            make_kpi(session, campaign, key=key, name=key.capitalize())
        for each in partners:
            items = [report(f"{key}-{day}", "4.31", day, kpi=key) for key in KEYS for day in MONTHS]
            if refused := deliver(session, campaign, each, items).rejected:
                raise RuntimeError(str(refused))
    return campaign, partners, Decimal("4.31") * len(MONTHS) * PARTNERS


def write(total: Decimal) -> str:
    """A total as the dashboard writes it."""
    return f"{total:,} t<"


def is_ready(port: int) -> bool:
    """Whether the process on this port can answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/metrics/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def measure_memory(process: Process) -> float:
    """What the process and those it started take, what they share counted once; in millions of bytes."""
    rollups = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in process.pids()]
    return sum(int(each.partition("\nPss_Anon:")[2].split()[0]) for each in rollups) * 1024 / 1e6


def find_p99(lags: Sequence[float]) -> float:
    """The 99th percentile."""
    return quantiles(lags, n=100)[98]
