"""Erasing a person from a service's database: what is theirs by id, and every mention of them in any text.

A service says what is a person's own (`Owned`), and what must be kept and why (`kept`). All other texts, also in JSON,
are searched for the person's addresses and full names, so that a column that nobody thought of is not forgotten.
The name of one word alone is too common to be searched for in prose: it is looked for only where a column holds
nothing but somebody's name (`named`).
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields
from sqlalchemy import JSON, Column, MetaData, String, Table, Text, Uuid, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from shared.clock import utc_now
from shared.database.history import ERASED, HistoryEntry, erase_entry
from shared.database.idempotency import KeptAnswer
from shared.database.links import ScopedLink, revoke_links_of
from shared.messaging.events import Event
from shared.messaging.outbox import record
from shared.messaging.subscriptions import Received, Subscription
from shared.messaging.tables import ParkedEvent

#: What stands in an address' place where there must be one; RFC 2606 keeps the domain from ever existing.
NO_ADDRESS = "erased@erased.invalid"


@dataclass(frozen=True)
class Whom:
    """Who is to be erased: their ids as a person and as contacts, and how they are called in this system."""

    ids: frozenset[UUID]
    names: frozenset[str]
    emails: frozenset[str]


@dataclass(frozen=True)
class Owned:
    """Columns of rows that are the person's, found by the id in `key`; `put` is what each is set to, or makes it of
    the row's id."""

    key: str
    put: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """What a service holds of people: by table, by "table.column" with the reason, and columns of nothing but names."""

    metadata: MetaData
    owned: Mapping[str, Owned] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    #: What rows alone don't say, done last: (session, whom, now) -> counts by name.
    also: Callable[[Session, Whom, datetime], Mapping[str, int]] | None = None


class ErasureRequestSchema(Schema):
    erasure_id = fields.UUID(required=True)
    person_ids = fields.List(fields.UUID(), required=True)
    names = fields.List(fields.String(), required=True)
    emails = fields.List(fields.String(), required=True)


def listen_for_erasures(plan: Plan, say_done: Callable[[UUID, Mapping[str, int]], Event]) -> Subscription:
    """The subscription by which a service erases a person and answers with the event that `say_done` makes."""

    def hear(session: Session, event: Received) -> None:
        asked = event.data
        whom = Whom(frozenset(asked["person_ids"]), frozenset(asked["names"]), frozenset(asked["emails"]))
        now = utc_now()
        record(session, say_done(asked["erasure_id"], erase_person(session, plan, whom, now)), now=now)

    return Subscription("saypro.partners.person_erasure_requested.v1", hear, ErasureRequestSchema)


def erase_person(session: Session, plan: Plan, whom: Whom, now: datetime) -> dict[str, int]:
    """Erase them in this transaction; table -> how many of its rows were changed. Doing it again finds nothing."""
    session.flush()
    counts: dict[str, int] = {}
    for name, owned in plan.owned.items():
        counts[name] = counts.get(name, 0) + _erase_owned(session, plan.metadata.tables[name], owned, whom)
    for table in plan.metadata.sorted_tables:
        columns = [each for each in _list_texts(table) if not _is_settled(plan, each)]
        counts[table.name] = counts.get(table.name, 0) + _erase_mentions(session, plan, table, columns, whom)
    counts |= _erase_from_kit(session, plan, whom, now)
    session.expire_all()
    for name, count in (plan.also(session, whom, now) if plan.also else {}).items():
        counts[name] = counts.get(name, 0) + count
    return {name: count for name, count in counts.items() if count}


def list_undeclared(plan: Plan, pattern: re.Pattern[str]) -> list[str]:
    """Columns whose names match `pattern` and of which the plan says nothing: for a test."""
    texts = [each for table in plan.metadata.sorted_tables for each in _list_texts(table)]
    known = plan.named | set(plan.kept)
    return [
        _name(each)
        for each in texts
        if pattern.search(each.name) and not _is_settled(plan, each) and _name(each) not in known
    ]


def list_touched(plan: Plan) -> list[str]:
    """The tables of which an erasure may change rows: for a test."""
    return [
        table.name
        for table in plan.metadata.sorted_tables
        if table.name in plan.owned or any(not _is_settled(plan, each) for each in _list_texts(table))
    ]


def replace_mentions(value: Any, whom: Whom, *, whole: bool = False) -> Any:
    """`value`, a text or JSON, without the person; with `whole`, a text that is just their name is replaced too."""
    match value:
        case str():
            if whole and value.casefold() in {each.casefold() for each in whom.names}:
                return ERASED
            for email in whom.emails:
                value = re.sub(re.escape(email), NO_ADDRESS, value, flags=re.IGNORECASE)
            for name in _full_names(whom):
                value = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", ERASED, value, flags=re.IGNORECASE)
            return value
        case list():
            return [replace_mentions(each, whom, whole=whole) for each in value]
        case dict():
            return {key: replace_mentions(each, whom, whole=whole) for key, each in value.items()}
    return value


