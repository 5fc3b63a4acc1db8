"""How fast events are applied: into the inbox and a rollup, committed, then acknowledged."""

import json
import time
from collections import defaultdict
from contextlib import closing
from decimal import Decimal
from typing import Any

import pika
from sqlalchemy import text

from shared.database.engine import Database
from shared.messaging.consumer import BATCH, Consumer
from shared.messaging.rabbitmq import RabbitMQBus
from shared.messaging.subscriptions import Received, Subscription
from tests.benchmarks.bench import Outcome, benchmark
from tests.benchmarks.ground import (
    MeasurementReported,
    MeasurementSchema,
    clock_until,
    envelopes,
    fill_queue,
    servers,
)

COUNT = 40_000
UPSERT = text(
    "INSERT INTO rollup (subject, total, reports) SELECT * FROM "
    "unnest(CAST(:subjects AS text[]), CAST(:totals AS numeric[]), CAST(:reports AS integer[])) "
    "ON CONFLICT (subject) "
    "DO UPDATE SET total = rollup.total + excluded.total, reports = rollup.reports + excluded.reports"
)
REMEMBER = text("INSERT INTO inbox (event_id, created_at) VALUES (:id, now()) ON CONFLICT DO NOTHING")


def add_up(session: Any, events: list[Received]) -> None:
    """The handler: one statement for all subjects of the batch, in a fixed order."""
    totals: dict[str, list[Any]] = defaultdict(lambda: [Decimal(0), 0])
    for event in events:
        total = totals[event.subject]
        total[0] += event.data["value"]
        total[1] += 1
    subjects = sorted(totals)
    sums, counts = zip(*(totals[subject] for subject in subjects), strict=True)
    session.execute(UPSERT, {"subjects": subjects, "totals": list(sums), "reports": list(counts)})


def count_reports(database: Database) -> int:
    with database.engine.connect() as connection:
        return int(connection.scalar(text("SELECT coalesce(sum(reports), 0) FROM rollup")) or 0)


@benchmark("consumer")
def measure_consumer() -> Outcome:
    """From the consumer's start, connecting included, to the last commit."""
    with servers() as (database, amqp_url):
        fill_queue(amqp_url, 1000)
        peers = {"plain pika, commit each": consume_one_by_one(database, amqp_url, 1000)}
        peers["PostgreSQL alone, no bus"] = write_without_bus(database, COUNT)
        before = count_reports(database)
        fill_queue(amqp_url, COUNT)
        subscriber = RabbitMQBus(amqp_url).open_subscriber("bench", [MeasurementReported.type])
        subscription = Subscription(MeasurementReported.type, add_up, MeasurementSchema, batch=True)
        consumer = Consumer("bench", database, subscriber, [subscription])
        consumer.start()
        seconds = clock_until(lambda: count_reports(database) - before >= COUNT)
        consumer.stop()
    return {"value": COUNT / seconds, "unit": "events/s", "beside": peers}


def consume_one_by_one(database: Database, amqp_url: str, count: int) -> float:
    """Plain pika: a transaction and an acknowledgement per message; returns events per second."""
    with closing(pika.BlockingConnection(pika.URLParameters(amqp_url))) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=2 * BATCH)
        began = time.perf_counter()
        for number, (method, _properties, body) in enumerate(channel.consume("saypro.bench"), 1):
            document = json.loads(body)
            with database.transaction() as session:
                session.execute(REMEMBER, {"id": document["id"]})
                total = Decimal(document["data"]["value"])
                session.execute(UPSERT, {"subjects": [document["subject"]], "totals": [total], "reports": [1]})
            channel.basic_ack(method.delivery_tag)
            if number == count:
                break
        rate = count / (time.perf_counter() - began)
        channel.cancel()
    return rate


def write_without_bus(database: Database, count: int) -> float:
    """The same rows in batches of the same size, from memory, by the driver's executemany; events per second."""
    made = envelopes(count)
    began = time.perf_counter()
    with database.engine.connect() as connection:
        cursor = connection.connection.cursor()
        for start in range(0, count, BATCH):
            batch = made[start : start + BATCH]
            cursor.executemany(
                "INSERT INTO inbox (event_id, created_at) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                [(each.id, each.time) for each in batch],
            )
            cursor.executemany(
                "INSERT INTO rollup (subject, total, reports) VALUES (%s, %s, 1) ON CONFLICT (subject) "
                "DO UPDATE SET total = rollup.total + excluded.total, reports = rollup.reports + 1",
                [(each.subject, Decimal(each.data["value"])) for each in batch],
            )
            connection.commit()
    return count / (time.perf_counter() - began)
