"""How fast a spreadsheet of 200,000 figures is looked at and taken, as the worker does it: at once or not at all."""

import tempfile
import time
from datetime import date, timedelta

from services.metrics.app import SERVICE
from services.metrics.exchange.queries import get_file_by_id
from services.metrics.exchange.service.long_files import LIMITS, carry_files
from services.metrics.exchange.service.uploads import take_figures
from services.metrics.exchange.tests.factories import PARTNER, TITLES, upload
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.tests.factories import stand
from shared.clock import utc_now
from shared.database.engine import Database
from shared.database.migrate import migrate
from shared.files import FileStore
from shared.testing.people import make_identity
from tests.benchmarks.bench import Outcome, benchmark
from tests.benchmarks.servers import durable_database

DAYS = 4_000


@benchmark("long_file")
def measure_long_file() -> Outcome:
    """From the upload until the figures count, and the part of it in which the ledger is being written."""
    with durable_database("long_files") as url, tempfile.TemporaryDirectory() as folder:
        database = Database(url)
        migrate(database, SERVICE.migrations)
        store = FileStore(folder)
        began = time.perf_counter()
        with database.transaction() as session:
            campaign = make_campaign(session, make_partner(session, PARTNER))
            make_kpi(session, campaign)
            exchange_id = upload(session, store, campaign, write_long(LIMITS.rows)).id
        work(database, store)
        looked = time.perf_counter()
        with database.transaction() as session:
            seen = get_file_by_id(session, make_identity(), exchange_id).version
            take_figures(session, make_identity(), campaign, exchange_id, seen, store, utc_now())
        work(database, store)
        taken = time.perf_counter()
        with database.transaction() as session:
            assert stand(session, campaign).figures == LIMITS.rows
        database.dispose()
    return {
        "value": LIMITS.rows / (taken - began),
        "unit": "rows/s",
        "beside": {"taking alone": LIMITS.rows / (taken - looked)},
    }


def work(database: Database, store: FileStore) -> None:
    """Do what the worker does until there is nothing more to do, each step in its transaction."""
    carry, more = carry_files(store), True
    while more:
        with database.transaction() as session:
            more = carry(session, utc_now())


def write_long(rows: int) -> bytes:
    """A CSV of so many figures over `DAYS` days."""
    days = [(date(2014, 5, 1) + timedelta(days=number)).isoformat() for number in range(DAYS)]
    lines = [",".join(TITLES[:6])]
    for number in range(rows):
        day = days[number % DAYS]
        lines.append(f"waste,{PARTNER},{number % 97}.25,{day},{day},r{number}")
    return "\n".join(lines).encode()
