"""Events that could not be handled: setting them aside, and what a person can do about them.

A failed event is `retrying`, with growing pauses, until it works or has used up its tries and is `parked`
for a person. Later events of its subject are `waiting` behind it, unless their subscription doesn't mind
the order. A person replays or discards; the worker does the replaying (see `retry`), so that the handler
runs where it always does.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, String, bindparam, delete, func, select
from sqlalchemy.orm import Session, aliased

from shared.database.paging import Page, fetch_page
from shared.errors import Conflict, Invalid, NotFound
from shared.messaging.envelope import read_secret_fields
from shared.messaging.outage import backoff
from shared.messaging.subscriptions import NotYet
from shared.messaging.tables import UNRESOLVED, ParkedEvent, ParkedState

#: Tries before a failing event is left to a person: about a quarter of an hour.
MOST_ATTEMPTS = 10
#: Tries for an event that waits for another's news: some hours.
MOST_PATIENCE = 40
#: Tries that the process did not survive.
MOST_UNFINISHED = 3
#: How long a resolved event is kept on record.
KEPT = timedelta(days=90)
MASK = "•••"

_blocked = select(ParkedEvent.subject).where(ParkedEvent.ordered, ParkedEvent.state.in_(UNRESOLVED)).distinct()
# One array: a list of parameters as long as the batch would have to be parsed anew for every length.
_blocked_on_postgresql = _blocked.where(ParkedEvent.subject == func.any(bindparam("subjects", type_=ARRAY(String))))


@dataclass(frozen=True)
class ShownEvent:
    """A parked event as people may see it: secrets are masked. `payload` is None where the body is no
    JSON.
    """

    id: UUID
    seq: int
    state: ParkedState
    event_id: UUID | None
    type: str | None
    subject: str | None
    created_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    error: str
    payload: Mapping[str, Any] | None
    size: int
    replayed_by: str | None
    replayed_at: datetime | None
    discarded_by: str | None
    discarded_at: datetime | None
    reason: str | None


def list_parked(
    session: Session,
    *,
    states: Collection[ParkedState] = UNRESOLVED,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ShownEvent]:
    """Parked events in any of `states`, newest first. Raises `Invalid` for a cursor of another list."""
    statement = select(ParkedEvent).where(ParkedEvent.state.in_(list(states)))
    page: Page[ParkedEvent] = fetch_page(session, statement, ParkedEvent.seq, cursor=cursor, limit=limit)
    return Page([_show(row) for row in page.items], page.next_cursor)


def count_parked(session: Session) -> dict[ParkedState, int]:
    """How many unresolved events there are, by state; every state is named."""
    rows = session.execute(
        select(ParkedEvent.state, func.count()).where(ParkedEvent.state.in_(UNRESOLVED)).group_by(ParkedEvent.state)
    )
    return dict.fromkeys(UNRESOLVED, 0) | {ParkedState(state): number for state, number in rows}


def show_parked(session: Session, id: UUID) -> ShownEvent:
    """One parked event. Raises `NotFound`."""
    return _show(_find(session, id))


def replay_parked(session: Session, id: UUID, *, who: str, now: datetime) -> None:
    """Have the worker try it again within a second or so, with a fresh count of tries.

    Raises `NotFound`, or `Conflict` where it is resolved already or waits behind another.
    """
    row = _find_unresolved(session, id)
    if row.state == ParkedState.WAITING:
        head = _head_of(session, row)
        if head:
            raise Conflict(f"It waits behind {head.id} of the same subject: replay or discard that first.")
    row.state, row.attempts, row.unfinished, row.next_attempt_at = ParkedState.RETRYING, 0, 0, now
    row.replayed_by, row.replayed_at = who, now


def discard_parked(session: Session, id: UUID, *, who: str, reason: str, now: datetime) -> None:
    """Give it up for good; what waited behind it runs in order.

    Raises `NotFound`, `Conflict` where it is resolved already, or `Invalid` without a reason.
    """
    if not reason.strip():
        raise Invalid({"reason": "Say why it can be done without."})
    row = _find_unresolved(session, id)
    row.state, row.next_attempt_at, row.resolved_at = ParkedState.DISCARDED, None, now
    row.discarded_by, row.discarded_at, row.reason = who, now, reason.strip()


def purge_parked(session: Session, now: datetime) -> None:
    """Forget events that a person resolved longer ago than `KEPT`."""
    session.execute(
        delete(ParkedEvent).where(ParkedEvent.resolved_at < now - KEPT),
        execution_options={"synchronize_session": False},
    )


def blocked_subjects(session: Session, subjects: Collection[str]) -> set[str]:
    """Those of `subjects` with an earlier event that was set aside and is not yet resolved."""
    if not subjects:
        return set()
    if session.get_bind().dialect.name == "postgresql":
        statement, values = _blocked_on_postgresql, {"subjects": list(subjects)}
    else:
        statement, values = _blocked.where(ParkedEvent.subject.in_(subjects)), {}
    return {subject for subject in session.scalars(statement, values) if subject is not None}


def after_failure(error: Exception, attempts: int, now: datetime) -> tuple[ParkedState, datetime | None]:
    """What becomes of an event whose `attempts`th try failed, and when it is tried next."""
    patient = isinstance(error, NotYet)
    if attempts >= (MOST_PATIENCE if patient else MOST_ATTEMPTS):
        return ParkedState.PARKED, None
    pause = backoff(attempts, first=0.5, most=300) if patient else backoff(attempts, first=1, most=600)
    return ParkedState.RETRYING, now + timedelta(seconds=pause)


def describe_error(error: BaseException, payload: str) -> str:
    """An error in one text, without any secret that the payload holds."""
    text = f"{type(error).__name__}: {error}".replace("\x00", "\\x00")
    text = text.encode("utf-8", "backslashreplace").decode()
    for secret in _secrets_in(payload):
        text = text.replace(secret, MASK)
    return text[:4000]


def _find(session: Session, id: UUID, *, lock: bool = False) -> ParkedEvent:
    statement = select(ParkedEvent).where(ParkedEvent.id == id)
    row = session.scalar(statement.with_for_update() if lock else statement)
    if row is None:
        raise NotFound("There is no parked event with this id.")
    return row


def _find_unresolved(session: Session, id: UUID) -> ParkedEvent:
    row = _find(session, id, lock=True)
    if row.state not in UNRESOLVED:
        raise Conflict(f"This event was {row.state} already.")
    return row


def _head_of(session: Session, row: ParkedEvent) -> ParkedEvent | None:
    earlier = aliased(ParkedEvent)
    return session.scalar(
        select(earlier)
        .where(earlier.subject == row.subject, earlier.seq < row.seq)
        .where(earlier.ordered, earlier.state.in_(UNRESOLVED))
        .order_by(earlier.seq)
        .limit(1)
    )


def _show(row: ParkedEvent) -> ShownEvent:
    document = _read_document(row.payload)
    return ShownEvent(
        id=row.id,
        seq=row.seq,
        state=ParkedState(row.state),
        event_id=row.event_id,
        type=row.type,
        subject=row.subject,
        created_at=row.created_at,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        error=row.error,
        payload=None if document is None else _mask(document, read_secret_fields(document)),
        size=len(row.payload),
        replayed_by=row.replayed_by,
        replayed_at=row.replayed_at,
        discarded_by=row.discarded_by,
        discarded_at=row.discarded_at,
        reason=row.reason,
    )


def _read_document(payload: str) -> dict[str, Any] | None:
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _mask(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: MASK if key in names else _mask(each, names) for key, each in value.items()}
    return [_mask(each, names) for each in value] if isinstance(value, list) else value


def _secrets_in(payload: str) -> list[str]:
    document = _read_document(payload)
    if document is None:
        return []
    names = read_secret_fields(document)
    return sorted(_texts_under(document, names), key=len, reverse=True) if names else []


def _texts_under(value: Any, names: frozenset[str], secret: bool = False) -> Iterator[str]:
    match value:
        case dict():
            for key, each in value.items():
                yield from _texts_under(each, names, secret or key in names)
        case list():
            for each in value:
                yield from _texts_under(each, names, secret)
        case str() if secret and value:
            yield value
