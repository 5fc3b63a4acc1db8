"""A database and a broker as production has them, for one benchmark: what they confirm is on disk, and they are reached
by their own addresses, without Docker's proxy in between.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, TypeVar

import docker

from shared.testing.containers import make_postgres_database
from tests.resilience.servers import Broker, Postgres, Server

Kind = TypeVar("Kind", bound=Server)


@contextmanager
def durable_database(name: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database of that name."""
    with _run(partial(Postgres, direct=True)) as postgres:
        yield make_postgres_database(postgres.url(""), name)


@contextmanager
def durable_broker() -> Iterator[str]:
    """The AMQP URL of a broker that nobody has declared anything on."""
    with _run(partial(Broker, direct=True)) as broker:
        yield broker.url


@contextmanager
def _run(start: Callable[[Any], Kind]) -> Iterator[Kind]:
    client = docker.from_env()
    with ExitStack() as stack:
        stack.callback(client.close)
        server = start(client)
        stack.callback(server.remove)
        server.wait()
        yield server
