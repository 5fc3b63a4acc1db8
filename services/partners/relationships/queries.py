"""Ranking organisations by who waits longest, from what the features select, and gathering why in words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from services.partners.attention import Signal, Source
from services.partners.contacts.queries import select_owned
from shared.database.paging import Page
from shared.errors import Invalid


@dataclass(frozen=True)
class Waiting:
    """An organisation where something waits, and the day since when."""

    organisation_id: UUID
    since: date


def rank_waiting(
    session: Session,
    sources: Sequence[Source],
    today: date,
    *,
    owner_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Waiting]:
    """Organisations where something is due, those that wait longest first, one page; with `owner_id`, that person's.

    Raises `Invalid` for a cursor that this list did not make.
    """
    ranked = _rank(sources, today, owner_id)
    found = select(ranked.c.organisation_id, ranked.c.since)
    if cursor:
        since, organisation_id = _read_cursor(cursor)
        after = tuple_(literal(since, Date), literal(organisation_id))
        found = found.where(tuple_(ranked.c.since, ranked.c.organisation_id) > after)
    found = found.order_by(ranked.c.since, ranked.c.organisation_id).limit(limit + 1)
    rows = [Waiting(row.organisation_id, row.since) for row in session.execute(found)]
    more, rows = len(rows) > limit, rows[:limit]
    return Page(rows, f"{rows[-1].since}_{rows[-1].organisation_id}" if more else None)


def count_waiting(session: Session, sources: Sequence[Source], today: date, *, owner_id: UUID | None = None) -> int:
    """At how many organisations something is due."""
    return session.scalar(select(func.count()).select_from(_rank(sources, today, owner_id))) or 0


def gather_signals(
    session: Session, sources: Sequence[Source], organisation_ids: Collection[UUID], today: date
) -> Mapping[UUID, Sequence[Signal]]:
    """Why each of these organisations needs attention, what waits longest first; one query per source."""
    told = [source.tell(session, organisation_ids, today) for source in sources]
    return {
        each: sorted(chain.from_iterable(found.get(each, ()) for found in told), key=lambda signal: signal.since)
        for each in organisation_ids
    }


def _rank(sources: Sequence[Source], today: date, owner_id: UUID | None) -> Any:
    # The columns' names come from the first statement; the others only need the same order.
    selects: list[Select[Any]] = [source.select(today) for source in sources]
    due = union_all(*selects).subquery().alias("due")
    organisation_id, since = due.columns[0], due.columns[1]
    ranked = select(organisation_id.label("organisation_id"), func.min(since, type_=Date).label("since"))
    if owner_id is not None:
        ranked = ranked.where(organisation_id.in_(select_owned(owner_id)))
    return ranked.group_by(organisation_id).subquery()


def _read_cursor(cursor: str) -> tuple[date, UUID]:
    since, _, organisation_id = cursor.partition("_")
    try:
        return date.fromisoformat(since), UUID(organisation_id)
    except ValueError as error:
        raise Invalid({"cursor": "Use the next_cursor of the page before, unchanged."}) from error
