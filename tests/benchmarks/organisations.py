"""How fast the register answers with 100,000 organisations on PostgreSQL: whole requests, in one process.

Every list, filter and search is asked for in turn; what counts is the slowest in twenty (p95). Beside it, the same
rows by a plain SELECT over the same connection, without a page around them.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import quantiles
from typing import Any

from cryptography.fernet import Fernet
from flask.testing import FlaskClient
from sqlalchemy import insert, text

from services.partners.app import SERVICE
from services.partners.organisations.models import KINDS, REACHES, STAGES, Organisation, Topic, list_topics
from services.partners.organisations.words import AREA_NAMES
from shared.clock import new_id
from shared.database.access import replace_keys
from shared.database.migrate import migrate
from shared.identity import COORDINATOR, sign_token
from shared.service import Runtime
from shared.testing.people import SIGNING_KEY, make_identity
from shared.web.app import create_app
from shared.web.sign_in import COOKIE
from tests.benchmarks.bench import Outcome, benchmark
from tests.benchmarks.servers import durable_database

COUNT = 100_000
ROUNDS = 10
LIST = "/partners/organisations"
FILTERS = (
    "", "?kind=charity", "?country=NA", "?stage=partner", "?stage=prospect", "?reach=international", "?area=oceans",
    "?goal=14", "?goal=14&stage=partner&country=ZA", "?area=education&kind=school&reach=local",
)  # fmt: skip
SEARCHES = ("trust", "ocean trust", "hope 4711", "np", "zebra", "npo099", "stellenbosch", "clean+water+paarl")
PLAIN_LIST = "SELECT * FROM organisations ORDER BY sort_name, id LIMIT 51"
PLAIN_SEARCH = "SELECT * FROM organisations WHERE search_text LIKE '%ocean%' ORDER BY sort_name, id LIMIT 51"

_WORDS = ("Ocean", "Hope", "Bay", "River", "Book", "Khaya", "Sun", "Green", "Table", "Kalk", "Ubuntu", "Harbour")
_KINDS = ("Trust", "Foundation", "Collective", "Association", "Fund", "Society", "Network")
_PLACES = ("Paarl", "Stellenbosch", "Cape Town", "Worcester", "George", "Durban", "Windhoek", "Maputo", "Gqeberha")
_MISSIONS = ("clean water for every village", "books for every child", "food for families", "work for young people")


@benchmark("organisations_list")
def measure_list() -> Outcome:
    """The register's list, plain and by every filter, in milliseconds."""
    with register() as (client, runtime):
        return compare(client, [LIST + each for each in FILTERS], runtime, PLAIN_LIST)


@benchmark("organisations_search")
def measure_search() -> Outcome:
    """Searches for common, rare and absent words, short ones too, in milliseconds."""
    with register() as (client, runtime):
        return compare(client, [f"{LIST}?q={each.replace(' ', '+')}" for each in SEARCHES], runtime, PLAIN_SEARCH)


@contextmanager
def register() -> Iterator[tuple[FlaskClient, Runtime]]:
    """A coordinator's browser before a register of `COUNT` organisations."""
    with durable_database("register") as url:
        settings = SERVICE.settings.from_environment(
            database_url=url,
            secret_key="only a benchmark's key 0123456789",
            encryption_key=Fernet.generate_key().decode(),
        )
        runtime = Runtime.start(SERVICE, settings)
        migrate(runtime.database, SERVICE.migrations)
        fill_register(runtime, COUNT)
        with runtime.database.transaction() as session:
            replace_keys(session, [SIGNING_KEY.as_dict(private=False)])
        app = create_app(runtime)
        app.config.update(RATELIMIT_ENABLED=False)
        client = app.test_client()
        client.set_cookie(COOKIE, sign_token(make_identity(COORDINATOR), SIGNING_KEY))
        client.environ_base["HTTP_ACCEPT"] = "text/html"
        yield client, runtime
        runtime.database.dispose()


def fill_register(runtime: Runtime, count: int) -> None:
    """`count` organisations, the same at every run; as they are after a while, so the planner knows them."""
    chance = random.Random(14)
    with runtime.database.transaction() as session:
        for start in range(0, count, 5000):
            made = [make_row(chance, number) for number in range(start, min(start + 5000, count))]
            session.execute(insert(Organisation), made)
            topics = [{"topic": topic, "organisation_id": each["id"]} for each in made
                      for topic in list_topics(each["focus"])]  # fmt: skip
            session.execute(insert(Topic), topics)
    with runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def make_row(chance: random.Random, number: int) -> dict[str, Any]:
    """One organisation, with what `Organisation.fill` derives."""
    each = Organisation(id=new_id(), version=1, people_reached=None, logo=None, brand_notes=None)
    areas = chance.sample(list(AREA_NAMES), k=chance.randint(1, 3))
    each.fill({
        "name": f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {chance.choice(_KINDS)} {number}",
        "kind": chance.choice(KINDS),
        "country": chance.choices(("ZA", "NA", "MZ"), (8, 1, 1))[0],
        "website": f"https://www.org{number}.example.org",
        "registration_number": f"NPO {number:06}",
        "mission": f"We stand for {chance.choice(_MISSIONS)} around {chance.choice(_PLACES)}, and have since 1998.",
        "values": None,
        "focus": [{"area": area, "goals": chance.sample(range(1, 18), k=2)} for area in areas],
        "places": chance.sample(_PLACES, k=2),
        "reach": chance.choices(REACHES, (10, 5, 3, 1))[0],
        "handles": [],
    })  # fmt: skip
    # Most are prospects, as in any register that was imported.
    each.stage = chance.choices(STAGES, (90, 2, 2, 1, 2, 1, 1, 1))[0]
    columns = [
        column.key for column in Organisation.__table__.columns if column.key not in ("created_at", "updated_at")
    ]
    return {name: getattr(each, name) for name in columns}


def compare(client: FlaskClient, addresses: Sequence[str], runtime: Runtime, plain: str) -> Outcome:
    """The p95 of asking for every address `ROUNDS` times, and of the plain SELECT."""

    def ask(address: str) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status}"

    with runtime.database.engine.connect() as connection:

        def select(statement: str) -> None:
            connection.execute(text(statement)).all()

        return {
            "value": clock_p95(ask, addresses),
            "unit": "ms p95",
            "beside": {"a plain SELECT": clock_p95(select, [plain] * len(addresses))},
        }


def clock_p95(act: Callable[[str], None], subjects: Sequence[str]) -> float:
    """How long the slowest in twenty takes, in milliseconds; each subject is warmed up once."""
    taken = []
    for subject in subjects:
        act(subject)
        for _ in range(ROUNDS):
            began = time.perf_counter()
            act(subject)
            taken.append((time.perf_counter() - began) * 1000)
    return quantiles(taken, n=20)[-1]
