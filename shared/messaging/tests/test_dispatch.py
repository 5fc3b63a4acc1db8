"""Grouping events into few calls without letting one overtake another of its subject."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema

from shared.clock import new_id, utc_now
from shared.messaging.dispatch import group_events
from shared.messaging.outage import backoff
from shared.messaging.subscriptions import Received, Subscription

TYPES = {name: Subscription(f"saypro.tests.{name}.v1", print, Schema, batch=True) for name in ("a", "b", "c")}


def arrivals(pairs: list[tuple[str, str]]) -> list[tuple[Subscription, Received]]:
    return [
        (TYPES[name], Received(new_id(), TYPES[name].type, subject, utc_now(), {"n": n}))
        for n, (name, subject) in enumerate(pairs)
    ]


def test_events_of_one_type_go_in_one_call() -> None:
    groups = group_events(arrivals([("a", "x"), ("b", "y"), ("a", "y"), ("a", "z")]))
    assert [[event.data["n"] for event in group.events] for group in groups] == [[0], [1], [2, 3]]


def test_types_of_different_subjects_may_be_gathered() -> None:
    groups = group_events(arrivals([("a", "x"), ("b", "y"), ("a", "x"), ("b", "y")]))
    assert [[event.data["n"] for event in group.events] for group in groups] == [[0, 2], [1, 3]]


@given(st.lists(st.tuples(st.sampled_from(list(TYPES)), st.sampled_from(["x", "y", "z"])), max_size=40))
def test_no_event_is_lost_or_overtakes_another_of_its_subject(pairs: list[tuple[str, str]]) -> None:
    events = arrivals(pairs)
    called: list[Any] = [event for group in group_events(events) for event in group.events]
    assert sorted(event.data["n"] for event in called) == list(range(len(pairs)))
    for subject in ("x", "y", "z"):
        numbers = [event.data["n"] for event in called if event.subject == subject]
        assert numbers == sorted(numbers)


@given(st.integers(min_value=1, max_value=10_000))
def test_pauses_grow_and_stay_bounded(attempt: int) -> None:
    pause = backoff(attempt, first=1, most=600)
    assert 0.5 <= pause <= 900
    assert pause <= 2.0 ** min(attempt - 1, 20) * 1.5
