"""Calling handlers with what arrived together: as few calls as keep every subject's events in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from shared.messaging.envelope import use_traceparent
from shared.messaging.subscriptions import Received, Subscription


@dataclass(slots=True)
class Group:
    """Events that one call of a handler gets, or one call each where it takes them singly."""

    subscription: Subscription
    events: list[Received] = field(default_factory=list)


def group_events(events: Sequence[tuple[Subscription, Received]]) -> list[Group]:
    """Gather events of the same subscription, unless an event would overtake one of its own subject."""
    groups: list[Group] = []
    latest: dict[str, int] = {}
    of_subject: dict[str, int] = {}
    for subscription, event in events:
        place = latest.get(subscription.type, -1)
        if place < of_subject.get(event.subject, 0):
            place = len(groups)
            groups.append(Group(subscription))
            latest[subscription.type] = place
        groups[place].events.append(event)
        of_subject[event.subject] = place
    return groups


def call_handlers(session: Session, events: Sequence[tuple[Subscription, Received]]) -> None:
    """Run every event's handler; whatever one raises comes out."""
    for group in group_events(events):
        handler = group.subscription.handler
        if group.subscription.batch:
            traces = {event.traceparent for event in group.events}
            # What a batch records has no one cause, unless all of it came from the same place.
            with use_traceparent(traces.pop() if len(traces) == 1 else None):
                handler(session, group.events)
            continue
        for event in group.events:
            with use_traceparent(event.traceparent):
                handler(session, event)
    session.flush()
