"""How fast metrics takes figures: inbox, checks, ledger, sums, judgement and verdict, 200 events to a transaction.

Without the bus around it, so that it shows what the handler alone leaves for the `consumer` to do.
"""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from services.metrics.app import SERVICE
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.tests.factories import report
from services.metrics.subscribers import SUBSCRIPTIONS
from shared.clock import new_id, utc_now
from shared.database.engine import Database
from shared.database.migrate import migrate
from shared.messaging.consumer import BATCH
from shared.messaging.envelope import Envelope
from shared.messaging.tables import InboxEntry
from tests.benchmarks.bench import Outcome, benchmark
from tests.benchmarks.servers import durable_database

COUNT = 20_000
ALONE = 500
TYPE = "saypro.partners.submission_accepted.v1"
TAKE = next(each for each in SUBSCRIPTIONS if each.type == TYPE)


@benchmark("figures")
def measure_figures() -> Outcome:
    """Deliveries of one figure each, by four partners for three KPIs over twelve months."""
    with durable_database("figures") as url:
        database = Database(url)
        migrate(database, SERVICE.migrations)
        bodies = prepare(database, COUNT + BATCH + ALONE)
        take(database, bodies[:BATCH], BATCH)
        alone = ALONE / take(database, bodies[BATCH : BATCH + ALONE], 1)
        together = COUNT / take(database, bodies[BATCH + ALONE :], BATCH)
        database.dispose()
    return {"value": together, "unit": "figures/s", "beside": {"a transaction each": alone}}


def prepare(database: Database, count: int) -> list[str]:
    """The bodies of `count` deliveries, as they come from the broker."""
    keys = ("waste", "bottles", "homes")
    with database.transaction() as session:
        partners = [make_partner(session, f"Partner {number}") for number in range(4)]
        campaign = make_campaign(session, *partners)
        for key in keys:
            make_kpi(session, campaign, key=key)
    bodies = []
    for number in range(count):
        partner, day = partners[number % 4], f"2014-{number % 12 + 1:02}-16"
        items = [report(f"load-{number}", "4.31", day, keys[number % 3])]
        data: dict[str, Any] = {
            "submission_id": str(new_id()),
            "organisation_id": str(partner),
            "kind": "measurements.reported",
            "received_at": utc_now().isoformat(),
            "data": {"campaign": str(campaign), "measurements": items},
        }
        bodies.append(Envelope(new_id(), TYPE, "/partners", str(partner), utc_now(), data).to_json())
    return bodies


def take(database: Database, bodies: Sequence[str], batch: int) -> float:
    """Handle the events, `batch` to a transaction; returns seconds."""
    began = time.perf_counter()
    for start in range(0, len(bodies), batch):
        events = [TAKE.read(Envelope.from_json(body)) for body in bodies[start : start + batch]]
        with database.transaction() as session:
            session.execute(insert(InboxEntry), [{"event_id": each.id, "created_at": each.time} for each in events])
            TAKE.handler(session, events)
    return time.perf_counter() - began
