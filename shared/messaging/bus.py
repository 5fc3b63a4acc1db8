"""What a relay and a consumer need of a bus. There are two: RabbitMQ, and the hand-off inside one process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event to publish. `token` is the outbox row's `seq`, by which its fate is reported.

    `repeated` says that it may have been published before this relay began: a bus that remembers nothing
    delivers it as redelivered.
    """

    token: int
    event_id: str
    type: str
    subject: str
    body: bytes
    repeated: bool


@dataclass(frozen=True, slots=True)
class Connected:
    """The publisher takes messages from now on."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Whatever was sent and not reported is of unknown fate; nothing more will be said about it."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """These are safe in every queue that wants them."""

    tokens: Sequence[int]


@dataclass(frozen=True, slots=True)
class Refused:
    """This one is not: no queue wants it (`unroutable`), or the broker would not take it."""

    token: int
    reason: str
    unroutable: bool


Report = Connected | Lost | Confirmed | Refused


class Publisher(Protocol):
    """Sends in the order given. Reports come from any thread, in order."""

    def start(self, report: Callable[[Report], None]) -> None:
        """Connect, and stay connected; `report` must not block."""

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Publish; what is sent while not connected is dropped, and a `Lost` has been or will be reported."""

    def stop(self) -> None:
        """Disconnect. Nothing is reported afterwards."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that arrived. `channel` and `tag` are the bus's own, to acknowledge it by.

    `redelivered` says that someone may have begun to handle it before; `dead` carries the broker's reason for
    having given it up.
    """

    body: bytes
    redelivered: bool
    channel: int
    tag: int
    dead: str | None = None


class Subscriber(Protocol):
    """One queue of one service, delivered to one consumer at a time in order."""

    def start(self, sink: Callable[[Delivery], None]) -> None:
        """Deliver to `sink`, on any thread, until `stop`."""

    def is_current(self, delivery: Delivery) -> bool:
        """Whether acknowledging it would mean anything: False after its connection was lost."""

    def ack(self, delivery: Delivery) -> None:
        """This one and all earlier ones of its channel are done with."""

    def stop(self) -> None:
        """Deliver nothing more; what was not acknowledged goes back to its queue."""


class Bus(Protocol):
    """Where a service's publisher and subscriber come from."""

    def open_publisher(self, service: str) -> Publisher:
        """A publisher, not yet started."""

    def open_subscriber(self, service: str, types: Sequence[str], partition: int = 0) -> Subscriber:
        """A subscriber to these event types, not yet started; the types count as wanted from here on."""
