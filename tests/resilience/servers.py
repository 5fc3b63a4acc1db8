"""A PostgreSQL and a RabbitMQ that a test may kill and start again with the same data and address.

Unlike the containers that other tests share, these write to disk as in production: what they confirmed must
outlive them.
"""

import secrets
import socket
from typing import Any

import pika
import psycopg
from docker.errors import NotFound
from pika.exceptions import AMQPError

from shared.testing.containers import PASSWORD, POSTGRES_IMAGE, RABBITMQ_IMAGE
from tests.resilience.waiting import wait_until


def find_free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A container on a published port that stays the same from one start to the next.

    With `direct` it is reached by the container's own address instead, as in production, without Docker's proxy in
    between; then a start may change the address.
    """

    def __init__(self, client: Any, image: str, inner_port: str, *, direct: bool, **options: Any) -> None:
        self.host, self.port = "127.0.0.1", find_free_port()
        self.name = f"saypro-resilience-{inner_port}-{secrets.token_hex(4)}"
        ports = {f"{inner_port}/tcp": ("127.0.0.1", self.port)}
        self._container = client.containers.run(
            image, name=self.name, hostname=self.name, detach=True, ports=ports, **options
        )
        if direct:
            self._container.reload()
            [network] = self._container.attrs["NetworkSettings"]["Networks"].values()
            self.host, self.port = network["IPAddress"], int(inner_port)

    def kill(self) -> None:
        """End every process of it at once, as a power cut would."""
        self._container.kill()

    def start(self) -> None:
        """Start it again with what it has on disk; returns before it answers."""
        self._container.start()

    def remove(self) -> None:
        """Remove it with its data."""
        try:
            self._container.remove(force=True, v=True)
        except NotFound:
            return

    def answers(self) -> bool:
        """Whether a client can connect."""
        raise NotImplementedError

    def wait(self, seconds: float = 90) -> None:
        """Wait until it answers."""
        wait_until(self.answers, seconds, lambda: f"{self.name}:\n{self._container.logs(tail=20).decode()}")


class Postgres(Server):
    """PostgreSQL that waits for the disk at every commit."""

    def __init__(self, client: Any, *, direct: bool = False) -> None:
        super().__init__(
            client,
            POSTGRES_IMAGE,
            "5432",
            direct=direct,
            command=["postgres", "-c", "max_connections=300"],
            environment={"POSTGRES_PASSWORD": PASSWORD},
        )

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://postgres:{PASSWORD}@{self.host}:{self.port}/{database}"

    def connect(self, database: str) -> "psycopg.Connection[Any]":
        """An autocommitting connection."""
        address = self.url(database).replace("+psycopg", "")
        return psycopg.connect(address, autocommit=True, connect_timeout=3)

    def answers(self) -> bool:
        """See `Server`."""
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True


class Broker(Server):
    """RabbitMQ on one node."""

    def __init__(self, client: Any, *, direct: bool = False) -> None:
        super().__init__(
            client, RABBITMQ_IMAGE, "5672", direct=direct, environment={"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2"}
        )

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{self.host}:{self.port}/%2F"

    def answers(self) -> bool:
        """See `Server`."""
        try:
            self._connect().close()
        except (AMQPError, OSError):
            return False
        return True

    def count_ready(self, queue: str) -> int:
        """How many messages of `queue` wait to be delivered; raises if the queue does not exist."""
        connection = self._connect()
        try:
            return int(connection.channel().queue_declare(queue, passive=True).method.message_count)
        finally:
            connection.close()

    def _connect(self) -> pika.BlockingConnection:
        parameters = pika.URLParameters(self.url)
        parameters.socket_timeout = parameters.stack_timeout = 3
        return pika.BlockingConnection(parameters)
