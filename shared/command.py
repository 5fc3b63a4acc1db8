"""The commands that every service has: `python -m services.<name> web|worker|live|migrate|parked|doctor`."""

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import click

from shared.doctor import examine
from shared.logs import configure_logs
from shared.service import Runtime, Service
from shared.settings import SettingsError


def service_command(service: Service) -> click.Group:
    """The command line of one service's image."""
    start = cache(lambda: _start(service))
    group = click.Group(service.name, help=f"Runs and looks after {service.name}.")
    for command in (*process_commands(service), *care_commands([start]), *service.commands):
        group.add_command(command)
    return group


def _start(service: Service) -> Runtime:
    try:
        return Runtime.start(service, service.settings.from_environment())
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
