"""What only a broker does to one: lost connections, restarts, blocking, dead letters, partitions."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pika
import pytest

from shared.messaging.rabbitmq import RabbitMQBus
from shared.messaging.rabbitmq.topology import can_connect, find_leftovers, name_dead_queue
from shared.messaging.tables import ParkedState
from shared.testing.containers import RabbitMQ
from tests.conformance.conftest import build_site
from tests.conformance.site import Ears, Site, ThingHappened, envelope, wait_until

pytestmark = pytest.mark.containers


class Cable:
    """A TCP connection to the broker that can be cut, and stays cut until it is mended."""

    def __init__(self, target: str) -> None:
        address = urlsplit(target)
        self._target = (address.hostname or "127.0.0.1", address.port or 5672)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[socket.socket] = []
        self.mended = True
        self.url = target.replace(f":{address.port}", f":{self._server.getsockname()[1]}")
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.mended = False
        for each in self._pairs:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._pairs = []

    def mend(self) -> None:
        self.mended = True

    def close(self) -> None:
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                if not self.mended:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._pairs += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for each in (source, sink):
            each.close()


@pytest.fixture
def cable(amqp_url: str) -> Iterator[Cable]:
    cable = Cable(amqp_url)
    yield cable
    cable.close()


def flood(site: Site, start: int, count: int) -> None:
    site.sender.record(*[ThingHappened(f"thing-{n % 3}", n) for n in range(start, start + count)])


def assert_whole(site: Site, count: int) -> None:
    wait_until(lambda: len(site.hearer.numbers()) >= count, 30)
    wait_until(lambda: site.sender.outbox() == [], 30)
    for subject in range(3):
        assert site.hearer.numbers(f"thing-{subject}") == list(range(subject, count, 3))
    assert site.hearer.parked() == []


def test_a_relay_that_loses_its_connection_sends_again_what_was_not_confirmed(
    rabbitmq_site: Site, cable: Cable
) -> None:
    site = rabbitmq_site
    site.hearer.work(Ears().subscriptions(batch=True))
    site.wait_for_queue()
    site.sender.work(bus=RabbitMQBus(cable.url))
    for start in range(0, 900, 300):
        flood(site, start, 300)
        wait_until(lambda start=start: len(site.hearer.numbers()) > start)
        cable.cut()
        time.sleep(0.05)
        cable.mend()
    assert_whole(site, 900)


def test_a_consumer_that_loses_its_connection_handles_nothing_twice(rabbitmq_site: Site, cable: Cable) -> None:
    site = rabbitmq_site
    site.hearer.work(Ears().subscriptions(batch=True), bus=RabbitMQBus(cable.url))
    site.wait_for_queue()
    site.sender.work()
    for start in range(0, 900, 300):
        flood(site, start, 300)
        wait_until(lambda start=start: len(site.hearer.numbers()) > start)
        cable.cut()
        cable.mend()
    assert_whole(site, 900)


def test_workers_that_start_before_the_broker_wait_for_it(rabbitmq_site: Site, cable: Cable) -> None:
    site = rabbitmq_site
    cable.cut()
    bus = RabbitMQBus(cable.url)
    site.sender.work(bus=bus)
    site.hearer.work(Ears().subscriptions(batch=True), bus=bus)
    flood(site, 0, 30)
    assert can_connect(cable.url)
    cable.mend()
    assert_whole(site, 30)
    assert can_connect(cable.url) is None


def test_a_standby_consumer_takes_over_in_order(rabbitmq_site: Site, cable: Cable) -> None:
    site = rabbitmq_site
    site.hearer.work(Ears().subscriptions(batch=True), bus=RabbitMQBus(cable.url))
    site.wait_for_queue()
    site.hearer.work(Ears().subscriptions(batch=True))
    site.sender.work()
    flood(site, 0, 300)
    wait_until(site.hearer.numbers)
    cable.cut()
    flood(site, 300, 300)
    assert_whole(site, 600)


@pytest.fixture
def own_site(request: pytest.FixtureRequest, tmp_path: Path, own_rabbitmq: RabbitMQ) -> Iterator[Site]:
    yield from build_site(request, "rabbitmq-sqlite", tmp_path, own_rabbitmq.url("/"))


def test_a_blocked_connection_holds_events_back_and_lets_them_go(own_site: Site, own_rabbitmq: RabbitMQ) -> None:
    own_site.start(Ears(), batch=True)
    flood(own_site, 0, 3)
    assert_whole(own_site, 3)
    own_rabbitmq.run("rabbitmqctl", "set_vm_memory_high_watermark", "absolute", "1")
    try:
        # The broker says so only to a connection that publishes.
        flood(own_site, 3, 300)
        wait_until(
            lambda: any(
                each["state"] in {"blocked", "blocking"}
                for each in own_rabbitmq.call("GET", "/connections")
                if "state" in each
            ),
            20,
        )
        assert len(own_site.sender.outbox()) > 0
        assert len(own_site.hearer.numbers()) < 303
    finally:
        own_rabbitmq.run("rabbitmqctl", "set_vm_memory_high_watermark", "0.6")
    assert_whole(own_site, 303)


def test_a_restarted_broker_loses_nothing(own_site: Site, own_rabbitmq: RabbitMQ) -> None:
    own_site.start(Ears(), batch=True)
    flood(own_site, 0, 300)
    wait_until(own_site.hearer.numbers)
    own_rabbitmq.run("rabbitmqctl", "stop_app")
    flood(own_site, 300, 300)
    own_rabbitmq.run("rabbitmqctl", "start_app")
    assert_whole(own_site, 600)


def test_dead_letters_are_drained_into_the_parked_events(rabbitmq_site: Site) -> None:
    site = rabbitmq_site
    hearer = site.hearer.work(Ears().subscriptions())
    site.wait_for_queue()
    hearer.stop()
    # The worker is gone: reject its message in its stead, as the delivery limit would.
    site.send_raw(envelope(ThingHappened("a", 1)).to_json().encode())
    with closing(pika.BlockingConnection(pika.URLParameters(site.amqp_url))) as connection:
        channel = connection.channel()
        for method, _properties, _body in channel.consume("saypro.hearer"):
            channel.basic_reject(method.delivery_tag, requeue=False)
            break
        channel.cancel()
        wait_until(lambda: channel.queue_declare(name_dead_queue("hearer"), passive=True).method.message_count == 1)
    site.hearer.work(Ears().subscriptions())
    wait_until(lambda: site.hearer.parked(ParkedState.PARKED))
    dead = site.hearer.parked()[0]
    assert dead.subject == "a"
    assert "rejected in saypro.hearer" in dead.error
    assert site.hearer.numbers() == []


def test_partitions_share_the_subjects_and_keep_their_order(rabbitmq_site: Site) -> None:
    site = rabbitmq_site
    bus = site.open_bus(partitions=3)
    ears = [Ears() for _ in range(3)]
    for partition in range(3):
        site.hearer.work(ears[partition].subscriptions(batch=True), bus=bus, partition=partition)
        site.wait_for_queue(f"saypro.hearer.{partition}")
    site.sender.work()
    site.sender.record(*[ThingHappened(f"thing-{n % 30}", n) for n in range(600)])
    wait_until(lambda: len(site.hearer.numbers()) == 600)
    for subject in range(30):
        assert site.hearer.numbers(f"thing-{subject}") == list(range(subject, 600, 30))
    assert all(each.calls > 0 for each in ears)


@pytest.mark.parametrize(("before", "after"), [(1, 2), (3, 1), (3, 2)])
def test_another_number_of_partitions_strands_nothing(rabbitmq_site: Site, before: int, after: int) -> None:
    site = rabbitmq_site
    for partition in range(before):
        site.hearer.work(Ears().subscriptions(), bus=site.open_bus(before), partition=partition)
        site.wait_for_queue("saypro.hearer" if before == 1 else f"saypro.hearer.{partition}")
    for worker in site.workers:
        worker.stop(3)
    site.sender.work()
    site.sender.record(*[ThingHappened(f"thing-{n}", n) for n in range(60)])
    wait_until(lambda: site.sender.outbox() == [])
    assert sum(find_leftovers(site.amqp_url or "", "hearer", after).values()) > 0
    for partition in range(after):
        site.hearer.work(Ears().subscriptions(), bus=site.open_bus(after), partition=partition)
    wait_until(lambda: len(site.hearer.numbers()) == 60)
    site.sender.record(*[ThingHappened(f"thing-{n}", n + 60) for n in range(60)])
    wait_until(lambda: len(site.hearer.numbers()) == 120)
    wait_until(lambda: sum(find_leftovers(site.amqp_url or "", "hearer", after).values()) == 0)
    for subject in range(60):
        assert site.hearer.numbers(f"thing-{subject}") == [subject, subject + 60]
