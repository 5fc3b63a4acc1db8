"""How fast a campaign's dashboard data answers when the ledger is short and when it is long.

Ten campaigns of three KPIs and four partners over two years. Measured is what the page and the API both do: reading the
board in a transaction of its own and writing it out. Beside it, whole requests of the API by a signed-in coordinator
(Flask, sign-in, policy, log), and the same totals by adding up the ledger.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from statistics import quantiles
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import text

from services.metrics.app import SERVICE
from services.metrics.dashboard.queries import read_board
from services.metrics.dashboard.schemas import BoardSchema
from services.metrics.indicators.queries import list_kpis
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.queries import find_figures
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.service.verdicts import verify_figures
from shared.clock import utc_now
from shared.database.access import replace_keys
from shared.database.migrate import migrate
from shared.identity import COORDINATOR, sign_token
from shared.service import Runtime
from shared.testing.people import SIGNING_KEY, make_identity
from shared.web.app import create_app
from shared.web.sign_in import COOKIE
from tests.benchmarks.bench import Outcome, benchmark
from tests.benchmarks.servers import durable_database

CAMPAIGNS = 10
KEYS = ("waste", "bottles", "hours")
PARTNERS = 4
ROUNDS = 1000
#: A figure's number decides where it belongs, so that the ledger is the same at every run; and its id, which grows as
#: those of the time of their making do.
FILL = """
INSERT INTO measurements (id, created_at, kpi_id, organisation_id, submission_id, reference, value,
                          period_start, period_end, status)
SELECT CAST('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0') AS uuid), now(),
       (:kpis)[n % :kpi_count + 1], (:partners)[n / :kpi_count % :partner_count + 1],
       gen_random_uuid(), 'load-' || n, (n % 997) / 100.0, day, day,
       CASE WHEN n % 10 = 0 THEN 'provisional' ELSE 'verified' END
FROM (SELECT n, DATE '2024-01-01' + (n / 7 % 730)::int AS day
      FROM generate_series(CAST(:first AS bigint), :last) n) AS numbered
"""
ADDED_UP = """
SELECT kpi_id, organisation_id, date_trunc('month', period_end), sum(value) FILTER (WHERE status = 'verified'),
       sum(value) FILTER (WHERE status = 'provisional')
FROM measurements WHERE kpi_id = ANY(:kpis) AND status IN ('verified', 'provisional') GROUP BY 1, 2, 3
"""


@benchmark("dashboard_10k")
def measure_short() -> Outcome:
    """The 99th percentile with 10,000 figures in the ledger."""
    with ledger(10_000) as (client, runtime, campaigns):
        return compare(client, runtime, campaigns)


@benchmark("dashboard_10m")
def measure_long() -> Outcome:
    """The same with 10 million."""
    with ledger(10_000_000) as (client, runtime, campaigns):
        return compare(client, runtime, campaigns)


@benchmark("verify_1000")
def measure_verifying() -> Outcome:
    """Letting 1,000 provisional figures count, in one transaction over a ledger of 100,000."""
    with ledger(100_000) as (_client, runtime, campaigns):
        by = make_identity(COORDINATOR)
        with runtime.database.transaction() as session:
            kpis = [kpi.id for kpi in list_kpis(session, campaigns[0])]
            waiting = find_figures(session, by, kpis, status="provisional", cursor=None, limit=1000).items
            ids = [each.id for each in waiting]
        taken = {}
        for count, chosen in ((1, ids[:1]), (len(ids) - 1, ids[1:])):
            began = time.perf_counter()
            with runtime.database.transaction() as session:
                verify_figures(session, by, campaigns[0], chosen, utc_now())
            taken[count] = (time.perf_counter() - began) * 1000
    alone, together = taken.values()
    return {"value": together, "unit": f"ms for {len(ids) - 1}", "beside": {"one alone": alone}}


@contextmanager
def ledger(figures: int) -> Iterator[tuple[FlaskClient, Runtime, list[UUID]]]:
    """A coordinator's client, and the campaigns whose KPIs share `figures` figures."""
    with durable_database("ledger") as url:
        settings = SERVICE.settings.from_environment(database_url=url, secret_key="only a benchmark's key 0123456789")
        runtime = Runtime.start(SERVICE, settings)
        migrate(runtime.database, SERVICE.migrations)
        campaigns = fill_ledger(runtime, figures)
        with runtime.database.transaction() as session:
            replace_keys(session, [SIGNING_KEY.as_dict(private=False)])
        app = create_app(runtime)
        app.config.update(RATELIMIT_ENABLED=False)
        client = app.test_client()
        client.set_cookie(COOKIE, sign_token(make_identity(COORDINATOR), SIGNING_KEY))
        yield client, runtime, campaigns
        runtime.database.dispose()


def fill_ledger(runtime: Runtime, figures: int) -> list[UUID]:
    """Write the ledger by SQL, which is quick, and let a recount make the sums of it."""
    with runtime.database.transaction() as session:
        partners = [make_partner(session, f"Partner {number}") for number in range(PARTNERS)]
        days = {"starts_on": date(2024, 1, 1), "ends_on": date(2026, 12, 31)}
        campaigns = [make_campaign(session, *partners, **days) for _ in range(CAMPAIGNS)]
        kpis = [make_kpi(session, campaign, key=key).id for campaign in campaigns for key in KEYS]
    given = {"kpis": kpis, "kpi_count": len(kpis), "partners": partners, "partner_count": len(partners)}
    step = 500_000
    for first in range(0, figures, step):
        with runtime.database.transaction() as session:
            session.execute(text(FILL), {**given, "first": first, "last": min(first + step, figures) - 1})
    for kpi_id in kpis:
        with runtime.database.transaction() as session:
            recount_kpi(session, kpi_id, utc_now(), repair=True)
    with runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return campaigns


def compare(client: FlaskClient, runtime: Runtime, campaigns: list[UUID]) -> Outcome:
    """The p99 of the data and of whole requests, and of adding up a campaign's ledger (a few times: it takes long)."""
    by, today, schema = make_identity(COORDINATOR), utc_now().date(), BoardSchema()

    def read(turn: int) -> None:
        with runtime.database.transaction(write=False) as session:
            written = schema.dump(read_board(session, by, campaigns[turn % len(campaigns)], today))
        assert len(written["kpis"]) == len(KEYS)

    def ask(turn: int) -> None:
        answer = client.get(f"/metrics/api/v1/campaigns/{campaigns[turn % len(campaigns)]}/dashboard")
        assert answer.status_code == 200, answer.status
        assert len(answer.get_json()["kpis"]) == len(KEYS)

    with runtime.database.transaction(write=False) as session:
        kpis = [kpi.id for kpi in list_kpis(session, campaigns[0])]

        def add_up(_turn: int) -> None:
            session.execute(text(ADDED_UP), {"kpis": kpis}).all()

        slow = max(clock(add_up, 5))
    taken, asked = clock(read, ROUNDS), clock(ask, ROUNDS)
    beside = {
        "its median": quantiles(taken, n=2)[0],
        "whole request": quantiles(asked, n=100)[98],
        "its median, whole": quantiles(asked, n=2)[0],
        "live GROUP BY": slow,
    }
    return {"value": quantiles(taken, n=100)[98], "unit": "ms p99", "beside": beside}


def clock(act: Callable[[int], None], rounds: int) -> list[float]:
    """How long each round takes, in milliseconds; the first ten per cent warm up."""
    taken = []
    for turn in range(-(rounds // 10) - 1, rounds):
        began = time.perf_counter()
        act(turn)
        if turn >= 0:
            taken.append((time.perf_counter() - began) * 1000)
    return taken
