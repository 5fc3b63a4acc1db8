"""RabbitMQ as the bus of the larger sizes: persistent messages, publisher confirms, quorum queues."""

from collections.abc import Sequence

from shared.messaging.rabbitmq.publisher import RabbitMQPublisher
from shared.messaging.rabbitmq.subscriber import RabbitMQSubscriber
from shared.messaging.rabbitmq.topology import MOST_PARTITIONS


class RabbitMQBus:
    """Publishers and subscribers at one broker or cluster, reached by an AMQP URL."""

    def __init__(self, url: str, *, partitions: int = 1) -> None:
        if not 1 <= partitions <= MOST_PARTITIONS:
            raise ValueError(f"PARTITIONS is 1 to {MOST_PARTITIONS}, not {partitions}")
        self._url = url
        self._partitions = partitions

    def open_publisher(self, service: str) -> RabbitMQPublisher:
        """A publisher on a connection of its own, not yet started."""
        return RabbitMQPublisher(self._url, service)

    def open_subscriber(self, service: str, types: Sequence[str], partition: int = 0) -> RabbitMQSubscriber:
        """A subscriber on a connection of its own, not yet started. Raises `ValueError` for an unknown
        partition.
        """
        if not 0 <= partition < self._partitions:
            raise ValueError(f"PARTITION is 0 to {self._partitions - 1}, not {partition}")
        return RabbitMQSubscriber(self._url, service, types, partition=partition, partitions=self._partitions)
