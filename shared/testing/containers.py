"""Real PostgreSQL and RabbitMQ for tests: one container of each per test run, however many xdist workers
it has.

Add `pytest_plugins = ["shared.testing.containers"]` to the root conftest. Without a Docker engine the
fixtures skip with the reason; with `CONTAINERS=require` in the environment they fail instead. The
containers are found by name through a file in the run's temporary folder and stopped by the last worker
that used them.
"""

import json
import os
import secrets
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import docker
import psycopg
import pytest
from docker.errors import DockerException, NotFound
from filelock import FileLock

POSTGRES_IMAGE = "postgres:17"
RABBITMQ_IMAGE = "rabbitmq:4-management"
PASSWORD = "for-tests-only"
#: Tests restart their database at will but never need what it held: no write waits for the disk.
FAST = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The address of a PostgreSQL server, ending in `/`: add a database's name."""
    with _shared_container(tmp_path_factory, worker_id, "postgres", _start_postgres) as port:
        yield f"postgresql+psycopg://postgres:{PASSWORD}@127.0.0.1:{port}/"


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str, worker_id: str) -> str:
    """An empty database of this xdist worker's own; tests sharing it clean up after themselves."""
    return make_postgres_database(postgres_server, f"test_{worker_id}")


@pytest.fixture
def fresh_postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database for one test, dropped afterwards."""
    name = f"fresh_{secrets.token_hex(6)}"
    yield make_postgres_database(postgres_server, name)
    _administer(postgres_server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator["RabbitMQ"]:
    """A RabbitMQ broker with its management API and the consistent-hash exchange."""
    with _shared_container(tmp_path_factory, worker_id, "rabbitmq", _start_rabbitmq) as ports:
        amqp, _, management = ports.partition(" ")
        yield RabbitMQ(int(amqp), int(management))


@pytest.fixture(scope="module")
def own_rabbitmq() -> Iterator["RabbitMQ"]:
    """A broker for one module alone, which may stop, block or reset it with `run`."""
    client = docker_or_skip()
    name = f"saypro-test-rabbitmq-{secrets.token_hex(4)}"
    try:
        amqp, _, management = _start_rabbitmq(client, name).partition(" ")
        yield RabbitMQ(int(amqp), int(management), client.containers.get(name))
    finally:
        _remove(client, name)
        client.close()


@pytest.fixture
def amqp_url(rabbitmq: "RabbitMQ") -> Iterator[str]:
    """A virtual host of this test's own, deleted afterwards."""
    name = f"test-{secrets.token_hex(6)}"
    rabbitmq.call("PUT", f"/vhosts/{name}")
    yield rabbitmq.url(name)
    rabbitmq.call("DELETE", f"/vhosts/{name}")


