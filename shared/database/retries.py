"""Long work that a due job does piece by piece: what fails waits and is tried again, and others go on meanwhile.

A row that is worked on has `RetryColumns`; its claim asks for `is_due(Model, now)`, and each piece goes through
`attempt`. After `MOST_TRIES` failures in a row the caller ends it, in a state that people see.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, inspect, or_
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database.types import Instant
from shared.errors import Problem
from shared.messaging.outage import is_outage, locate_error

log = structlog.get_logger(__name__)

MOST_TRIES: Final = 5
#: After the first failure; each further one doubles it twice, so that the last try is some forty minutes later.
FIRST_WAIT: Final = timedelta(seconds=30)


class RetryColumns:
    """For a row that is worked on: how often in a row that failed, and when it is tried again."""

    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    retry_at: Mapped[datetime | None] = mapped_column(Instant)


def is_due(model: type[Any], now: datetime) -> ColumnElement[bool]:
    """The condition that a row does not wait after a failure."""
    return or_(model.retry_at.is_(None), model.retry_at <= now)


def attempt(session: Session, row: RetryColumns, now: datetime, work: Callable[[], None]) -> str | None:
    """Do a piece of work on `row`; what fails is undone and waits.

    Returns None, or, once it has failed `MOST_TRIES` times in a row, why, for people to read. A database that is down
    is not the row's fault: that is raised.
    """
    try:
        with session.begin_nested():
            work()
            session.flush()
    except Exception as error:
        if is_outage(error):
            raise
        row.tries += 1
        log.warning(
            "work_failed", kind=type(row).__name__, key=str(inspect(row, raiseerr=True).identity), tries=row.tries,
            error=type(error).__name__, where=locate_error(error),
        )  # fmt: skip
        if row.tries >= MOST_TRIES:
            row.tries, row.retry_at = 0, None
            # What a program's own error says may hold somebody's data; where it was raised stands in the log.
            unknown = f"Our program stumbled over it ({type(error).__name__}). The log says where."
            return error.detail if isinstance(error, Problem) else unknown
        row.retry_at = now + FIRST_WAIT * 4 ** (row.tries - 1)
    else:
        row.tries, row.retry_at = 0, None
    return None
