"""How long it takes to ask 100,000 organisations whether one is there already (p95 in ms, PostgreSQL, one process)."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import quantiles
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.partners.app import SERVICE
from services.partners.organisations.keys import fold, read_domain, read_registration
from services.partners.organisations.likeness import list_match_keys
from services.partners.organisations.models import MatchKey, Organisation
from services.partners.organisations.queries import find_duplicates
from shared.clock import new_id, utc_now
from shared.database.bulk import insert_rows
from shared.database.engine import Database
from shared.database.migrate import migrate
from shared.testing.people import make_identity
from tests.benchmarks.bench import Outcome, benchmark
from tests.benchmarks.servers import durable_database

COUNT, ASKED = 100_000, 400
PLACES = (
    "Cape Town,Table Bay,Durban,Soweto,Khayelitsha,Windhoek,Maputo,Gaborone,Nairobi,Mombasa,Kigali,Accra,Lagos,Berlin,"
    "Hamburg,Porto,Lisboa,Lyon,Paris,Leeds,Bristol,Madrid,Sevilla,Karoo,Drakensberg,Limpopo,Overberg,Kruger,Zululand"
)
CAUSES = (
    "Food,Reading,Ocean,Coastal,Green,Youth,Women,Health,Housing,Water,Solar,Garden,Animal,Sports,Music,Arts,Science,"
    "Digital,Literacy,Community,Development,Education,Care,Wildlife,Forest,River,Recycling,Heritage,Hope,Bright"
)
BODIES = "Project,Network,Centre,Alliance,Schools,Clinic,Kitchen,Rangers,Watch,Academy,Hub,Partners,Circle"
_PLACES, _CAUSES, _BODIES = PLACES.split(","), CAUSES.split(","), BODIES.split(",")
FORMS = ["Trust", "Foundation", "NPO", "NPC", "e.V.", "Association", "Ltd", ""]


@benchmark("organisations_duplicates")
def ask_for_duplicates() -> Outcome:
    chance = random.Random(7)  # a benchmark asks the same of every run
    with _register(chance) as (database, names):
        asked = [_write_otherwise(chance, chance.choice(names)) for _ in range(ASKED)]
        with database.transaction(write=False) as session:
            staff = make_identity()
            found = [find_duplicates(session, staff, other, "ZA", most=50) for _name, other in asked]
            hit = sum(any(each.name == name for each in likely) for (name, _), likely in zip(asked, found, strict=True))
            if hit < 0.95 * ASKED:
                raise AssertionError(f"only {hit} of {ASKED} were recognised")
            ours = _time(lambda other: find_duplicates(session, staff, other, "ZA"), [other for _name, other in asked])
            scan = _time(lambda other: _scan(session, other), [other for _name, other in asked[:20]])
    return {"value": ours, "unit": "ms", "beside": {"comparing with all": scan}}


def _scan(session: Session, name: str) -> Any:
    rows = session.execute(select(Organisation.id, Organisation.sort_name)).all()
    return process.extract(fold(name), {row.id: row.sort_name for row in rows}, scorer=fuzz.token_sort_ratio, limit=5)


def _time(ask: Callable[[str], Any], names: Sequence[str]) -> float:
    """The 95th percentile of how long an answer takes, in ms."""
    taken = []
    for name in names:
        began = time.perf_counter()
        ask(name)
        taken.append((time.perf_counter() - began) * 1000)
    return quantiles(taken, n=20)[-1]


@contextmanager
def _register(chance: random.Random) -> Iterator[tuple[Database, list[str]]]:
    with durable_database("partners") as url:
        database = Database(url)
        migrate(database, SERVICE.migrations)
        names = [_make_name(chance, number) for number in range(COUNT)]
        for start in range(0, COUNT, 5000):
            _insert(database, names[start : start + 5000])
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        yield database, names
        database.dispose()


def _make_name(chance: random.Random, number: int) -> str:
    words = [chance.choice(_PLACES), *chance.sample(_CAUSES, chance.choice([1, 2, 2, 3])), chance.choice(_BODIES)]
    family = f"{chance.choice('BDFGKLMNPRSTVZ')}{chance.choice('aeiou')}{chance.choice('lmnrst')}{number % 997}"
    return " ".join([*words, *([family] if chance.random() < 0.5 else []), chance.choice(FORMS)]).strip()


def _write_otherwise(chance: random.Random, name: str) -> tuple[str, str]:
    """A name, and how somebody else writes it: another form, a slip of the keys, or all in capitals."""
    words = name.split()
    at = chance.randrange(len(words))
    word = words[at]
    if len(word) > 5:
        slip = chance.randrange(1, len(word) - 2)
        words[at] = word[:slip] + word[slip + 1] + word[slip] + word[slip + 2 :]
    written = " ".join(words)
    return name, chance.choice([written, written.upper(), f"The {written}"])


def _insert(database: Database, names: Sequence[str]) -> None:
    now, organisations, keys = utc_now(), [], []
    for name in names:
        number = new_id()
        website, registration = f"https://{number.hex}.example.org", f"NPO {number.hex[-8:]}"
        organisations.append({
            "id": number, "created_at": now, "updated_at": now, "version": 1, "name": name, "sort_name": fold(name),
            "kind": "ngo", "country": "ZA", "website": website, "domain": read_domain(website), "stage": "prospect",
            "registration_number": registration, "registration_key": read_registration(registration),
            "search_text": fold(name),
        })  # fmt: skip
        keys += [{"key": key, "organisation_id": number} for key in list_match_keys(name)]
    with database.transaction() as session:
        insert_rows(session, Organisation, organisations)
        insert_rows(session, MatchKey, keys)
