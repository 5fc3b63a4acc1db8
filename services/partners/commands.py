"""Partners' own commands: a bearer token for a script, a sign-in link for a person."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import click

from services.partners.people import access
from services.partners.people.service import ensure_person
from services.partners.vault import Vault
from shared.clock import utc_now
from shared.errors import Problem
from shared.identity import ADMIN, COORDINATOR, LIAISON, VIEWER
from shared.service import Runtime

Start = Callable[[], Runtime]
ROLES = (ADMIN, COORDINATOR, VIEWER, LIAISON)


def partners_commands(start: Start) -> Sequence[click.Command]:
    """`token` and `link`, on the runtime that `start` opens."""

    @click.command()
    @_person_options
    @click.option("--days", default=30, show_default=True, type=click.IntRange(1, 365), help="How long it is valid.")
    def token(days: int, **who: Any) -> None:
        """Print a bearer token for a script. It acts as the person and is not shown again."""
        runtime = start()
        vault, now = Vault(runtime.settings.encryption_key), utc_now()
        with runtime.database.transaction() as session:
            access.ensure_signing_key(session, vault, now)
            person = _find_person(session, **who)
            made = access.make_personal_token(session, person, "made by saypro token", vault, now, timedelta(days=days))
        click.echo(made.token)

    @click.command()
    @_person_options
    def link(**who: Any) -> None:
        """Print a one-time sign-in link, good for 30 minutes."""
        runtime = start()
        now = utc_now()
        with runtime.database.transaction() as session:
            access.ensure_signing_key(session, Vault(runtime.settings.encryption_key), now)
            secret = access.make_link(session, _find_person(session, **who), now)
        click.echo(f"{runtime.settings.base_url}/partners/sign-in/{secret}")

    return [token, link]


def _person_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--role",
            type=click.Choice(ROLES),
            default=ADMIN,
            show_default=True,
            help="For a person not yet known.",
        ),
        click.option("--email", help="Whose. By default <role>@example.org, added if nobody has it."),
        click.option("--name", help="For a person not yet known."),
        click.option("--organisation", type=click.UUID, help="A liaison's organisation."),
    ):
        command = option(command)
    return command


def _find_person(session: Any, role: str, email: str | None, name: str | None, organisation: UUID | None) -> Any:
    try:
        person = ensure_person(
            session,
            utc_now(),
            name=name or role.capitalize(),
            email=email or f"{role}@example.org",
            role=role,
            organisation_id=organisation,
            locale="en",
            time_zone=None,
        )
    except Problem as problem:
        raise click.ClickException(problem.detail) from problem
    if not person.active:
        raise click.ClickException(f"{person.email} may not sign in any more.")
    return person
