"""Publishing with confirms, many at a time."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

import pika
import structlog
from pika import spec
from pika.adapters.select_connection import SelectConnection
from pika.channel import Channel

from shared.messaging.bus import Confirmed, Connected, Lost, Outgoing, Refused, Report
from shared.messaging.envelope import CONTENT_TYPE
from shared.messaging.rabbitmq.connection import Link
from shared.messaging.rabbitmq.topology import EXCHANGE, declare_exchange

log = structlog.get_logger(__name__)


class RabbitMQPublisher:
    """One connection that publishes a service's events."""

    def __init__(self, url: str, service: str) -> None:
        self._link = Link(url, f"{service} relay", self._open_channel, self._lost)
        self._report: Callable[[Report], None] | None = None
        self._channel: Channel | None = None
        self._blocked = False
        self._waiting: deque[Outgoing] = deque()
        self._last_tag = 0
        #: By delivery tag, in order; tags count the publishes of one channel from 1.
        self._unconfirmed: dict[int, Outgoing] = {}
        #: Reasons by event id: a Basic.Return arrives before the *ack* of the same message.
        self._returned: dict[str, str] = {}

    def start(self, report: Callable[[Report], None]) -> None:
        """See `bus.Publisher`."""
        self._report = report
        self._link.start()

    def send(self, messages: Sequence[Outgoing]) -> None:
        """See `bus.Publisher`."""
        self._link.call(self._enqueue, messages)

    def stop(self) -> None:
        """See `bus.Publisher`."""
        self._report = None
        self._link.stop()

    def _open_channel(self, connection: SelectConnection) -> None:
        connection.add_on_connection_blocked_callback(self._pause)
        connection.add_on_connection_unblocked_callback(self._resume)
        connection.channel(on_open_callback=self._prepare)

    def _prepare(self, channel: Channel) -> None:
        channel.add_on_close_callback(lambda _channel, reason: self._channel_closed(reason))
        channel.add_on_return_callback(self._take_return)
        channel.confirm_delivery(self._take_verdict, callback=lambda _frame: None)
        declare_exchange(channel, lambda _frame: self._ready(channel))

    def _ready(self, channel: Channel) -> None:
        self._channel = channel
        self._say(Connected())

    def _channel_closed(self, reason: object) -> None:
        if self._channel is not None:
            self._channel = None
            self._link.fail(f"the channel was closed: {reason}")

    def _lost(self) -> None:
        self._channel = None
        self._blocked = False
        self._waiting.clear()
        self._unconfirmed.clear()
        self._returned.clear()
        self._last_tag = 0
        self._say(Lost())

    def _say(self, report: Report) -> None:
        if self._report:
            self._report(report)

    def _pause(self, _connection: object, method: Any) -> None:
        self._blocked = True
        log.error("amqp_blocked", reason=method.method.reason)

    def _resume(self, _connection: object, _method: object) -> None:
        self._blocked = False
        log.info("amqp_unblocked")
        self._pump()

    def _enqueue(self, messages: Sequence[Outgoing]) -> None:
        if self._channel is not None:
            self._waiting.extend(messages)
            self._pump()

    def _pump(self) -> None:
        channel = self._channel
        while self._waiting and channel is not None and not self._blocked:
            message = self._waiting.popleft()
            self._last_tag += 1
            self._unconfirmed[self._last_tag] = message
            channel.basic_publish(EXCHANGE, message.type, message.body, _properties(message), mandatory=True)

    def _take_return(self, _channel: Channel, method: Any, properties: Any, _body: bytes) -> None:
        self._returned[properties.message_id] = f"{method.reply_code} {method.reply_text}"

    def _take_verdict(self, frame: Any) -> None:
        method = frame.method
        confirmed: list[int] = []
        for message in self._settle(method.delivery_tag, method.multiple):
            reason = self._returned.pop(message.event_id, None) if self._returned else None
            if reason is not None:
                self._say(Refused(message.token, f"no queue wants it ({reason})", True))
            elif isinstance(method, spec.Basic.Nack):
                self._say(Refused(message.token, "the broker did not take it", False))
            else:
                confirmed.append(message.token)
        if confirmed:
            self._say(Confirmed(confirmed))

    def _settle(self, tag: int, multiple: bool) -> list[Outgoing]:
        if not multiple:
            return [self._unconfirmed.pop(tag)]
        tags = list(takewhile(lambda each: each <= tag, self._unconfirmed))
        return [self._unconfirmed.pop(each) for each in tags]


def _properties(message: Outgoing) -> pika.BasicProperties:
    return pika.BasicProperties(
        content_type=CONTENT_TYPE,
        delivery_mode=2,
        message_id=message.event_id,
        correlation_id=message.subject,
    )
