"""How fast recorded events reach a quorum queue, each confirmed and its row deleted."""

from sqlalchemy import text

from shared.messaging.rabbitmq import RabbitMQBus
from shared.messaging.relay import Relay
from tests.benchmarks.bench import Outcome, benchmark
from tests.benchmarks.ground import (
    clock_until,
    empty_queue,
    fill_outbox,
    fill_queue,
    publish_one_by_one,
    servers,
)

COUNT = 40_000


@benchmark("relay")
def measure_relay() -> Outcome:
    """From the relay's start, connecting included, to an empty outbox."""
    with servers() as (database, amqp_url):
        peers = {
            "plain pika, confirm each": publish_one_by_one(amqp_url, 1000),
            "pika alone, no database": fill_queue(amqp_url, COUNT),
        }
        empty_queue(amqp_url)
        fill_outbox(database, COUNT)

        def is_empty() -> bool:
            with database.engine.connect() as connection:
                return connection.scalar(text("SELECT 1 FROM outbox LIMIT 1")) is None

        relay = Relay("bench", database, RabbitMQBus(amqp_url).open_publisher("bench"))
        relay.start()
        seconds = clock_until(is_empty)
        relay.stop()
    return {"value": COUNT / seconds, "unit": "events/s", "beside": peers}
