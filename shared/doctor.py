"""What is wrong with this installation, in plain words, and what to do about it."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from shared.database.access import list_public_keys
from shared.database.history import verify_chain
from shared.database.migrate import pending_migrations
from shared.database.requests import DATABASE_DOWN
from shared.messaging.outbox_rows import count_rows
from shared.messaging.parking import count_parked
from shared.messaging.tables import ParkedState
from shared.service import Runtime

#: An event that has not left its outbox for this long is stuck.
STUCK = timedelta(minutes=1)
BROKER_TIMEOUT = 3.0  # seconds


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and what to do. `serious` means that people notice."""

    what: str
    remedy: str
    serious: bool = True


def examine(runtime: Runtime, now: datetime) -> list[Finding]:
    """Everything that looks wrong with one service; empty when it is well. Changes nothing."""
    try:
        runtime.database.ping()
    except DATABASE_DOWN as error:
        reason = str(error).splitlines()[0]
        return [Finding(f"The database can't be reached: {reason}", "Start it, or correct DATABASE_URL.")]
    pending = pending_migrations(runtime.database, runtime.service.migrations)
    if pending:
        return [Finding(f"{len(pending)} migrations have not been run.", "Run: saypro migrate")]
    checks: tuple[Callable[[Runtime, datetime], Iterator[Finding]], ...] = (
        _check_keys, _check_outbox, _check_parked, _check_history, _check_files, _check_broker,
    )  # fmt: skip
    found = [finding for check in checks for finding in check(runtime, now)]
    return found + list(runtime.service.examine(runtime))


def _check_keys(runtime: Runtime, _now: datetime) -> Iterator[Finding]:
    with runtime.database.transaction(write=False) as session:
        if not list_public_keys(session):
            yield Finding(
                "No signing key is known, so nobody can sign in here.",
                "Run saypro migrate for partners, and see that the workers and the broker are up.",
            )


def _check_outbox(runtime: Runtime, now: datetime) -> Iterator[Finding]:
    with runtime.database.engine.connect() as connection:
        waiting, oldest, set_back = count_rows(connection)
    if set_back:
        yield Finding(
            f"{set_back} events were returned because no queue wants them.",
            "Start every service's worker once, so that its queue exists. They are sent again by themselves.",
        )
    if oldest is not None and now - oldest > STUCK:
        yield Finding(
            f"{waiting} events wait to be published, the oldest since {oldest:%Y-%m-%d %H:%M} UTC.",
            f"See that {runtime.service.name}'s worker runs and reaches the broker. Nothing is lost meanwhile.",
        )


def _check_parked(runtime: Runtime, _now: datetime) -> Iterator[Finding]:
    with runtime.database.transaction(write=False) as session:
        numbers = count_parked(session)
    if numbers[ParkedState.PARKED]:
        yield Finding(
            f"{numbers[ParkedState.PARKED]} events were given up and wait for a person.",
            "Look with saypro parked list and show; mend the cause, then replay, or discard with a reason.",
        )
    if numbers[ParkedState.RETRYING]:
        yield Finding(
            f"{numbers[ParkedState.RETRYING]} events failed and are being tried again.",
            "Usually nothing: see saypro parked list if it stays.",
            serious=False,
        )


def _check_history(runtime: Runtime, _now: datetime) -> Iterator[Finding]:
    with runtime.database.transaction(write=False) as session:
        broken = verify_chain(session)
    if broken is not None:
        yield Finding(
            f"The history was altered: entry {broken} does not fit the one before it.",
            "Compare with a backup; find out who has write access to the database.",
        )


def _check_files(runtime: Runtime, _now: datetime) -> Iterator[Finding]:
    kept = runtime.settings.files
    try:
        runtime.files.probe()
    except (ImportError, ValueError) as error:
        yield Finding(
            f"FILES is {kept}, which can't be used here: {error}.",
            "For s3:// install s3fs in the image (pip install s3fs), or give FILES a folder that all processes share.",
        )
    except Exception as error:  # what a remote store's library raises is its own
        yield Finding(
            f"Files can't be kept in {kept}: {error}.",
            "See that it exists, has room and belongs to the user that SayPro runs as. Uploads are refused meanwhile.",
        )


def _check_broker(runtime: Runtime, _now: datetime) -> Iterator[Finding]:
    if not runtime.settings.amqp_url:
        return
    address = urlsplit(runtime.settings.amqp_url)
    try:
        socket.create_connection((address.hostname, address.port or 5672), BROKER_TIMEOUT).close()
    except OSError as error:
        yield Finding(
            f"The broker at {address.hostname} can't be reached: {error}.",
            "Start it. Requests are still answered; their events wait and are sent when it is back.",
        )
