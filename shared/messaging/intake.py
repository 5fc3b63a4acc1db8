"""From a delivery to something that can be handled, or to the reason why it can't."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from marshmallow import ValidationError

from shared.messaging.bus import Delivery
from shared.messaging.envelope import Envelope, MalformedEnvelope
from shared.messaging.subscriptions import Received, Subscription
from shared.messaging.tables import ParkedEvent, ParkedState


class Unwanted(Exception):
    """Nothing here subscribes to the type: another release of this service does, or did."""


class KilledTheProcess(Exception):
    """The message was being handled, more than once, when the process died."""


class GivenUp(Exception):
    """The broker delivered it too often, or was told to reject it, and moved it to the dead letters."""


@dataclass(slots=True)
class Arrival:
    """One message. Either `received` and `subscription` are set, or `problem` says why it can't be handled.

    `key` is the event's id; a body too broken to have one gets the digest of what it holds.
    """

    key: UUID
    body: str | bytes
    envelope: Envelope | None = None
    subscription: Subscription | None = None
    received: Received | None = None
    problem: Exception | None = None

    @property
    def payload(self) -> str:
        """The body as text that any database takes, whatever it holds."""
        text = self.body if isinstance(self.body, str) else self.body.decode("utf-8", "backslashreplace")
        return text.replace("\x00", "\\x00")

    @property
    def ordered(self) -> bool:
        """Whether later events of its subject wait while it is set aside."""
        return self.subscription is not None and self.subscription.ordered

    def to_call(self) -> tuple[Subscription, Received]:
        """The handler's subscription and what to call it with."""
        assert self.subscription is not None and self.received is not None
        return self.subscription, self.received

    @property
    def subject(self) -> str | None:
        """Its subject, where the envelope could be read."""
        return self.envelope.subject if self.envelope else None


def read_arrival(body: str | bytes, subscriptions: Mapping[str, Subscription]) -> Arrival:
    """Read a message's body. Never raises: what is wrong is in `problem`."""
    try:
        envelope = Envelope.from_json(body)
    except MalformedEnvelope as error:
        digest = sha256(body.encode() if isinstance(body, str) else body).digest()
        return Arrival(UUID(bytes=digest[:16]), body, problem=error)
    subscription = subscriptions.get(envelope.type)
    if subscription is None:
        problem = Unwanted(f"nothing in this release subscribes to {envelope.type}")
        return Arrival(envelope.id, body, envelope, problem=problem)
    arrival = Arrival(envelope.id, body, envelope, subscription)
    try:
        arrival.received = subscription.read(envelope)
    except ValidationError as error:
        arrival.problem = error
    except Exception as error:  # A schema's own code may raise anything, and only this message is to blame.
        arrival.problem = error
    return arrival


def is_hopeless(problem: Exception) -> bool:
    """Whether it takes a person, or another release, to go on with the message."""
    return isinstance(problem, MalformedEnvelope | ValidationError | KilledTheProcess | GivenUp)


def to_parked(arrival: Arrival, state: ParkedState, error: str, now: datetime) -> ParkedEvent:
    """A row that sets the message aside, not yet with its tries."""
    envelope = arrival.envelope
    return ParkedEvent(
        event_id=envelope.id if envelope else None,
        type=envelope.type if envelope else None,
        subject=arrival.subject,
        payload=arrival.payload,
        ordered=arrival.ordered,
        state=state,
        error=error,
        created_at=now,
    )


def read_dead(delivery: Delivery, subscriptions: Mapping[str, Subscription]) -> Arrival:
    """A message that the broker gave up on."""
    arrival = read_arrival(delivery.body, subscriptions)
    arrival.problem = GivenUp(f"the broker gave it up: {delivery.dead}")
    return arrival
