"""Delivering a service's queue, and its dead letters, to a consumer."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from pika.adapters.select_connection import SelectConnection
from pika.channel import Channel
from pika.exceptions import AMQPError

from shared.messaging.bus import Delivery
from shared.messaging.rabbitmq.connection import Link
from shared.messaging.rabbitmq.topology import declare_service, find_leftovers, name_dead_queue, name_queue

log = structlog.get_logger(__name__)

#: Twice a consumer's batch: one is handled while the next one is on its way.
PREFETCH = 400
_DEAD_PREFETCH = 10


class RabbitMQSubscriber:
    """One connection, with a channel per queue: the partition's own, the dead letters, and any leftovers."""

    def __init__(
        self,
        url: str,
        service: str,
        types: Sequence[str],
        *,
        partition: int = 0,
        partitions: int = 1,
        prefetch: int = PREFETCH,
    ) -> None:
        self._url = url
        self._service = service
        self._types = types
        self._partition = partition
        self._partitions = partitions
        self._prefetch = prefetch
        self._link: Link | None = None
        self._sink: Callable[[Delivery], None] | None = None
        self._numbers = itertools.count(1)
        #: The open channels by a number that is never used again, so that no tag is taken for another's.
        self._channels: dict[int, Channel] = {}
        self._connection: SelectConnection | None = None

    def start(self, sink: Callable[[Delivery], None]) -> None:
        """See `bus.Subscriber`."""
        self._sink = sink
        self._link = Link(self._url, f"{self._service} consumer", self._opened, self._lost)
        self._link.start()

    def is_current(self, delivery: Delivery) -> bool:
        """See `bus.Subscriber`."""
        return delivery.channel in self._channels

    def ack(self, delivery: Delivery) -> None:
        """See `bus.Subscriber`."""
        if self._link:
            self._link.call(self._acknowledge, delivery)

    def stop(self) -> None:
        """See `bus.Subscriber`."""
        link, self._link = self._link, None
        if link:
            link.stop()
        self._sink = None

    def _opened(self, connection: SelectConnection) -> None:
        self._connection = connection
        connection.channel(on_open_callback=self._declare)

    def _lost(self) -> None:
        self._connection = None
        self._channels = {}

    def _declare(self, channel: Channel) -> None:
        leftovers = self._find_leftovers() if self._partition == 0 else []
        channel.add_on_close_callback(self._channel_closed)
        declare_service(
            channel,
            self._service,
            self._types,
            self._partitions,
            leftovers,
            done=lambda _frame: self._consume_all(leftovers),
        )

    def _find_leftovers(self) -> list[str]:
        try:
            found = find_leftovers(self._url, self._service, self._partitions)
        except AMQPError as error:
            log.warning("leftover_queues_unknown", service=self._service, error=repr(error))
            return []
        for queue, messages in found.items():
            log.warning("draining_leftover_queue", service=self._service, queue=queue, messages=messages)
        return list(found)

    def _consume_all(self, leftovers: Sequence[str]) -> None:
        self._consume(name_queue(self._service, self._partition, self._partitions), self._prefetch)
        if self._partition == 0:
            self._consume(name_dead_queue(self._service), _DEAD_PREFETCH, dead=True)
            for queue in leftovers:
                self._consume(queue, self._prefetch)

    def _consume(self, queue: str, prefetch: int, dead: bool = False) -> None:
        number = next(self._numbers)

        def opened(channel: Channel) -> None:
            channel.add_on_close_callback(self._channel_closed)
            self._channels[number] = channel
            channel.basic_qos(prefetch_count=prefetch, callback=lambda _frame: None)
            channel.basic_consume(queue, deliver)

        def deliver(_channel: Channel, method: Any, properties: Any, body: bytes) -> None:
            if self._sink:
                reason = _read_death(properties.headers) if dead else None
                self._sink(Delivery(body, method.redelivered, number, method.delivery_tag, reason))

        assert self._connection is not None
        self._connection.channel(on_open_callback=opened)

    def _channel_closed(self, channel: Channel, reason: object) -> None:
        if self._link and channel.connection.is_open:
            self._channels = {}
            self._link.fail(f"a channel was closed: {reason}")

    def _acknowledge(self, delivery: Delivery) -> None:
        channel = self._channels.get(delivery.channel)
        if channel is not None and channel.is_open:
            channel.basic_ack(delivery.tag, multiple=True)


def _read_death(headers: dict[str, Any] | None) -> str:
    deaths = (headers or {}).get("x-death") or [{}]
    return f"{deaths[0].get('reason', 'unknown')} in {deaths[0].get('queue', 'an unknown queue')}"
