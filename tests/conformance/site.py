"""A small world for the conformance suite: services with databases of their own, on a bus of either kind."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pika
import pika.exceptions
from marshmallow import Schema, fields
from sqlalchemy import BigInteger, ForeignKey, Integer, MetaData, String, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.clock import new_id, utc_now
from shared.database.engine import Database, KitBase
from shared.messaging.bus import Confirmed, Connected, Outgoing, Refused, Report
from shared.messaging.envelope import Envelope
from shared.messaging.events import Event
from shared.messaging.in_process import InProcessBus
from shared.messaging.outbox import record
from shared.messaging.parking import ShownEvent, list_parked
from shared.messaging.rabbitmq import RabbitMQBus
from shared.messaging.subscriptions import Received, Subscription
from shared.messaging.tables import OutboxEntry, ParkedEvent, ParkedState
from shared.messaging.worker import Worker, stop_workers

NOON = datetime(2027, 3, 12, 12, tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData()


class Heard(Base):
    """What a handler did: one row per event, in the order it was handled."""

    __tablename__ = "heard"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    event_id: Mapped[str] = mapped_column(String)
    type: Mapped[str] = mapped_column(String)
    subject: Mapped[str] = mapped_column(String)
    n: Mapped[int]
    #: Which call of a handler it came with: events of one batch share it.
    call: Mapped[int]
    traceparent: Mapped[str | None]


class Known(Base):
    """Something that must exist by the end of a transaction, see `Needing`."""

    __tablename__ = "known"
    id: Mapped[int] = mapped_column(primary_key=True)


class Needing(Base):
    """A reference that the database checks at commit, not before."""

    __tablename__ = "needing"
    id: Mapped[int] = mapped_column(primary_key=True)
    known: Mapped[int] = mapped_column(ForeignKey("known.id", deferrable=True, initially="DEFERRED"))


@dataclass(frozen=True)
class ThingHappened(Event):
    type: ClassVar[str] = "saypro.sender.thing_happened.v1"
    subject_field: ClassVar[str] = "thing"
    thing: str
    n: int
    text: str = ""


@dataclass(frozen=True)
class ThingEnded(ThingHappened):
    type: ClassVar[str] = "saypro.sender.thing_ended.v1"


@dataclass(frozen=True)
class NobodyListens(ThingHappened):
    type: ClassVar[str] = "saypro.sender.nobody_listens.v1"


@dataclass(frozen=True)
class LinkAsked(ThingHappened):
    type: ClassVar[str] = "saypro.sender.link_asked.v1"
    secret_fields: ClassVar[frozenset[str]] = frozenset({"text"})


class ThingSchema(Schema):
    thing = fields.String(required=True)
    n = fields.Integer(required=True)
    text = fields.String(load_default="")


class Ears:
    """Handlers that write down what they hear. `react(session, event)` may raise, or do more."""

    def __init__(self, react: Callable[[Any, Received], None] | None = None) -> None:
        self.react = react
        self.calls = 0
        self._lock = threading.Lock()

    def hear_one(self, session: Any, event: Received) -> None:
        self.hear_many(session, [event])

    def hear_many(self, session: Any, events: list[Received]) -> None:
        with self._lock:
            self.calls += 1
            call = self.calls
        for event in events:
            session.add(
                Heard(
                    event_id=str(event.id),
                    type=event.type,
                    subject=event.subject,
                    n=event.data["n"],
                    call=call,
                    traceparent=event.traceparent,
                )
            )
            session.flush()
            if self.react:
                self.react(session, event)

    def subscriptions(
        self, *events: type[Event], ordered: bool = True, batch: bool = False, schema: Any = ThingSchema
    ) -> list[Subscription]:
        handler = self.hear_many if batch else self.hear_one
        return [Subscription(event.type, handler, schema, ordered, batch) for event in events or (ThingHappened,)]


class TestService:
    """A service with a database; its workers stop with the site."""

    __test__ = False

    def __init__(self, site: "Site", name: str, url: str) -> None:
        self.site = site
        self.name = name
        self.url = url
        self.database = Database(url)

    def work(self, subscriptions: Sequence[Subscription] = (), **options: Any) -> Worker:
        """A running worker; `bus` gives it another bus than the site's."""
        worker = self.make_worker(subscriptions, **options)
        worker.start()
        return worker

    def make_worker(self, subscriptions: Sequence[Subscription] = (), **options: Any) -> Worker:
        """A worker that is not running yet."""
        bus = options.pop("bus", None) or self.site.bus
        worker = Worker(service=self.name, database=self.database, bus=bus, subscriptions=subscriptions, **options)
        self.site.workers.append(worker)
        return worker

    def record(self, *events: Event) -> None:
        """Record events in one transaction."""
        with self.database.transaction() as session:
            for event in events:
                record(session, event, now=utc_now())

    def heard(self) -> list[Heard]:
        """What its handlers did, in order."""
        with self.database.transaction(write=False) as session:
            return list(session.scalars(select(Heard).order_by(Heard.id)))

    def numbers(self, subject: str | None = None) -> list[int]:
        """The `n` of the events its handlers took, in order."""
        return [each.n for each in self.heard() if subject in (None, each.subject)]

    def count_heard(self) -> int:
        """How many events its handlers took, for a test that waits for so many that reading them all takes its time."""
        with self.database.transaction(write=False) as session:
            return session.scalar(select(func.count()).select_from(Heard)) or 0

    def outbox(self) -> list[OutboxEntry]:
        """What is not yet published."""
        with self.database.transaction(write=False) as session:
            return list(session.scalars(select(OutboxEntry).order_by(OutboxEntry.seq)))

    def parked(self, *states: ParkedState) -> list[ShownEvent]:
        """Parked events as people see them, in order of arrival."""
        with self.database.transaction(write=False) as session:
            page = list_parked(session, states=states or tuple(ParkedState), limit=1000)
        return sorted(page.items, key=lambda each: each.seq)

    def make_due(self) -> None:
        """Let retrying events be tried at once rather than after their pause."""
        with self.database.transaction() as session:
            session.execute(
                update(ParkedEvent)
                .where(ParkedEvent.state == ParkedState.RETRYING)
                .values(next_attempt_at=NOON.replace(year=2020))
            )


