"""What a transaction will say when it commits: recorded events and topics to announce, in order.

They are held on the session until then, and a savepoint that is rolled back takes its own with it.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_KEY = "shared.messaging.pending"


class Pending:
    """The lists of one session's transaction, with how long they were when each open savepoint began."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.marks: WeakKeyDictionary[SessionTransaction, int] = WeakKeyDictionary()


def add_pending(session: Session, item: Any) -> None:
    """Hold `item` until the session's transaction commits."""
    session.info.setdefault(_KEY, Pending()).items.append(item)


def pending_of(session: Session) -> list[Any]:
    """What the session's transaction holds so far."""
    pending: Pending | None = session.info.get(_KEY)
    return pending.items if pending else []


def before_outer_commit(listener: Callable[[Session], None]) -> None:
    """Call `listener` in every session's transaction just before it commits, not for its savepoints."""
    event.listen(Session, "before_commit", lambda session: _unless_nested(session, listener))


def after_outer_commit(listener: Callable[[Session], None]) -> None:
    """Call `listener` just after a session's transaction has committed, not for its savepoints."""
    event.listen(Session, "after_commit", lambda session: _unless_nested(session, listener))


def _unless_nested(session: Session, listener: Callable[[Session], None]) -> None:
    if _KEY in session.info and not session.in_nested_transaction():
        listener(session)


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    pending: Pending | None = session.info.get(_KEY)
    if pending and transaction.nested:
        pending.marks[transaction] = len(pending.items)


@event.listens_for(Session, "after_soft_rollback")
def _cut_back(session: Session, transaction: SessionTransaction) -> None:
    pending: Pending | None = session.info.get(_KEY)
    if pending:
        # A flush that fails undoes the savepoint (or the whole) around it, which is told of the flush alone.
        undone = transaction
        while undone.parent is not None and not undone.nested:
            undone = undone.parent
        # What began before anything was held has no mark.
        del pending.items[pending.marks.get(undone, 0) :]


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_KEY, None)
