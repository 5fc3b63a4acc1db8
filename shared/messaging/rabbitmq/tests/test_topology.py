"""Queues can be made before anybody publishes."""

import pika
import pytest

from shared.messaging.rabbitmq.topology import declare_ahead, name_queue

pytestmark = pytest.mark.containers


def count_messages(channel: "pika.adapters.blocking_connection.BlockingChannel", queue: str) -> int:
    return int(channel.queue_declare(queue, passive=True).method.message_count)


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_service_whose_queues_are_declared_ahead_misses_no_event(amqp_url: str, partitions: int) -> None:
    for service in ("early", "late"):
        declare_ahead(amqp_url, service, ["saypro.other.thing_happened.v1"], partitions)
        declare_ahead(amqp_url, service, ["saypro.other.thing_happened.v1"], partitions)
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for number in range(30):
            properties = pika.BasicProperties(correlation_id=f"subject-{number}")
            channel.basic_publish("saypro", "saypro.other.thing_happened.v1", b"{}", properties, mandatory=True)
        for service in ("early", "late"):
            queues = [name_queue(service, number, partitions) for number in range(partitions)]
            assert sum(count_messages(channel, queue) for queue in queues) == 30
