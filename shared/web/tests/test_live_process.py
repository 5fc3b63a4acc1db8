"""The process that holds live pages, as it is deployed: gunicorn and gevent over PostgreSQL."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from shared.clock import new_id
from shared.identity import sign_token
from shared.testing.example.app import add_entry
from shared.testing.people import SIGNING_KEY, make_identity
from shared.web.sign_in import COOKIE
from shared.web.tests.test_live import PATIENCE, Stream

#: Whatever is imported here is imported before gevent patches the process, as in each service.
SERVE = """
import sys
from shared.command import starter
from shared.testing.example.app import EXAMPLE
from shared.web.server import serve_live
serve_live(starter(EXAMPLE), sys.argv[1])
"""


@pytest.fixture
def address(runtime):
    """A live process of the example service."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{probe.getsockname()[1]}"
    url = runtime.database.url.render_as_string(hide_password=False)
    given = {"DATABASE_URL": url, "SECRET_KEY": runtime.settings.secret_key, "PYTHONPATH": str(Path.cwd())}
    process = subprocess.Popen([sys.executable, "-c", SERVE, place], env=os.environ | given, stdout=subprocess.DEVNULL)
    address, deadline = f"http://{place}/example", time.monotonic() + 30
    while True:
        try:
            requests.get(f"{address}/healthz", timeout=1)
            break
        except requests.RequestException:
            assert time.monotonic() < deadline, "the live process does not answer"
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(15)


@pytest.mark.containers
@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_following_changes_holds_up_nobody_else(address, database, database_kind):
    organisation_id, identity = new_id(), make_identity()
    pages = [Stream(f"{address}/live/entries/{organisation_id}", identity) for _ in range(3)]
    for page in pages:
        assert page.next_html() is not None
    for name in ("first", "second"):
        with database.transaction() as session:
            add_entry(session, organisation_id, name)
        for page in pages:
            page.wait_for(name)
    cookies, taken = {COOKIE: sign_token(identity, SIGNING_KEY)}, []
    for _ in range(5):
        began = time.monotonic()
        answer = requests.get(f"{address}/live/entries/{organisation_id}?once=1", cookies=cookies, timeout=PATIENCE)
        taken.append(time.monotonic() - began)
        assert answer.status_code == 200
    # A wait that stops all greenlets lasts half a second.
    assert sorted(taken)[2] < 0.4
    for page in pages:
        page.close()
