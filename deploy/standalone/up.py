"""Runs all four services in this process: a SQLite file each, the in-process bus, captured mail."""

import signal
import threading
from collections.abc import Sequence
from types import FrameType

import click
from rich.console import Console

from deploy.standalone.gateway import gateway, make_server
from deploy.standalone.settings import Place
from services.partners.people.access import make_link
from services.partners.people.service import ensure_person
from shared.clock import utc_now
from shared.collector import spare_what_stays
from shared.command import starter
from shared.database.migrate import migrate
from shared.identity import ADMIN
from shared.logs import configure_logs
from shared.messaging.in_process import InProcessBus
from shared.messaging.worker import stop_workers
from shared.service import Runtime, Service
from shared.web.app import close_streams, create_live_app
from shared.work import make_worker

#: An open live page takes a thread here; a page that finds none left polls instead.
LIVE_STREAMS = 24


def run_everything(place: Place, services: Sequence[Service], *, demo: bool) -> None:
    """Migrate, start the workers, answer requests; returns after SIGINT or SIGTERM, with all stopped in order."""
    console = Console()
    asked_to_stop = _hear_signals()
    runtimes = {}
    for service in services:
        runtimes[service.name] = runtime = starter(service, live_streams=LIVE_STREAMS, **place.settings_for(service))()
        migrate(runtime.database, service.migrations)
        service.prepare(runtime)
    configure_logs("saypro", place.log_level)
    bus = InProcessBus()
    workers = [make_worker(runtime, bus) for runtime in runtimes.values()]
    apps = {name: create_live_app(runtime) for name, runtime in runtimes.items()}
    try:
        server = make_server(gateway(apps), place.host, place.port)
        server.prepare()
    except OSError as error:
        raise click.ClickException(
            f"Port {place.port} can't be opened ({error}). Choose another: make run PORT=8001"
        ) from error
    spare_what_stays()
    for worker in workers:
        worker.start()
    threading.Thread(target=server.serve, name="http", daemon=True).start()
    if demo:
        _tell_story(runtimes, asked_to_stop, console)
    if not asked_to_stop.is_set():
        _greet(runtimes["partners"], place, console)
    asked_to_stop.wait()
    console.print("Stopping…")
    for app in apps.values():
        close_streams(app)
    server.stop()
    stop_workers(workers)


def _tell_story(runtimes: dict[str, Runtime], asked_to_stop: threading.Event, console: Console) -> None:
    from deploy.standalone.demo import is_untold, tell_story

    if is_untold(runtimes):
        with console.status("Telling the demo's story: four partners, three campaigns, half a year of figures…"):
            tell_story(runtimes, utc_now(), asked_to_stop.is_set)


def _greet(partners: Runtime, place: Place, console: Console) -> None:
    now = utc_now()
    with partners.database.transaction() as session:
        person = ensure_person(
            session, now, name="Naledi Mokoena", email="naledi@example.org", role=ADMIN, organisation_id=None,
            locale="en", time_zone=None,
        )  # fmt: skip
        secret = make_link(session, person, now)
    console.print(f"SayPro Partnerships answers on [bold]{place.base_url}[/bold] (files in {place.folder}).")
    console.print("Sign in, once within 30 minutes, with:")
    # Printed without markup or folding, so that it can be copied and clicked.
    print(f"  {place.base_url}/partners/sign-in/{secret}", flush=True)  # noqa: T201
    console.print("A new link: [bold].venv/bin/saypro link[/bold]   Stop: Ctrl-C")


def _hear_signals() -> threading.Event:
    """Set by SIGINT and SIGTERM from here on, also while the story is still being told."""
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return asked
