"""Due jobs: what a worker does by the clock, each run in one transaction and by one worker at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class DueJob:
    """`run(session, now)` at most once in `every`, across all workers and restarts; its name is its identity.

    A run that returns True has more to do and is called again at once, in a new transaction. A run that
    raises is undone, logged and tried again after `every` (at most 30 s later).
    """

    name: str
    every: timedelta
    run: Callable[[Session, datetime], bool | None]
