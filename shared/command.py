"""The commands that every service has: `python -m services.<name> web|worker|live|migrate|parked|doctor`.

The one-process size builds its `saypro` from the same pieces, over all four services at once.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import click
from prometheus_client import start_http_server

from shared.clock import utc_now
from shared.collector import spare_what_stays
from shared.database.migrate import migrate, write_revision
from shared.doctor import examine
from shared.events_command import events_command
from shared.logs import configure_logs
from shared.parked_command import parked_group
from shared.service import Runtime, Service
from shared.settings import SettingsError
from shared.work import declare_queues

Start = Callable[[], Runtime]


def service_command(service: Service) -> click.Group:
    """The command line of one service's image."""
    start = starter(service)
    group = click.Group(service.name, help=f"Run {service.name} and look after it.")
    commands = (*_process_commands(start), *care_commands([start]), events_command([service]), *service.commands(start))
    for command in commands:
        group.add_command(command)
    return group


def starter(service: Service, **given: Any) -> Start:
    """What opens the service once, with settings from the environment beside those `given`."""

    @cache
    def start() -> Runtime:
        try:
            settings = service.settings.from_environment(**given)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        configure_logs(service.name, settings.log_level)
        return Runtime.start(service, settings)

    return start


def care_commands(starts: Sequence[Start]) -> list[click.Command]:
    """Migrating and looking after parked events, over one service or several."""

    @click.command("migrate")
    def migrate_command() -> None:
        """Bring the databases up to date, and the broker's queues. Safe to run again, and by several at once."""
        for start in starts:
            runtime = start()
            done = migrate(runtime.database, runtime.service.migrations)
            runtime.service.prepare(runtime)
            declare_queues(runtime)
            click.echo(f"{runtime.service.name}: {'migrated to ' + ', '.join(done) if done else 'up to date'}")

    @click.command()
    def doctor() -> None:
        """Say in plain words what is wrong with this installation. Exits with 1 if people will notice."""
        serious = False
        for start in starts:
            runtime = start()
            findings = examine(runtime, utc_now())
            click.echo(f"{runtime.service.name}: {'well' if not findings else ''}")
            for finding in findings:
                serious = serious or finding.serious
                click.echo(f"  {'!' if finding.serious else '-'} {finding.what}\n    {finding.remedy}")
        if serious:
            raise SystemExit(1)

    return [migrate_command, parked_group(starts), doctor]


def _process_commands(start: Start) -> list[click.Command]:
    @click.command()
    @click.option("--host", envvar="HOST", default="0.0.0.0", show_default=True)  # noqa: S104 - inside a container
    @click.option("--port", envvar="PORT", default=8000, show_default=True)
    @click.option("--processes", envvar="WEB_PROCESSES", default=1, show_default=True)
    @click.option("--threads", envvar="WEB_THREADS", default=32, show_default=True)
    def web(host: str, port: int, processes: int, threads: int) -> None:
        """Answer pages and the API."""
        from shared.web.server import serve_web

        serve_web(start, f"{host}:{port}", processes=processes, threads=threads)

    @click.command()
    @click.option("--host", envvar="HOST", default="0.0.0.0", show_default=True)  # noqa: S104 - inside a container
    @click.option("--port", envvar="PORT", default=8000, show_default=True)
    def live(host: str, port: int) -> None:
        """Hold the open connections of live pages."""
        from shared.web.server import serve_live

        serve_live(start, f"{host}:{port}")

    @click.command()
    def worker() -> None:
        """Publish what was recorded, handle what others published, do what is due."""
        from shared.work import make_worker, open_bus

        runtime = start()
        if runtime.settings.worker_port:
            start_http_server(runtime.settings.worker_port)
        made = make_worker(runtime, open_bus(runtime.settings))
        spare_what_stays()
        made.run_forever()

    @click.command()
    @click.argument("message")
    def revision(message: str) -> None:
        """Write a migration from the models, for its author to read and correct (needs an up-to-date database)."""
        runtime = start()
        service = runtime.service
        write_revision(runtime.database, service.migrations, service.metadata, service.name, message)

    return [web, live, worker, revision]
