"""Lists page by cursor: the values of the last row's sort columns, so that a page costs the same however deep."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.errors import Invalid

T = TypeVar("T")
LIMIT = 50


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list; `next_cursor` fetches the rows after them and is None on the last page."""

    items: Sequence[T]
    next_cursor: str | None


def fetch_page(
    session: Session,
    statement: Select[T],
    *keys: InstrumentedAttribute[Any] | ColumnElement[Any],
    cursor: str | None = None,
    limit: int = LIMIT,
    descending: bool = True,
) -> Page[T]:
    """Up to `limit` entities of `statement`, ordered by `keys`, the last of which must be unique.

    Keys are ids, texts, whole numbers, dates or instants, and never NULL; they are columns of the entity, or worked
    out of anything that the statement holds. Raises `Invalid` for a cursor that
    this list did not make.
    """
    if cursor:
        after = tuple_(*keys) if len(keys) > 1 else keys[0]
        values: Any = _decode(cursor, keys)
        values = values if len(keys) > 1 else values[0]
        condition: ColumnElement[bool] = after < values if descending else after > values
        statement = statement.where(condition)
    statement = statement.order_by(*(key.desc() if descending else key for key in keys)).limit(limit + 1)
    worked_out = [key for key in keys if not isinstance(key, InstrumentedAttribute)]
    rows: Sequence[Any] = session.execute(statement.add_columns(*worked_out)).all()
    items = [row[0] for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items, None)
    last, rest = rows[limit - 1][0], iter(rows[limit - 1][1:])
    values = [getattr(last, key.key) if isinstance(key, InstrumentedAttribute) else next(rest) for key in keys]
    return Page(items, _encode(values))


def _encode(values: list[Any]) -> str:
    text = json.dumps([value.isoformat() if isinstance(value, date) else str(value) for value in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, keys: Sequence[InstrumentedAttribute[Any] | ColumnElement[Any]]) -> tuple[Any, ...]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(keys):
            raise ValueError(cursor)
        return tuple(_PARSERS[key.type.python_type](value) for key, value in zip(keys, values, strict=True))
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise Invalid({"cursor": "Use the next_cursor of the page before, unchanged."}) from error


def _read_text(value: Any) -> str:
    # What isn't UTF-8 neither database takes, nor PostgreSQL a NUL: refused here and not by an error of the driver's.
    if not isinstance(value, str) or b"\x00" in value.encode():
        raise ValueError(value)
    return value


def _read_integer(value: Any) -> int:
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError(value)
    return number


#: How each kind of sort key is read back; what does not fit raises `ValueError` or one of its kin.
_PARSERS: Mapping[type, Callable[[Any], Any]] = {
    UUID: UUID,
    datetime: lambda value: datetime.fromisoformat(value).astimezone(UTC),
    date: date.fromisoformat,
    int: _read_integer,
    str: _read_text,
}
