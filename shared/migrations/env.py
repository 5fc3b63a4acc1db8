"""Alembic's environment for every service: it runs in one transaction, one runner at a time."""

from alembic import context
from sqlalchemy import text

from shared.database.engine import Database

database: Database = context.config.attributes["database"]
with database.engine.execution_options(write=True).connect() as connection, connection.begin():
    if not database.is_sqlite:
        # Several containers may start at once; the second finds nothing left to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(7299001)"))
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadata"),
        render_as_batch=database.is_sqlite,
    )
    context.run_migrations()
