"""Many rows in one statement: PostgreSQL gets each column as an array, SQLite takes row by row at little cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, TableValuedAlias, bindparam, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

Row = Mapping[str, Any]
#: A mapped class.
Model = type[Any]


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def insert_rows(session: Session, model: Model, rows: Sequence[Row]) -> None:
    """Insert `rows` in their order; they all have the same keys, names of columns."""
    if not rows:
        return
    if is_sqlite(session):
        session.execute(sqlite.insert(model.__table__), list(rows))
    else:
        names = list(rows[0])
        source = array_rows(model, names)
        session.execute(
            postgresql.insert(model.__table__).from_select(names, select(*source.c)), list_columns(names, rows)
        )


def upsert_rows(session: Session, model: Model, rows: Sequence[Row], change: Any) -> None:
    """Insert `rows`; where one with the same primary key is there, change it instead.

    `change(present, coming)` gives the new values by column, as expressions over the columns of the row that is
    there and of the one that would have been inserted. No two of `rows` may have the same key.
    """
    if not rows:
        return
    table = model.__table__
    keys = list(table.primary_key.columns)
    if is_sqlite(session):
        lite = sqlite.insert(model.__table__)
        session.execute(lite.on_conflict_do_update(keys, set_=change(table.c, lite.excluded)), list(rows))
        return
    names = list(rows[0])
    insert = postgresql.insert(model.__table__).from_select(names, select(*array_rows(model, names).c))
    session.execute(
        insert.on_conflict_do_update(index_elements=keys, set_=change(table.c, insert.excluded)),
        list_columns(names, rows),
    )


def array_rows(model: Model, names: Sequence[str]) -> TableValuedAlias:
    """Rows with these columns of `model`, made from one array parameter for each; `list_columns` gives their values."""
    table = model.__table__
    arrays = [bindparam(f"{name}s", type_=ARRAY(table.c[name].type)) for name in names]
    columns = [column(name, table.c[name].type) for name in names]
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived()


def list_columns(names: Sequence[str], rows: Sequence[Row]) -> dict[str, list[Any]]:
    """The parameters of `array_rows`."""
    return {f"{name}s": [row[name] for row in rows] for name in names}
