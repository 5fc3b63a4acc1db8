"""How many signed deliveries a second are held durable before their 202, and how long one of them takes.

The web process of partners as it is deployed, over PostgreSQL that waits for the disk, beside a bare Flask route that
verifies the same signatures under the same server and stores nothing. Sender, web process and database share the
machine. Several organisations deliver at once, over connections that stay open.
"""

import json
import secrets
import selectors
import socket
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from cryptography.fernet import Fernet
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook

from services.partners.organisations.service import register_organisation
from services.partners.submissions.service.keys import make_key
from services.partners.vault import Vault
from shared.clock import new_id, utc_now
from shared.database.engine import Database
from shared.testing.people import make_identity
from tests.benchmarks.bench import Outcome, benchmark
from tests.benchmarks.servers import durable_database
from tests.resilience.installation import run_command
from tests.resilience.processes import ROOT, Process
from tests.resilience.servers import find_free_port
from tests.resilience.waiting import wait_until

PARTNERS = 20
#: Connections that each wait for an answer before they send again.
CONNECTIONS = 64
COUNT = 5_000
RATE = 1_000
SECONDS = 10


@benchmark("intake")
def measure_intake() -> Outcome:
    """Deliveries a second, as many as are taken."""
    with run_partners() as door:
        flood(door, prepare(door, COUNT // 5))
        ours = flood(door, prepare(door, COUNT)).rate
        door.expect_kept(COUNT + COUNT // 5)
    with run_bare_flask(door.secrets) as bare:
        flood(bare, prepare(bare, COUNT // 5))
        beside = flood(bare, prepare(bare, COUNT)).rate
    return {"value": ours, "unit": "deliveries/s", "beside": {"bare Flask, nothing stored": beside}}


@benchmark("intake_p99")
def measure_intake_p99() -> Outcome:
    """The 99th percentile at 1,000 deliveries a second, each counted from when it was due to be sent."""
    with run_partners() as door:
        flood(door, prepare(door, COUNT // 5))
        flood(door, prepare(door, RATE), RATE)
        ours = flood(door, prepare(door, RATE * SECONDS), RATE).lags
    with run_bare_flask(door.secrets) as bare:
        flood(bare, prepare(bare, COUNT // 5))
        beside = flood(bare, prepare(bare, RATE * SECONDS), RATE).lags
    return {
        "value": quantiles(ours, n=100)[98],
        "unit": "ms",
        "beside": {
            "median": quantiles(ours, n=2)[0],
            "worst": max(ours),
            "bare Flask, nothing stored": quantiles(beside, n=100)[98],
        },
    }


@dataclass(frozen=True)
class Door:
    """Where to deliver, with the secrets of the organisations that may."""

    port: int
    secrets: dict[uuid.UUID, str]
    database: Database | None = None

    def expect_kept(self, count: int) -> None:
        """Raise `RuntimeError` unless exactly `count` deliveries and as many events are in the database."""
        assert self.database is not None
        with self.database.transaction(write=False) as session:
            for rows in ("submissions", "outbox WHERE type LIKE '%submission_accepted%'"):
                kept = session.scalar(text(f"SELECT count(*) FROM {rows}"))
                if kept != count:
                    raise RuntimeError(f"{kept} {rows} after {count} deliveries")


@dataclass
class Run:
    """What a flood came to: `lags` in milliseconds."""

    rate: float = 0.0
    lags: list[float] = field(default_factory=list)


@dataclass
class Sender:
    """One connection; `due` is when the delivery under way should have been sent (`time.perf_counter` seconds)."""

    socket: socket.socket
    due: float = 0.0
    answer: bytes = b""


def flood(door: Door, deliveries: Sequence[bytes], rate: float | None = None) -> Run:
    """Deliver all over `CONNECTIONS` connections: `rate` a second whatever the answers take, or as fast as they come.

    Raises `RuntimeError` at the first answer that is not a 202.
    """
    run, waiting = Run(), deque(deliveries)
    began = time.perf_counter()
    due = (began + n / rate if rate else 0.0 for n in range(len(deliveries)))
    with ExitStack() as stack:
        poll = stack.enter_context(selectors.DefaultSelector())
        idle: deque[Sender] = deque()
        for _ in range(CONNECTIONS):
            opened = stack.enter_context(socket.create_connection(("127.0.0.1", door.port)))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            idle.append(Sender(opened))
            poll.register(opened, selectors.EVENT_READ, idle[-1])
        at = next(due)
        while len(run.lags) < len(deliveries):
            while idle and waiting and time.perf_counter() >= at:
                sender = idle.popleft()
                sender.due = at or time.perf_counter()
                sender.socket.sendall(waiting.popleft())
                at = next(due, 0.0)
            pause = max(0.0, at - time.perf_counter()) if idle and waiting else 10.0
            for key, _events in poll.select(pause):
                if _read(key.data):
                    run.lags.append((time.perf_counter() - key.data.due) * 1000)
                    idle.append(key.data)
    run.rate = len(deliveries) / (time.perf_counter() - began)
    return run


def _read(sender: Sender) -> bool:
    """Whether the answer is all there."""
    sender.answer += sender.socket.recv(65536)
    head, found, body = sender.answer.partition(b"\r\n\r\n")
    if not found:
        if not sender.answer:
            raise RuntimeError("the connection was closed")
        return False
    if not head.startswith(b"HTTP/1.1 202"):
        raise RuntimeError(sender.answer.decode())
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    if len(body) < length:
        return False
    sender.answer = b""
    return True


def prepare(door: Door, count: int) -> list[bytes]:
    """Requests that are signed and ready to go, of the organisations in turn."""
    made, organisations = [], list(door.secrets)
    signers = [Webhook(secret) for secret in door.secrets.values()]
    for n in range(count):
        organisation, at = organisations[n % len(organisations)], datetime.now(UTC)
        message_id, body = uuid.uuid4().hex, make_body(at)
        headers = {
            "Host": "partners",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signers[n % len(signers)].sign(message_id, at, body),
        }
        lines = [f"POST /partners/webhooks/{organisation} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
        made.append("\r\n".join([*lines, "", body]).encode())
    return made


def make_body(at: datetime) -> str:
    """A delivery of one figure, as in docs/partner-webhooks.md."""
    item = {
        "kpi": "waste",
        "value": "4.31",
        "period_start": "2026-03-01",
        "period_end": "2026-03-31",
        "reference": uuid.uuid4().hex,
    }
    data = {"campaign": str(new_id()), "measurements": [item]}
    return json.dumps({"type": "measurements.reported", "timestamp": at.isoformat(), "data": data})


@contextmanager
def run_partners() -> Iterator[Door]:
    """Partners' web process, as deployed for two cores, on a durable database with some partners."""
    with ExitStack() as stack:
        url = stack.enter_context(durable_database("partners"))
        key = Fernet.generate_key().decode()
        environment = {
            "DATABASE_URL": url,
            "ENCRYPTION_KEY": key,
            "SECRET_KEY": secrets.token_urlsafe(48),
        }
        run_command(["-m", "services.partners", "migrate"], {"PYTHONPATH": str(ROOT), **environment})
        database = Database(url)
        stack.callback(database.dispose)
        known = introduce(database, key)
        with serve(["-m", "services.partners", "web"], environment) as port:
            yield Door(port, known, database)


def introduce(database: Database, encryption_key: str) -> dict[uuid.UUID, str]:
    """Organisations with a key each, and their secrets."""
    by, at, known = make_identity(), utc_now(), {}
    with database.transaction() as session:
        for n in range(PARTNERS):
            made = register_organisation(session, by, at, name=f"Partner {n}", kind="ngo", country="ZA", website=None)
            known[made.id] = make_key(session, by, made.id, Vault(encryption_key), at).secret
    return known


@contextmanager
def run_bare_flask(known: dict[uuid.UUID, str]) -> Iterator[Door]:
    """The peer, with the same keys."""
    told = json.dumps({str(organisation): secret for organisation, secret in known.items()})
    with serve(["-m", "tests.benchmarks.bare_flask"], {"SECRETS": told}) as port:
        yield Door(port, known)


@contextmanager
def serve(arguments: list[str], environment: dict[str, str]) -> Iterator[int]:
    """A web process with two workers, until the block ends; the port that it answers on."""
    port = find_free_port()
    with tempfile.TemporaryDirectory() as folder:
        more = {"PYTHONPATH": str(ROOT), "HOST": "127.0.0.1", "PORT": str(port), "WEB_PROCESSES": "2"}
        process = Process("web", arguments, {**more, **environment}, Path(folder) / "web.log", has_arbiter=True)
        process.start()
        try:
            wait_until(lambda: _answers(port), 60, process.tail)
            yield port
        finally:
            process.stop(9)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
