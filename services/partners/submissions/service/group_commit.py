"""Group commit: what many requests want written at the same moment is written and committed in one transaction.

A commit waits for the disk, and each transaction has its round trips; shared by all requests that came in while the
one before was under way, both cost next to nothing. The first thread to come leads: it writes for all that wait, then
passes the lead on. There is no thread of its own to start or to stop.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from shared.database.engine import Database
from shared.database.requests import DATABASE_DOWN

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class _Ticket(Generic[Item, Outcome]):
    """One thread's item; `woken` when it is done or when the thread is to lead."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.outcome: Outcome | None = None
        self.error: Exception | None = None
        self.is_done = False
        self.woken = threading.Lock()
        self.woken.acquire()

    def settle(self, outcome: Outcome | None, error: Exception | None = None) -> None:
        self.outcome, self.error, self.is_done = outcome, error, True


class GroupCommit(Generic[Item, Outcome]):
    """`write(session, items)` does the work of up to `most` items and returns their outcomes, in the same order."""

    def __init__(
        self, database: Database, write: Callable[[Session, Sequence[Item]], Sequence[Outcome]], *, most: int
    ) -> None:
        self._database = database
        self._write = write
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[_Ticket[Item, Outcome]] = []
        self._has_leader = False

    def run(self, item: Item) -> Outcome:
        """The outcome of `item` once it is committed. Raises what writing it raised; then nothing of it is kept."""
        ticket: _Ticket[Item, Outcome] = _Ticket(item)
        with self._lock:
            self._waiting.append(ticket)
            leads, self._has_leader = not self._has_leader, True
        if not leads:
            ticket.woken.acquire()
        if not ticket.is_done:
            self._lead()
        if ticket.error is not None:
            raise ticket.error
        return ticket.outcome  # type: ignore[return-value]

    def _lead(self) -> None:
        with self._lock:
            tickets, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            self._settle(tickets)
        finally:
            with self._lock:
                heir = self._waiting[0] if self._waiting else None
                self._has_leader = heir is not None
            # The next transaction begins before this one's threads answer.
            if heir:
                heir.woken.release()
            for each in tickets[1:]:
                each.woken.release()

    def _settle(self, tickets: Sequence[_Ticket[Item, Outcome]]) -> None:
        try:
            with self._database.transaction() as session:
                outcomes = self._write(session, [each.item for each in tickets])
            for each, outcome in zip(tickets, outcomes, strict=True):
                each.settle(outcome)
        except Exception as error:
            if len(tickets) == 1 or isinstance(error, DATABASE_DOWN):
                for each in tickets:
                    each.settle(None, error)
            else:
                # One of them can't be written; alone, each fails or succeeds for itself.
                for each in tickets:
                    self._settle([each])
