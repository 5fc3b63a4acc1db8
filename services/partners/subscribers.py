"""What partners listens to."""

from shared.messaging.subscriptions import Subscription

SUBSCRIPTIONS: tuple[Subscription, ...] = ()
