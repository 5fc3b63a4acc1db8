"""One suite for both buses: a test that asks for `site` runs on each bus, with the databases it is used with."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing.containers import make_postgres_database
from tests.conformance.site import Site

KINDS = [
    "in_process-sqlite",
    pytest.param("in_process-postgresql", marks=pytest.mark.containers),
    pytest.param("rabbitmq-postgresql", marks=pytest.mark.containers),
]


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A sender and a hearer on this kind of bus and database."""
    yield from build_site(request, str(request.param), tmp_path)


@pytest.fixture
def rabbitmq_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """The same on RabbitMQ, for what only a broker has."""
    yield from build_site(request, "rabbitmq-sqlite", tmp_path)


def build_site(request: pytest.FixtureRequest, kind: str, folder: Path, amqp_url: str | None = None) -> Iterator[Site]:
    transport, _, database = kind.partition("-")
    if transport == "rabbitmq" and amqp_url is None:
        amqp_url = request.getfixturevalue("amqp_url")
    token = secrets.token_hex(4)

    def make_database(name: str) -> str:
        if database == "sqlite":
            return f"sqlite:///{folder / f'{name}.db'}"
        return make_postgres_database(request.getfixturevalue("postgres_server"), f"site_{token}_{name}")

    site = Site(kind, make_database, amqp_url, folder)
    yield site
    site.close()
