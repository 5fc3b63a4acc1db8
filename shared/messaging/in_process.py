"""The bus of the one-process size: a hand-off between threads, as safe as a broker.

An event counts as confirmed only when the consumer of every service that wants it has committed and
acknowledged it; until then its row stays in the publisher's outbox. A killed process loses nothing: the
next one publishes what is left, and the inboxes drop what was handled. Each relay has a bounded window of
unconfirmed events, and so the queues here are bounded too.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.messaging.bus import Confirmed, Connected, Delivery, Lost, Outgoing, Refused, Report


@dataclass(slots=True)
class _Handed:
    """One published event and how many queues have still to acknowledge it."""

    publisher: "InProcessPublisher"
    epoch: int
    token: int
    open: int


class InProcessBus:
    """Connects the services of one process. Open every subscriber before the first relay starts."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._queues: dict[str, _Queue] = {}
        self._publishers: list[InProcessPublisher] = []
        self._epoch = 0

    def open_publisher(self, service: str) -> "InProcessPublisher":
        """A publisher, not yet started."""
        return InProcessPublisher(self)

    def open_subscriber(self, service: str, types: Sequence[str], partition: int = 0) -> "InProcessSubscriber":
        """A subscriber to these types, from here on kept for even while it is not started.

        There is one queue per service, however many partitions: in one process they would gain nothing.
        """
        with self._lock:
            queue = self._queues.setdefault(service, _Queue())
            queue.types = frozenset(types)
        return InProcessSubscriber(self, queue)

    def interrupt(self) -> None:
        """Forget everything in flight, as a broker without a disk would when restarted."""
        with self._lock:
            self._epoch += 1
            for queue in self._queues.values():
                queue.forget()
            for publisher in list(self._publishers):
                publisher.report(Lost())
                publisher.report(Connected())

    def connect(self, publisher: "InProcessPublisher") -> None:
        """Let `publisher` send."""
        with self._lock:
            self._publishers.append(publisher)
            publisher.report(Connected())

    def disconnect(self, publisher: "InProcessPublisher") -> None:
        """Hear no more of `publisher`; what it sent is still delivered."""
        with self._lock:
            if publisher in self._publishers:
                self._publishers.remove(publisher)

    def publish(self, publisher: "InProcessPublisher", message: Outgoing) -> None:
        """Hand `message` to every queue that wants its type."""
        with self._lock:
            wanted = [queue for queue in self._queues.values() if message.type in queue.types]
            if not wanted:
                publisher.report(Refused(message.token, "no service subscribes to this type", True))
                return
            handed = _Handed(publisher, self._epoch, message.token, len(wanted))
            for queue in wanted:
                queue.put(message.body, message.repeated, handed, self._epoch)

    def acknowledge(self, queue: "_Queue", delivery: Delivery) -> None:
        """Settle everything up to `delivery`, and confirm what no queue holds any more."""
        with self._lock:
            if delivery.channel != self._epoch:
                return
            settled: dict[InProcessPublisher, list[int]] = {}
            for handed in queue.settle(delivery.tag):
                handed.open -= 1
                if handed.open == 0 and handed.epoch == self._epoch:
                    settled.setdefault(handed.publisher, []).append(handed.token)
            for publisher, tokens in settled.items():
                publisher.report(Confirmed(tokens))

    def attach(self, queue: "_Queue", sink: Callable[[Delivery], None]) -> None:
        """Deliver `queue` to `sink` as soon as nobody else is attached before it."""
        with self._lock:
            queue.sinks.append(sink)
            queue.deliver()

    def detach(self, queue: "_Queue", sink: Callable[[Delivery], None]) -> None:
        """Give what `sink` did not acknowledge to the next one attached, or keep it."""
        with self._lock:
            if sink in queue.sinks:
                was_active = queue.sinks[0] is sink
                queue.sinks.remove(sink)
                if was_active:
                    queue.take_back()
                    queue.deliver()

    @property
    def epoch(self) -> int:
        """Changes with every interruption."""
        return self._epoch


class InProcessPublisher:
    """Hands events over on the relay's own thread."""

    def __init__(self, bus: InProcessBus) -> None:
        self._bus = bus
        self._report: Callable[[Report], None] | None = None

    def start(self, report: Callable[[Report], None]) -> None:
        """See `bus.Publisher`."""
        self._report = report
        self._bus.connect(self)

    def send(self, messages: Sequence[Outgoing]) -> None:
        """See `bus.Publisher`."""
        for message in messages:
            self._bus.publish(self, message)

    def stop(self) -> None:
        """See `bus.Publisher`."""
        self._bus.disconnect(self)
        self._report = None

    def report(self, what: Report) -> None:
        """Tell the relay, if it still listens."""
        if self._report:
            self._report(what)


class InProcessSubscriber:
    """One consumer's end of its service's queue."""

    def __init__(self, bus: InProcessBus, queue: "_Queue") -> None:
        self._bus = bus
        self._queue = queue
        self._sink: Callable[[Delivery], None] | None = None

    def start(self, sink: Callable[[Delivery], None]) -> None:
        """See `bus.Subscriber`."""
        self._sink = sink
        self._bus.attach(self._queue, sink)

    def is_current(self, delivery: Delivery) -> bool:
        """See `bus.Subscriber`."""
        return self._sink is not None and delivery.channel == self._bus.epoch

    def ack(self, delivery: Delivery) -> None:
        """See `bus.Subscriber`."""
        if self._sink is not None:
            self._bus.acknowledge(self._queue, delivery)

    def stop(self) -> None:
        """See `bus.Subscriber`."""
        sink, self._sink = self._sink, None
        if sink is not None:
            self._bus.detach(self._queue, sink)


class _Queue:
    """One service's queue; only touched under the bus's lock. The first of `sinks` is the active one."""

    def __init__(self) -> None:
        self.types: frozenset[str] = frozenset()
        self.sinks: list[Callable[[Delivery], None]] = []
        self._ready: deque[tuple[Delivery, _Handed]] = deque()
        self._unacknowledged: deque[tuple[Delivery, _Handed]] = deque()
        self._last_tag = 0

    def put(self, body: bytes, redelivered: bool, handed: _Handed, epoch: int) -> None:
        self._last_tag += 1
        self._ready.append((Delivery(body, redelivered, epoch, self._last_tag), handed))
        self.deliver()

    def deliver(self) -> None:
        while self.sinks and self._ready:
            delivery, handed = self._ready.popleft()
            self._unacknowledged.append((delivery, handed))
            self.sinks[0](delivery)

    def settle(self, tag: int) -> list[_Handed]:
        settled = []
        while self._unacknowledged and self._unacknowledged[0][0].tag <= tag:
            settled.append(self._unacknowledged.popleft()[1])
        return settled

    def take_back(self) -> None:
        for delivery, handed in reversed(self._unacknowledged):
            again = Delivery(delivery.body, True, delivery.channel, delivery.tag)
            self._ready.appendleft((again, handed))
        self._unacknowledged.clear()

    def forget(self) -> None:
        self._ready.clear()
        self._unacknowledged.clear()
