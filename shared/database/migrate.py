"""Runs Alembic: the kit's own revisions and the service's, side by side in one database."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Index, MetaData

from shared.database.engine import Database

SCRIPTS = Path(__file__).parent.parent / "migrations"
#: Alembic keeps what it is working on in its module, which two threads would share.
_one_at_a_time = threading.Lock()
_known_heads: dict[Path, tuple[str, ...]] = {}


def configure(database: Database | None, service_versions: Path) -> Config:
    """Alembic's configuration for one service; `service_versions` is its folder of revisions."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", f"{SCRIPTS / 'versions'}:{service_versions}")
    config.attributes["database"] = database
    return config


def is_made_on(dialect: str, item: Any) -> bool:
    """Whether `dialect` ("sqlite", "postgresql") has this table, column or index; some kinds are PostgreSQL's."""
    return dialect == "postgresql" or not (isinstance(item, Index) and "postgresql_using" in item.kwargs)


def migrate(database: Database, service_versions: Path) -> Sequence[str]:
    """Bring the database up to date; returns the revisions that were run. Safe to run by several at once."""
    pending = pending_migrations(database, service_versions)
    if pending:
        with _one_at_a_time:
            command.upgrade(configure(database, service_versions), "heads")
    return pending


def pending_migrations(database: Database, service_versions: Path) -> Sequence[str]:
    """The head revisions that the database does not have."""
    if service_versions not in _known_heads:
        scripts = ScriptDirectory.from_config(configure(None, service_versions))
        _known_heads[service_versions] = tuple(scripts.get_heads())
    with database.engine.connect() as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
    return [head for head in _known_heads[service_versions] if head not in current]


def write_revision(database: Database, versions: Path, metadata: MetaData, branch: str, message: str) -> None:
    """Write the revision that takes an up-to-date `database` to `metadata`; to be read and corrected by a person."""
    config = configure(database, versions)
    config.attributes["metadata"] = metadata
    existing = len(list(versions.glob("*.py")))
    command.revision(
        config,
        message,
        autogenerate=True,
        rev_id=f"{branch}_{existing + 1:04}",
        version_path=str(versions),
        head=f"{branch}@head" if existing else "base",
        branch_label=None if existing else branch,
    )
