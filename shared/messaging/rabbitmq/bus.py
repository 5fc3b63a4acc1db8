"""The bus of the larger sizes."""

from collections.abc import Sequence

from shared.messaging.rabbitmq.publisher import RabbitmqPublisher
from shared.messaging.rabbitmq.subscriber import RabbitmqSubscriber
from shared.messaging.rabbitmq.topology import MOST_PARTITIONS


class RabbitmqBus:
    """Publishers and subscribers at one broker or cluster, reached by an AMQP URL."""

    def __init__(self, url: str, *, partitions: int = 1) -> None:
        if not 1 <= partitions <= MOST_PARTITIONS:
            raise ValueError(f"PARTITIONS is 1 to {MOST_PARTITIONS}, not {partitions}")
        self._url = url
        self._partitions = partitions

    def open_publisher(self, service: str) -> RabbitmqPublisher:
        """A publisher on a connection of its own, not yet started."""
        return RabbitmqPublisher(self._url, service)

    def open_subscriber(self, service: str, types: Sequence[str], partition: int = 0) -> RabbitmqSubscriber:
        """A subscriber on a connection of its own, not yet started. Raises `ValueError` for an unknown
        partition.
        """
        if not 0 <= partition < self._partitions:
            raise ValueError(f"PARTITION is 0 to {self._partitions - 1}, not {partition}")
        return RabbitmqSubscriber(
            self._url, service, types, partition=partition, partitions=self._partitions
        )
