"""What the messaging benchmarks stand on: events, queues, a rollup table, and the peers to compare with."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import pika
from marshmallow import Schema, fields
from pika.adapters.select_connection import SelectConnection
from sqlalchemy import insert, text

from shared.clock import new_id, utc_now
from shared.database.engine import Database, KitBase
from shared.messaging.envelope import CONTENT_TYPE, Envelope
from shared.messaging.events import Event
from shared.messaging.rabbitmq.topology import EXCHANGE, declare_service
from shared.messaging.tables import OutboxEntry
from tests.benchmarks.servers import durable_broker, durable_database

SUBJECTS = 200


@dataclass(frozen=True)
class MeasurementReported(Event):
    """As large as the events of the main job."""

    type: ClassVar[str] = "saypro.bench.measurement_reported.v1"
    subject_field: ClassVar[str] = "campaign"
    campaign: str
    kpi: str
    value: Decimal
    period_start: str
    period_end: str
    reference: str


class MeasurementSchema(Schema):
    campaign = fields.String(required=True)
    kpi = fields.String(required=True)
    value = fields.Decimal(required=True)
    reference = fields.String(required=True)


@contextmanager
def servers() -> Iterator[tuple[Database, str]]:
    """A fresh durable database with the kit's tables and a rollup, and a broker with a bound quorum queue."""
    with durable_database("bench") as url, durable_broker() as amqp_url:
        database = Database(url)
        KitBase.metadata.create_all(database.engine)
        with database.transaction() as session:
            session.execute(text("CREATE TABLE rollup (subject text PRIMARY KEY, total numeric, reports integer)"))
        declare_queue(amqp_url)
        yield database, amqp_url
        database.dispose()


def declare_queue(amqp_url: str) -> None:
    """The bench service's queue, as its worker would declare it."""

    def declare(channel: Any) -> None:
        done = lambda _frame: channel.connection.close()  # noqa: E731
        declare_service(channel, "bench", [MeasurementReported.type], 1, [], done=done)

    connection = SelectConnection(
        pika.URLParameters(amqp_url),
        on_open_callback=lambda opened: opened.channel(on_open_callback=declare),
        on_close_callback=lambda closed, _error: closed.ioloop.stop(),
    )
    connection.ioloop.start()


def envelopes(count: int) -> list[Envelope]:
    """Events of `SUBJECTS` subjects in turn."""
    made = []
    for n in range(count):
        event = MeasurementReported(
            f"campaign-{n % SUBJECTS}", "litter_kg", Decimal("4.31"), "2027-03-01", "2027-03-31", f"ref-{n}"
        )
        made.append(Envelope(new_id(), event.type, event.source, event.subject, utc_now(), event.encode()))
    return made


def fill_outbox(database: Database, count: int) -> None:
    """Put `count` events into the outbox."""
    rows = [
        {
            "event_id": each.id,
            "type": each.type,
            "subject": each.subject,
            "envelope": each.to_json(),
            "created_at": each.time,
        }
        for each in envelopes(count)
    ]
    with database.transaction() as session:
        session.execute(insert(OutboxEntry), rows)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE outbox"))


def properties(envelope: Envelope) -> pika.BasicProperties:
    """As our publisher sets them."""
    return pika.BasicProperties(
        content_type=CONTENT_TYPE, delivery_mode=2, message_id=str(envelope.id), correlation_id=envelope.subject
    )


def fill_queue(amqp_url: str, count: int, window: int = 600) -> float:
    """Publish `count` events without a database, `window` unconfirmed at a time; returns events per second.

    This is what pika's SelectConnection can do at most.
    """
    messages = [(each.to_json().encode(), properties(each)) for each in envelopes(count)]
    state = {"sent": 0, "confirmed": 0, "began": 0.0, "ended": 0.0}

    def begin(channel: Any) -> None:
        channel.confirm_delivery(lambda frame: settle(channel, frame.method), callback=lambda _frame: send(channel))
        state["began"] = time.perf_counter()

    def send(channel: Any) -> None:
        while state["sent"] < count and state["sent"] - state["confirmed"] < window:
            body, each = messages[int(state["sent"])]
            channel.basic_publish(EXCHANGE, MeasurementReported.type, body, each, mandatory=True)
            state["sent"] += 1

    def settle(channel: Any, method: Any) -> None:
        state["confirmed"] = method.delivery_tag if method.multiple else state["confirmed"] + 1
        if state["confirmed"] >= count:
            state["ended"] = time.perf_counter()
            channel.connection.close()
        elif state["sent"] - state["confirmed"] < window // 2:
            send(channel)

    connection = SelectConnection(
        pika.URLParameters(amqp_url),
        on_open_callback=lambda opened: opened.channel(on_open_callback=begin),
        on_close_callback=lambda closed, _error: closed.ioloop.stop(),
    )
    connection.ioloop.start()
    return count / (state["ended"] - state["began"])


def publish_one_by_one(amqp_url: str, count: int) -> float:
    """Plain pika: a BlockingConnection that waits for each confirm; returns events per second."""
    made = envelopes(count)
    with closing(pika.BlockingConnection(pika.URLParameters(amqp_url))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        began = time.perf_counter()
        for each in made:
            channel.basic_publish(EXCHANGE, each.type, each.to_json(), properties(each), mandatory=True)
        return count / (time.perf_counter() - began)


def empty_queue(amqp_url: str) -> None:
    """Throw away what the bench queue holds."""
    with closing(pika.BlockingConnection(pika.URLParameters(amqp_url))) as connection:
        connection.channel().queue_purge("saypro.bench")


def clock_until(condition: Callable[[], bool], timeout: float = 120.0) -> float:
    """Seconds until `condition()` holds."""
    began = time.perf_counter()
    while not condition():
        if time.perf_counter() - began > timeout:
            raise TimeoutError(f"not done within {timeout:g} s")
        time.sleep(0.01)
    return time.perf_counter() - began
