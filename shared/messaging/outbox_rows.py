"""The relay's statements on the outbox."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Connection,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from shared.messaging.tables import OutboxEntry

Row = tuple[int, Any, str, str, str]

_earlier = aliased(OutboxEntry)
# Behind a row that was set back, the later ones of its subject wait, even while it is being tried again.
_is_behind = (
    select(1)
    .where(_earlier.subject == OutboxEntry.subject, _earlier.seq < OutboxEntry.seq)
    .where(_earlier.retry_at.is_not(None))
    .exists()
)
_COLUMNS = (
    OutboxEntry.seq,
    OutboxEntry.event_id,
    OutboxEntry.type,
    OutboxEntry.subject,
    OutboxEntry.envelope,
)
_claimable = (
    select(*_COLUMNS)
    .where(or_(OutboxEntry.retry_at.is_(None), OutboxEntry.retry_at <= bindparam("now")), ~_is_behind)
    .order_by(OutboxEntry.seq)
    .limit(bindparam("most"))
)
_seqs = bindparam("seqs", type_=ARRAY(BigInteger))
_claim_by_array = _claimable.where(OutboxEntry.seq != func.all(_seqs))
_delete_by_array = delete(OutboxEntry).where(OutboxEntry.seq == func.any(_seqs))
_expanding: BindParameter[list[int]] = bindparam("seqs", expanding=True)
_claim_by_list = _claimable.where(OutboxEntry.seq.not_in(_expanding))
_delete_by_list = delete(OutboxEntry).where(OutboxEntry.seq.in_(_expanding))


@contextmanager
def transact(connection: Connection, *, write: bool) -> Iterator[None]:
    """One transaction on SQLite, where only a writing one takes the lock that writers queue for.

    On PostgreSQL the relay's connection commits each statement by itself; none depends on another.
    """
    connection.execution_options(write=write)
    with connection.begin():
        yield


def claim_rows(connection: Connection, in_flight: Collection[int], most: int, now: datetime) -> list[Row]:
    """Up to `most` rows to send next, in order, without those in flight.

    There is no "after the last one seen": a transaction that began earlier may commit smaller numbers later.
    """
    statement = _claim_by_array if connection.dialect.name == "postgresql" else _claim_by_list
    values = {"seqs": list(in_flight), "most": most, "now": now}
    return cast(list[Row], list(connection.execute(statement, values)))


def delete_rows(connection: Connection, seqs: Sequence[int]) -> None:
    """Forget rows that were confirmed."""
    if seqs:
        statement = _delete_by_array if connection.dialect.name == "postgresql" else _delete_by_list
        connection.execute(statement, {"seqs": list(seqs)})


def set_back(connection: Connection, seq: int, reason: str, retry_at: Callable[[int], datetime]) -> str | None:
    """Keep a row that was not taken until `retry_at(attempts)`; returns its type, None if the row is gone."""
    row = connection.execute(select(OutboxEntry.attempts, OutboxEntry.type).where(OutboxEntry.seq == seq)).one_or_none()
    if row is None:
        return None
    attempts = row.attempts + 1
    connection.execute(
        update(OutboxEntry)
        .where(OutboxEntry.seq == seq)
        .values(attempts=attempts, retry_at=retry_at(attempts), error=reason)
    )
    return str(row.type)


def find_last(connection: Connection) -> int:
    """The highest `seq` there is, 0 in an empty outbox."""
    return connection.scalar(select(func.max(OutboxEntry.seq))) or 0


def count_rows(connection: Connection) -> tuple[int, datetime | None, int]:
    """How many rows there are, the time of the oldest, and how many were set back."""
    row = connection.execute(
        select(func.count(), func.min(OutboxEntry.created_at), func.count(OutboxEntry.retry_at)).select_from(
            OutboxEntry
        )
    ).one()
    return row[0], row[1], row[2]
