"""The `saypro` command: all four services in one process, and what looks after them."""

from collections.abc import Sequence
from functools import cache

import click

from deploy.standalone.settings import Place
from services.campaigns.app import SERVICE as CAMPAIGNS
from services.metrics.app import SERVICE as METRICS
from services.notifications.app import SERVICE as NOTIFICATIONS
from services.partners.app import SERVICE as PARTNERS
from shared.command import Start, care_commands, starter
from shared.database.migrate import migrate
from shared.events_command import events_command
from shared.service import Runtime, Service

#: Partners first: it makes the keys that the others check.
SERVICES: Sequence[Service] = (PARTNERS, CAMPAIGNS, METRICS, NOTIFICATIONS)


def main() -> None:
    """The entry point of `.venv/bin/saypro`."""
    saypro()


def _build() -> click.Group:
    group = click.Group("saypro", help="Run social-responsibility campaigns together with outside partners.")
    starts = [_lazily(service) for service in SERVICES]
    group.add_command(up)
    group.add_command(events_command(SERVICES))
    for command in care_commands(starts):
        group.add_command(command)
    for service, start in zip(SERVICES, starts, strict=True):
        for command in service.commands(start):
            group.add_command(command)
    return group


def _lazily(service: Service) -> Start:
    """Opens the service where `SAYPRO_DATA` says, once it is needed and with its tables made."""

    @cache
    def start() -> Runtime:
        runtime = starter(service, **Place.from_environment().settings_for(service))()
        migrate(runtime.database, service.migrations)
        return runtime

    return start


@click.command()
@click.option("--demo/--no-demo", default=True, show_default=True, help="Tell a new installation's first story.")
def up(demo: bool) -> None:
    """Run everything in this one process until Ctrl-C."""
    from deploy.standalone.up import run_everything

    run_everything(Place.from_environment(), SERVICES, demo=demo)


saypro = _build()
