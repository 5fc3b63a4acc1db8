"""What features tell of a relationship that needs looking after: the form of it, for the table in `signals.py`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias
from uuid import UUID

#: An answer that we asked for is overdue after so long, or as soon as its last day is so near.
PATIENCE = timedelta(days=7)
NEAR = timedelta(days=3)
#: What ends within so long is worth a talk.
ENDING = timedelta(days=60)


def start_of(day: date) -> datetime:
    """The instant when `day` begins, UTC."""
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True)
class Signal:
    """One thing that needs attention: why, in words, since when somebody waits, and where to do something about it."""

    kind: str
    since: date
    text: str
    link: str


Tell: TypeAlias = Callable[[Any, Collection[UUID], date], Mapping[UUID, Sequence[Signal]]]


@dataclass(frozen=True)
class Source:
    """A feature's part in the picture.

    `select(today)` is a statement of (organisation's id, the day since when it waits) over an index of what is due,
    so that the ranking reads only what is open. `tell(session, organisation_ids, today)` says in words what waits at
    each of these organisations, in one query however many they are.
    """

    select: Callable[[date], Any]
    tell: Tell
