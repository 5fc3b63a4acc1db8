"""Many rows in one statement: PostgreSQL gets each column as an array, SQLite takes row by row at little cost."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Table, TableValuedAlias, bindparam, column, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Row = Mapping[str, Any]
#: A mapped class.
Model = type[Any]
Change = Callable[[Any, Any], Mapping[str, Any]]


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def insert_rows(session: Session, model: Model, rows: Sequence[Row]) -> None:
    """Insert `rows` in their order; they all have the same keys, names of columns."""
    if not rows:
        return
    if is_sqlite(session):
        session.execute(sqlite.insert(model.__table__), list(rows))
    else:
        names = tuple(rows[0])
        session.execute(_insert_arrays(model.__table__, names), list_columns(names, rows))


def upsert_rows(session: Session, model: Model, rows: Sequence[Row], change: Change) -> None:
    """Insert `rows`; where one with the same primary key is there, change it instead.

    `change(present, coming)` gives the new values by column, as expressions over the columns of the row that is
    there and of the one that would have been inserted; it is a function of a module, called once for a statement
    that is kept. No two of `rows` may have the same key.
    """
    if not rows:
        return
    names = tuple(rows[0])
    statement = _upsert(model.__table__, names, change, is_sqlite(session))
    session.execute(statement, list(rows) if is_sqlite(session) else list_columns(names, rows))


def update_rows(session: Session, model: Model, rows: Sequence[Row]) -> set[Any]:
    """Change the rows that have these `id`s; returns the ids that were found.

    All of `rows` have the same keys, names of columns, and no two have the same `id`.
    """
    if not rows:
        return set()
    names = tuple(rows[0])
    statement = _update(model.__table__, names, is_sqlite(session))
    if is_sqlite(session):
        values = [{f"new_{name}": value for name, value in row.items()} for row in rows]
        return {found for each in values for found in session.scalars(statement, each)}
    return set(session.scalars(statement, list_columns(names, rows)))


def array_rows(model: Model, names: Sequence[str]) -> TableValuedAlias:
    """Rows with these columns of `model`, made from one array parameter for each; `list_columns` gives their values.

    Keep the statement that you build with it: building costs more than running.
    """
    return _array_rows(model.__table__, names)


def _array_rows(table: Table, names: Sequence[str]) -> TableValuedAlias:
    # Of one dimension, or a JSON value that is a list would be taken for another one.
    arrays = [bindparam(f"{name}s", type_=ARRAY(table.c[name].type, dimensions=1)) for name in names]
    columns = [column(name, table.c[name].type) for name in names]
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived()


def list_columns(names: Sequence[str], rows: Sequence[Row]) -> dict[str, list[Any]]:
    """The parameters of `array_rows`."""
    return {f"{name}s": [row[name] for row in rows] for name in names}


@cache
def _insert_arrays(table: Table, names: tuple[str, ...]) -> postgresql.Insert:
    return postgresql.insert(table).from_select(names, select(*_array_rows(table, names).c))


@cache
def _update(table: Table, names: tuple[str, ...], lite: bool) -> Any:
    given: Any = _array_rows(table, names).c
    if lite:
        given = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    changed = {name: given[name] for name in names if name != "id"}
    return update(table).where(table.c.id == given["id"]).values(changed).returning(table.c.id)


@cache
def _upsert(table: Table, names: tuple[str, ...], change: Change, lite: bool) -> Any:
    insert: Any = sqlite.insert(table) if lite else _insert_arrays(table, names)
    keys = list(table.primary_key.columns)
    return insert.on_conflict_do_update(index_elements=keys, set_=change(table.c, insert.excluded))
