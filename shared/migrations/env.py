"""Alembic's environment for every service: it runs in one transaction, one runner at a time."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import text

from shared.database.engine import Database
from shared.database.migrate import is_made_on
from shared.database.types import Document, Figure, Instant


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """How a new revision writes our column types."""
    if kind != "type":
        return False
    if isinstance(item, Instant | Figure):
        autogen.imports.add(f"from shared.database.types import {type(item).__name__}")
        return f"{type(item).__name__}()"
    if item is Document:
        autogen.imports.add("from shared.database.types import Document")
        return "Document"
    return False


def is_ours(item: Any, _name: str | None, kind: str, reflected: bool, model: Any) -> bool:
    """A database holds the kit's tables and the service's; a revision of the one leaves the other's alone."""
    if not reflected and not is_made_on(database.engine.dialect.name, item):
        return False
    return not (kind == "table" and reflected and model is None)


database: Database = context.config.attributes["database"]
with database.engine.execution_options(write=True).connect() as connection, connection.begin():
    if not database.is_sqlite:
        # Several containers may start at once; the second finds nothing left to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(7299001)"))
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadata"),
        render_item=render_item,
        include_object=is_ours,
    )
    context.run_migrations()
