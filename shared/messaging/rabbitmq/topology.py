"""What the broker holds: one topic exchange, and per service its queues and their dead letters.

    saypro (topic) --type--> saypro.<service>                       one partition: a quorum queue
    saypro (topic) --type--> saypro.<service> (consistent hash)     several: by subject, which travels as the
                                  --> saypro.<service>.<n>          correlation id, to one quorum queue each
    saypro.<service>.dead                                           what the broker gave up on; drained too

Everyone declares all of it, whether publishing or consuming first, and binds to `saypro` last, so that no
event is spread over fewer queues than there will be.

Changing PARTITIONS: partition 0's worker unbinds the queues of the former number and empties them as
well, so that nothing is stranded. Stop the old workers first: while both numbers run, a subject's events
can arrive by two ways, and then only the inbox, not the order, is kept.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.channel import Channel
from pika.exceptions import AMQPError, ChannelClosedByBroker

from shared.messaging.rabbitmq.connection import read_parameters

EXCHANGE = "saypro"
MOST_PARTITIONS = 32
#: Quorum queues charge every message a dying consumer had prefetched; whose fault it was, we count ourselves.
DELIVERY_LIMIT = 1000


def name_queue(service: str, partition: int, partitions: int) -> str:
    """The queue that a partition of a service is delivered from."""
    return f"{EXCHANGE}.{service}" if partitions == 1 else f"{EXCHANGE}.{service}.{partition}"


def name_hash_exchange(service: str) -> str:
    """The exchange that spreads a service's events over its partitions."""
    return f"{EXCHANGE}.{service}"


def name_dead_queue(service: str) -> str:
    """The queue of what the broker gave up on."""
    return f"{EXCHANGE}.{service}.dead"


def declare_exchange(channel: Channel, done: Callable[[object], None]) -> None:
    """Declare the one exchange everybody publishes to."""
    channel.exchange_declare(EXCHANGE, "topic", durable=True, callback=done)


def declare_service(
    channel: Channel,
    service: str,
    types: Sequence[str],
    partitions: int,
    leftovers: Sequence[str],
    *,
    done: Callable[[object], None],
) -> None:
    """Declare a service's queues and bind them to its event types, then call `done`. Calls run in order."""
    declare_exchange(channel, _nothing)
    channel.queue_declare(
        name_dead_queue(service),
        durable=True,
        callback=_nothing,
        # Its own limit must not lose what has nowhere else to go.
        arguments={"x-queue-type": "quorum", "x-delivery-limit": -1, "x-single-active-consumer": True},
    )
    queues = [name_queue(service, number, partitions) for number in range(partitions)]
    for queue in queues:
        channel.queue_declare(queue, durable=True, callback=_nothing, arguments=_queue_arguments(service))
    for queue in leftovers:
        _unbind(channel, service, queue, types)
    if partitions == 1:
        for each in types:
            channel.queue_bind(queues[0], EXCHANGE, routing_key=each, callback=_nothing)
    else:
        _spread(channel, service, types, queues)
    channel.basic_qos(prefetch_count=0, callback=done)


def declare_ahead(url: str, service: str, types: Sequence[str], partitions: int) -> None:
    """Declare a service's queues before anybody publishes: an event published earlier is routed to whoever has a queue
    by then, so a service that came later would never hear of it.

    Raises `pika.exceptions.AMQPError` when the broker can't be reached or refuses.
    """
    connection = pika.BlockingConnection(read_parameters(url, f"{service} declares its queues"))
    try:
        # Here each call is answered before the next is made.
        declare_service(cast(Channel, _Waiting(connection.channel())), service, types, partitions, [], done=_nothing)
    finally:
        connection.close()


class _Waiting:
    """A blocking channel that takes an asynchronous one's calls: `callback` is called with the answer."""

    def __init__(self, channel: BlockingChannel) -> None:
        self._channel = channel

    def __getattr__(self, name: str) -> Callable[..., None]:
        method = getattr(self._channel, name)

        def call(*args: Any, callback: Callable[[object], None], **named: Any) -> None:
            callback(method(*args, **named))

        return call


def find_leftovers(url: str, service: str, partitions: int) -> dict[str, int]:
    """Queues of this service for another number of partitions, with how many messages each still holds.

    Raises `pika.exceptions.AMQPError` when the broker can't be asked.
    """
    current = {name_queue(service, number, partitions) for number in range(partitions)}
    connection = pika.BlockingConnection(read_parameters(url, f"{service} looks for leftovers"))
    found: dict[str, int] = {}
    try:
        for name in (name_queue(service, 0, 1), *(name_queue(service, n, 2) for n in range(MOST_PARTITIONS))):
            if name in current:
                continue
            messages = _count_messages(connection, name)
            if messages is not None:
                found[name] = messages
            elif name != name_queue(service, 0, 1):
                # Whoever declares one of several partitions declares them all: none comes after a gap.
                break
    finally:
        connection.close()
    return found


def _count_messages(connection: pika.BlockingConnection, queue: str) -> int | None:
    channel = connection.channel()
    try:
        return int(channel.queue_declare(queue, passive=True).method.message_count)
    except ChannelClosedByBroker as error:
        if error.reply_code != 404:
            raise
        return None


def can_connect(url: str) -> str | None:
    """None if the broker answers, else why not, in its own words: for readiness checks and `doctor`."""
    parameters = read_parameters(url, "saypro check")
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = 3
    try:
        pika.BlockingConnection(parameters).close()
    except (AMQPError, OSError) as error:
        return str(error) or repr(error)
    return None


def _spread(channel: Channel, service: str, types: Sequence[str], queues: Sequence[str]) -> None:
    exchange = name_hash_exchange(service)
    channel.exchange_declare(
        exchange,
        "x-consistent-hash",
        durable=True,
        callback=_nothing,
        arguments={"hash-property": "correlation_id"},
    )
    for queue in queues:
        channel.queue_bind(queue, exchange, routing_key="1", callback=_nothing)
    for each in types:
        channel.exchange_bind(exchange, EXCHANGE, routing_key=each, callback=_nothing)


def _unbind(channel: Channel, service: str, queue: str, types: Sequence[str]) -> None:
    if queue == name_queue(service, 0, 1):
        for each in types:
            channel.queue_unbind(queue, EXCHANGE, routing_key=each, callback=_nothing)
        return
    # The hash exchange exists, or this queue would not; with one partition nothing is bound to it any more.
    channel.queue_unbind(queue, name_hash_exchange(service), routing_key="1", callback=_nothing)


def _queue_arguments(service: str) -> dict[str, object]:
    return {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": name_dead_queue(service),
        # At-least-once dead-lettering works only where the queue refuses rather than drops.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def _nothing(_frame: object) -> None:
    """Asked for so that pika sends one declaration after the other."""
