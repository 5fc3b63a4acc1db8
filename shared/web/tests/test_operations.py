"""What probes and operators are told."""

from dataclasses import replace

import pytest
from alembic import command
from sqlalchemy import delete

from shared.database.access import SigningKey
from shared.database.engine import Database
from shared.database.migrate import configure
from shared.web.app import create_app


def test_alive_says_nothing_of_the_database(runtime):
    down = replace(runtime, database=Database("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    assert create_app(down).test_client().get("/example/healthz").status_code == 200


def test_ready_when_migrated_and_able_to_check_sign_ins(anyone):
    answer = anyone.get("/example/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ready", "failing": {}}


def test_not_ready_without_keys(anyone, database):
    with database.transaction() as session:
        session.execute(delete(SigningKey))
    answer = anyone.get("/example/readyz")
    assert answer.status_code == 503
    assert list(answer.json["failing"]) == ["keys"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_not_ready_before_migrations_ran(runtime, database_kind):
    with_nothing = runtime.settings.database_url.replace("example.db", "empty.db")
    database = Database(with_nothing)
    client = create_app(replace(runtime, database=database)).test_client()
    answer = client.get("/example/readyz")
    assert answer.status_code == 503
    assert list(answer.json["failing"]) == ["migrations"]
    assert "saypro migrate" in answer.json["failing"]["migrations"]
    command.upgrade(configure(database, runtime.service.migrations), "example@head")
    assert "(1 to do)" in client.get("/example/readyz").json["failing"]["migrations"]


def test_not_ready_without_a_database_and_no_password_is_told(runtime):
    down = replace(runtime, database=Database("postgresql+psycopg://nobody:hush@127.0.0.1:1/none"))
    answer = create_app(down).test_client().get("/example/readyz")
    assert answer.status_code == 503
    assert list(answer.json["failing"]) == ["database"]
    assert "hush" not in answer.text


def test_prometheus_counts_answers_by_route_and_not_by_address(anyone, script):
    script.get("/example/api/v1/entries/0190c6b2-6b1a-7000-8000-000000000001")
    text = anyone.get("/example/prometheus").text
    assert 'endpoint="entries_api.show_entry"' in text
    assert "0190c6b2" not in text