def _erase_owned(session: Session, table: Table, owned: Owned, whom: Whom) -> int:
    theirs = table.c[owned.key].in_(whom.ids)
    keys = list(table.primary_key.columns)
    changed = 0
    for row in session.execute(select(table).where(theirs)).mappings().all():
        put = {name: value(row) if callable(value) else value for name, value in owned.put.items()}
        put = {name: value for name, value in put.items() if row[name] != value}
        if put:
            session.execute(update(table).where(*(key == row[key.name] for key in keys)).values(put))
            changed += 1
    return changed


def _erase_mentions(session: Session, plan: Plan, table: Table, columns: Collection[Column[Any]], whom: Whom) -> int:
    conditions = [_mentions(each, needle) for each in columns for needle in _needles(whom)]
    conditions += [each.in_(whom.names) for each in columns if _name(each) in plan.named]
    if not conditions:
        return 0
    keys = list(table.primary_key.columns)
    changed = 0
    for row in session.execute(select(*keys, *columns).where(or_(*conditions))).mappings().all():
        found = {
            each.name: _fit(each, replace_mentions(row[each.name], whom, whole=_name(each) in plan.named))
            for each in columns
        }
        found = {name: value for name, value in found.items() if value != row[name]}
        if found:
            session.execute(update(table).where(*(key == row[key.name] for key in keys)).values(found))
            changed += 1
    return changed


def _erase_from_kit(session: Session, plan: Plan, whom: Whom, now: datetime) -> dict[str, int]:
    counts = {"history": _erase_history(session, whom, now), "scoped_links": 0}
    for each in whom.ids:
        revoke_links_of(session, now, each)
    theirs = ScopedLink.holder_id.in_(whom.ids) | ScopedLink.holder_email.in_(whom.emails)
    for link in session.scalars(select(ScopedLink).where(theirs, ScopedLink.holder_name != "")):
        link.holder_name = link.holder_email = ""
        link.revoked_at = link.revoked_at or now
        counts["scoped_links"] += 1
    session.execute(delete(KeptAnswer).where(KeptAnswer.person_id.in_(whom.ids)))
    parked = ParkedEvent.__table__
    columns = [parked.c[name] for name in ("payload", "error", "reason", "replayed_by", "discarded_by")]
    session.flush()
    counts["parked"] = _erase_mentions(session, plan, parked, columns, whom)  # type: ignore[arg-type]
    return counts


def _erase_history(session: Session, whom: Whom, now: datetime) -> int:
    about = [HistoryEntry.person_id.in_(whom.ids), HistoryEntry.subject.in_(whom.ids)]
    about += [_mentions(HistoryEntry.__table__.c.detail, needle) for needle in _needles(whom)]
    changed = 0
    for entry in session.scalars(select(HistoryEntry).where(or_(*about))):
        own = entry.person_id in whom.ids or entry.subject in whom.ids
        name = ERASED if entry.person_id in whom.ids else entry.person_name
        detail = replace_mentions(entry.detail, whom, whole=own)
        if (name, detail) != (entry.person_name, entry.detail):
            erase_entry(entry, name, detail, now)
            changed += 1
    session.flush()
    return changed


def _mentions(column: Any, needle: str) -> Any:
    if not isinstance(column.type, JSON):
        return column.icontains(needle, autoescape=True)
    # One database keeps JSON with its letters, the other with their numbers.
    forms = {json.dumps(needle, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    return or_(*(cast(column, Text).icontains(form, autoescape=True) for form in forms))


def _needles(whom: Whom) -> list[str]:
    plain = [*whom.emails, *_full_names(whom)]
    return sorted({form for each in plain for form in (each, each.casefold())})


def _full_names(whom: Whom) -> list[str]:
    return sorted((each for each in whom.names if " " in each), key=len, reverse=True)


def _list_texts(table: Table) -> Iterator[Column[Any]]:
    for column in table.columns:
        textual = isinstance(column.type, (String, JSON)) and not isinstance(column.type, Uuid)
        if textual and not column.primary_key and not column.foreign_keys:
            yield column


def _is_settled(plan: Plan, column: Column[Any]) -> bool:
    owned = plan.owned.get(column.table.name)
    return _name(column) in plan.kept or (owned is not None and column.name in owned.put)


def _name(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"


def _fit(column: Column[Any], value: Any) -> Any:
    length = getattr(column.type, "length", None)
    return value[:length] if isinstance(value, str) and length else value
