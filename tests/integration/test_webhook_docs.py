"""docs/partner-webhooks.md is followed to the letter: every snippet of it is run against a server."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from services.partners.app import SERVICE
from services.partners.submissions.models import Submission
from services.partners.submissions.schemas import read_report
from services.partners.submissions.tests.factories import make_live_key, make_organisation
from shared.clock import new_id
from shared.service import Runtime, Service

GUIDE = (Path(__file__).parents[2] / "docs" / "partner-webhooks.md").read_text()
SNIPPETS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def service() -> Service:
    return SERVICE


@pytest.fixture
def service_settings() -> dict[str, Any]:
    return {"encryption_key": Fernet.generate_key().decode()}


@pytest.fixture
def variables(runtime: Runtime, app: Flask) -> Iterator[dict[str, str]]:
    """What the guide has its reader export, for an organisation on a server of its own."""
    organisation_id = make_organisation(runtime)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield {
        "WEBHOOK_URL": f"http://127.0.0.1:{server.server_port}/partners/webhooks/{organisation_id}",
        "WEBHOOK_SECRET": make_live_key(runtime, organisation_id).secret,
        "CAMPAIGN": str(new_id()),
        "KPI": "waste",
    }
    server.shutdown()
    serving.join()


def find_snippet(language: str) -> str:
    [found] = [text for name, text in SNIPPETS if name == language]
    return found


def run_snippet(command: list[str], folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | variables
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("language", "command", "file"),
    [
        ("python", sys.executable, "deliver.py"),
        ("javascript", "node", "deliver.mjs"),
        ("bash", "bash", "deliver.sh"),
    ],
)
def test_a_first_delivery_succeeds(
    variables: dict[str, str], runtime: Runtime, tmp_path: Path, language: str, command: str, file: str
) -> None:
    if shutil.which(command) is None:
        pytest.skip(f"{command} is not installed on this machine")
    snippet = find_snippet(language)
    for tool in ("curl", "openssl"):
        if language == "bash" and shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed on this machine")
    (tmp_path / file).write_text(snippet)
    ran = subprocess.run(
        [command, file],
        cwd=tmp_path,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said
    assert "202" in said
    answer = json.loads(re.findall(r"{.*}", ran.stdout)[0])
    assert answer["duplicate"] is False
    with runtime.database.transaction(write=False) as session:
        kept = session.scalars(select(Submission)).one()
        assert str(kept.id) == answer["submission_id"]
        [told] = json.loads(kept.body)["data"]["measurements"]
    assert told == {
        "kpi": "waste",
        "value": "4.31",
        "period_start": "2026-03-01",
        "period_end": "2026-03-31",
        "reference": "waste-2026-03",
    }


def test_the_variables_are_those_that_the_snippets_read(variables: dict[str, str]) -> None:
    exported = set(re.findall(r"^export (\w+)=", find_snippet("sh"), re.MULTILINE))
    assert exported == set(variables)
    for language in ("python", "javascript", "bash"):
        assert all(name in find_snippet(language) for name in exported), language


@pytest.mark.usefixtures("database_kind")
def test_every_example_in_json_is_json_and_a_delivery_is_one_that_we_take() -> None:
    examples = [json.loads(text) for name, text in SNIPPETS if name == "json"]
    assert len(examples) == 4
    [delivery] = [each for each in examples if "data" in each]
    assert read_report(json.dumps(delivery).encode()).kind == "volunteer_hours.reported"


def test_a_refusal_reads_as_the_guide_shows(variables: dict[str, str], tmp_path: Path) -> None:
    [shown] = [json.loads(text) for name, text in SNIPPETS if name == "json" and '"errors"' in text]
    (tmp_path / "deliver.py").write_text(find_snippet("python").replace('"value": "4.31"', '"value": 4.31'))
    ran = run_snippet([sys.executable, "deliver.py"], tmp_path, variables)
    status, _, body = ran.stdout.partition(" ")
    assert status == "422"
    assert json.loads(body) == shown