class Site:
    """One test's world. `sender` publishes; `hearer` usually listens."""

    def __init__(self, kind: str, make_database: Callable[[str], str], amqp_url: str | None, folder: Path) -> None:
        self.kind = kind
        self.transport = kind.split("-", maxsplit=1)[0]
        self.amqp_url = amqp_url
        self.folder = folder
        self.workers: list[Worker] = []
        self.services: list[TestService] = []
        self._make_database = make_database
        self.bus = self.open_bus()
        self.sender = self.service("sender")
        self.hearer = self.service("hearer")

    def open_bus(self, partitions: int = 1) -> Any:
        if self.amqp_url:
            return RabbitMQBus(self.amqp_url, partitions=partitions)
        return InProcessBus()

    def service(self, name: str) -> TestService:
        service = TestService(self, name, self._make_database(name))
        for metadata in (KitBase.metadata, Base.metadata):
            metadata.create_all(service.database.engine)
        self.services.append(service)
        return service

    def start(self, ears: Ears, **options: Any) -> tuple[Worker, Worker]:
        """The usual pair: a hearer of `ThingHappened` with a queue, then a sender."""
        hearer = self.hearer.make_worker(ears.subscriptions(**options))
        sender = self.sender.make_worker()
        hearer.start()
        self.wait_for_queue()
        sender.start()
        return hearer, sender

    def wait_for_queue(self, queue: str = "saypro.hearer") -> None:
        """Wait until a queue is bound and consumed: nothing may be refused by accident."""
        if self.amqp_url is None:
            return

        def is_consumed() -> bool:
            with closing(pika.BlockingConnection(pika.URLParameters(self.amqp_url))) as connection:
                try:
                    return connection.channel().queue_declare(queue, passive=True).method.consumer_count > 0
                except pika.exceptions.ChannelClosedByBroker:
                    return False

        wait_until(is_consumed)

    def send_raw(self, *bodies: bytes, type: str = ThingHappened.type, subject: str = "raw") -> None:
        """Publish bodies past any outbox, and wait until each is confirmed or refused."""
        publisher = self.bus.open_publisher("intruder")
        reports: list[Report] = []
        publisher.start(reports.append)
        wait_until(lambda: any(isinstance(each, Connected) for each in reports))
        publisher.send([Outgoing(n, str(new_id()), type, subject, body, False) for n, body in enumerate(bodies)])
        wait_until(lambda: count_settled(reports) == len(bodies))
        publisher.stop()

    def close(self) -> None:
        stop_workers(self.workers, timeout=6)
        for service in self.services:
            service.database.dispose()


def count_settled(reports: Sequence[Report]) -> int:
    """How many messages were confirmed or refused."""
    return sum(len(each.tokens) if isinstance(each, Confirmed) else isinstance(each, Refused) for each in reports)


def envelope(event: Event, **changes: Any) -> Envelope:
    """An envelope made by hand."""
    values: dict[str, Any] = {
        "id": new_id(),
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": utc_now(),
        "data": event.encode(),
        "secret_fields": event.secret_fields,
    }
    return Envelope(**values | changes)


def wait_until(condition: Callable[[], Any], timeout: float = 10.0) -> None:
    """Return as soon as `condition()` holds; fail if it doesn't within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come about within {timeout:g} s")
        time.sleep(0.02)
