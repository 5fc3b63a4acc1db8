"""`parked list|show|replay|discard`: what an operator does about events that could not be handled."""

import getpass
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from shared.clock import utc_now
from shared.errors import NotFound, Problem
from shared.messaging.parking import discard_parked, list_parked, replay_parked, show_parked
from shared.service import Runtime

Start = Callable[[], Runtime]


def parked_group(starts: Sequence[Start]) -> click.Group:
    """The group of commands, over one service or several: an id is looked for in each."""
    group = click.Group("parked", help="List, show, replay or discard events that could not be handled.")

    @group.command("list")
    def list_command() -> None:
        """Every event that is retrying, waiting behind one that is, or parked for a person."""
        table = Table("service", "id", "state", "event", "tries", "error")
        for start in starts:
            for each in _list_all(start()):
                error = each.error.splitlines()[0][:80] if each.error else ""
                table.add_row(
                    start().service.name, str(each.id), each.state, each.type or "?", str(each.attempts), error
                )
        if table.row_count:
            Console().print(table)
        else:
            click.echo("Nothing is parked.")

    @group.command("show")
    @click.argument("id", type=click.UUID)
    def show_command(id: UUID) -> None:
        """One event with its whole error and payload; secrets are masked."""
        with _found_in(starts, id) as (runtime, session):
            shown = show_parked(session, id)
            click.echo(
                f"{runtime.service.name}: {shown.type} of {shown.subject}, {shown.state}, tried {shown.attempts} times"
            )
            click.echo(f"since {shown.created_at:%Y-%m-%d %H:%M:%S} UTC\n\n{shown.error}\n")
            click.echo(json.dumps(shown.payload, indent=2) if shown.payload else f"{shown.size} bytes that are no JSON")

    @group.command("replay")
    @click.argument("id", type=click.UUID)
    def replay_command(id: UUID) -> None:
        """Have the worker try it again at once, with a fresh count of tries."""
        with _found_in(starts, id) as (_runtime, session):
            replay_parked(session, id, who=_operator(), now=utc_now())
        click.echo("It is tried again within a second or two: see saypro parked list.")

    @group.command("discard")
    @click.argument("id", type=click.UUID)
    @click.option("--reason", required=True, help="Why it can be done without; kept on record.")
    def discard_command(id: UUID, reason: str) -> None:
        """Give it up for good; what waited behind it runs in order."""
        with _found_in(starts, id) as (_runtime, session):
            discard_parked(session, id, who=_operator(), reason=reason, now=utc_now())
        click.echo("Discarded.")

    return group


def _list_all(runtime: Runtime) -> Iterator[Any]:
    cursor = None
    while True:
        with runtime.database.transaction(write=False) as session:
            page = list_parked(session, cursor=cursor, limit=200)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


@contextmanager
def _found_in(starts: Sequence[Start], id: UUID) -> Iterator[tuple[Runtime, Any]]:
    """The service that has this event, in a transaction that is committed at the end of the block."""
    try:
        for start in starts:
            runtime = start()
            with runtime.database.transaction() as session:
                try:
                    show_parked(session, id)
                except NotFound:
                    continue
                yield runtime, session
                return
        raise NotFound("There is no parked event with this id: see saypro parked list.")
    except Problem as problem:
        raise click.ClickException(problem.detail) from problem


def _operator() -> str:
    return f"{getpass.getuser()} (command line)"