class RabbitMQ:
    """A running broker: `url(vhost)` to connect, `call` for what only its management API can do."""

    def __init__(self, amqp_port: int, management_port: int, container: Any = None) -> None:
        self.amqp_port = amqp_port
        self.management_port = management_port
        self._container = container

    def run(self, *command: str) -> str:
        """Run a command inside the broker's container; raises `RuntimeError` if it fails."""
        code, output = self._container.exec_run(list(command))
        if code:
            raise RuntimeError(f"{command}: {output.decode()}")
        return str(output.decode())

    def url(self, vhost: str) -> str:
        """The address of a virtual host."""
        return f"amqp://guest:guest@127.0.0.1:{self.amqp_port}/{quote(vhost, safe='')}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the management API; returns the JSON answer, or None where it is empty."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.management_port}/api{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": "Basic " + b64encode(b"guest:guest").decode(),
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def make_postgres_database(server: str, name: str) -> str:
    """Create an empty database (dropping one of that name) and return its SQLAlchemy URL."""
    _administer(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _administer(server, f'CREATE DATABASE "{name}"')
    return server + name


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(server.replace("+psycopg", "") + "postgres", autocommit=True) as connection:
        connection.execute(statement)


@contextmanager
def _shared_container(
    factory: pytest.TempPathFactory, worker_id: str, kind: str, start: Callable[[Any, str], str]
) -> Iterator[str]:
    """What `start` returned, from whichever worker came first; the last one to leave removes the
    container.
    """
    root = factory.getbasetemp()
    # Under xdist each worker has a folder of its own inside the run's.
    root = root if worker_id == "master" else root.parent
    record, lock = Path(root) / f"{kind}.json", FileLock(str(Path(root) / f"{kind}.lock"))
    client = docker_or_skip()
    with lock:
        state = json.loads(record.read_text()) if record.exists() else None
        if state is None:
            name = f"saypro-test-{kind}-{secrets.token_hex(4)}"
            try:
                state = {"name": name, "address": start(client, name), "users": 0}
            except BaseException:
                _remove(client, name)
                raise
        state["users"] += 1
        record.write_text(json.dumps(state))
    try:
        yield str(state["address"])
    finally:
        with lock:
            state = json.loads(record.read_text())
            state["users"] -= 1
            if state["users"] == 0:
                record.unlink()
                _remove(client, state["name"])
            else:
                record.write_text(json.dumps(state))
        client.close()


def docker_or_skip() -> Any:
    """A client of the Docker engine; without one the test is skipped, or fails if CONTAINERS=require."""
    try:
        client = docker.from_env()
        client.ping()
    except DockerException as error:
        reason = f"no Docker engine answers here ({error})"
        if os.environ.get("CONTAINERS") == "require":
            pytest.fail(f"{reason}, and CONTAINERS=require")
        pytest.skip(f"{reason}; PostgreSQL and RabbitMQ tests need one")
    return client


def _remove(client: Any, name: str) -> None:
    with suppress(NotFound):
        client.containers.get(name).remove(force=True, v=True)


def _start_postgres(client: Any, name: str) -> str:
    container = _run(
        client,
        POSTGRES_IMAGE,
        name,
        ["5432/tcp"],
        command=["postgres", "-c", "max_connections=300", *FAST],
        tmpfs={"/var/lib/postgresql/data": ""},
        environment={"POSTGRES_PASSWORD": PASSWORD},
    )
    port = _port_of(container, "5432/tcp")

    def is_ready() -> bool:
        try:
            address = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres"
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    _wait_until(is_ready, container)
    return str(port)


def _start_rabbitmq(client: Any, name: str) -> str:
    plugin = "rabbitmq-plugins enable --offline rabbitmq_consistent_hash_exchange"
    container = _run(
        client,
        RABBITMQ_IMAGE,
        name,
        ["5672/tcp", "15672/tcp"],
        hostname=name,
        command=["sh", "-c", f"{plugin} && exec docker-entrypoint.sh rabbitmq-server"],
        environment={"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2"},
    )
    broker = RabbitMQ(_port_of(container, "5672/tcp"), _port_of(container, "15672/tcp"))

    def is_ready() -> bool:
        try:
            # Management answers before the broker takes connections; this says whether any listener is up.
            return bool(broker.call("GET", "/health/checks/port-listener/5672")["status"] == "ok")
        except (urllib.error.URLError, OSError, ValueError, KeyError):
            return False

    _wait_until(is_ready, container)
    return f"{broker.amqp_port} {broker.management_port}"


def _run(client: Any, image: str, name: str, ports: list[str], **options: Any) -> Any:
    container = client.containers.run(
        image, name=name, detach=True, ports=dict.fromkeys(ports, ("127.0.0.1", None)), **options
    )
    container.reload()
    return container


def _port_of(container: Any, port: str) -> int:
    return int(container.ports[port][0]["HostPort"])


def _wait_until(condition: Callable[[], bool], container: Any, timeout: float = 90) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        container.reload()
        if container.status == "exited" or time.monotonic() > deadline:
            raise TimeoutError(f"{container.name} did not become ready:\n{container.logs(tail=30).decode()}")
        time.sleep(0.1)
