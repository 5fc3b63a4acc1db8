"""`events`: what services publish and listen to, as an AsyncAPI 3 document or as a page for people."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from shared.messaging.asyncapi import describe_service, write_page
from shared.service import Service


def events_command(services: Sequence[Service]) -> click.Command:
    """The command for one service or several; it needs neither settings nor a database."""
    names = [service.name for service in services]

    @click.command("events")
    @click.argument("name", required=len(names) > 1, default=names[0] if len(names) == 1 else None,
                    type=click.Choice(names))  # fmt: skip
    @click.option(
        "--format", "form", type=click.Choice(["asyncapi", "markdown"]), default="markdown", show_default=True
    )
    def events(name: str, form: str) -> None:
        """Describe the events that a service publishes and listens to."""
        (service,) = (each for each in services if each.name == name)
        if form == "asyncapi":
            document = describe_service(service.name, service.events, service.subscriptions)
            click.echo(json.dumps(document, indent=2))
        else:
            click.echo(write_page(service.name, service.events, service.subscriptions, read_samples(service)), nl=False)

    return events


def read_samples(service: Service) -> Mapping[str, Mapping[str, Any]]:
    """The service's sample of each event that it publishes, by type."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted((service.folder / "contracts").glob("*.v*.json"))]
    return {each["type"]: each for each in found}
