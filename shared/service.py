"""What a service is to the kit: one description, from which web, worker, live and command line are built."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.database.engine import Database
from shared.files import FileStore
from shared.messaging.jobs import DueJob
from shared.messaging.subscriptions import Subscription
from shared.settings import KitSettings

if TYPE_CHECKING:
    import click
    from flask import Flask

    from shared.doctor import Finding
    from shared.web.api import Api
    from shared.web.live import Topic


@dataclass(frozen=True)
class Service:
    """One of the four services, as data."""

    name: str
    folder: Path
    settings: type[KitSettings]
    #: The declarative base's metadata: this service's own tables.
    metadata: Any
    #: Registers blueprints on the app and its API.
    add_routes: "Callable[[Flask, Api], None]"
    #: Permission -> the roles that have it. What is not listed nobody may do.
    permissions: Mapping[str, frozenset[str]]
    subscriptions: Sequence[Subscription] = ()
    #: From one batch of news to the next at least this long, where nobody waits for what comes of them: a stream then
    #: costs few transactions. News that come alone are handled at once all the same.
    rest: timedelta = timedelta(0)
    due_jobs: Callable[["Runtime"], Sequence[DueJob]] = lambda _runtime: ()
    topics: "Sequence[Topic]" = ()
    #: The service's own commands, given what opens its runtime.
    commands: "Callable[[Callable[[], Runtime]], Sequence[click.Command]]" = lambda _start: ()
    #: What a new database needs beside its tables; run after migrating, and harmless when run again.
    prepare: Callable[["Runtime"], None] = lambda _runtime: None
    #: What else `saypro doctor` looks at: examine(runtime) yields findings.
    examine: "Callable[[Runtime], Iterable[Finding]]" = lambda _runtime: ()
    #: The events that it publishes (subclasses of `shared.messaging.events.Event`).
    events: Sequence[type[Any]] = ()

    @property
    def migrations(self) -> Path:
        return self.folder / "migrations" / "versions"


@dataclass(frozen=True)
class Runtime:
    """A service at work: its description, its settings and its open database."""

    service: Service
    settings: Any
    database: Database = field(repr=False)

    @cached_property
    def files(self) -> FileStore:
        """The store of files, which all four services share."""
        return FileStore(self.settings.files)

    @classmethod
    def start(cls, service: Service, settings: KitSettings) -> "Runtime":
        """Open the database; do this after fork."""
        return cls(service, settings, Database(settings.database_url))
