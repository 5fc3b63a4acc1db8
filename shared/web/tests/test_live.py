"""Open pages follow changes: over real connections, on both databases."""

import threading
import time
from collections import Counter
from dataclasses import replace

import psycopg
import pytest
import requests
from werkzeug.serving import make_server

from shared.clock import new_id
from shared.errors import NotFound
from shared.identity import LIAISON, VIEWER, sign_token
from shared.testing.example.app import EXAMPLE, add_entry, render_entries
from shared.testing.people import SIGNING_KEY, make_identity
from shared.web import live
from shared.web.app import close_streams, create_live_app
from shared.web.sign_in import COOKIE

PATIENCE = 15.0  # seconds until a test gives up
#: What a browser's EventSource sends.
ASKING = {"Accept": "text/event-stream"}


class Stream:
    """One open page."""

    def __init__(self, address, identity):
        cookies = {COOKIE: sign_token(identity, SIGNING_KEY)}
        self._answer = requests.get(address, cookies=cookies, headers=ASKING, stream=True, timeout=PATIENCE)
        self.status, self.headers = self._answer.status_code, self._answer.headers
        self._lines = self._answer.iter_lines(chunk_size=1, decode_unicode=True)

    def next_html(self):
        """The section as the next event brings it; None when the stream has ended."""
        data = None
        for line in self._lines:
            if line.startswith("data: "):
                data = (data or []) + [line.removeprefix("data: ")]
            elif not line and data is not None:
                return "\n".join(data)
        return None

    def wait_for(self, text):
        while (html := self.next_html()) is not None:
            if text in html:
                return html
        raise AssertionError(f"the stream ended without {text!r}")

    def close(self):
        self._answer.close()


@pytest.fixture(autouse=True)
def quick_heartbeat(monkeypatch):
    """A closed connection is noticed when something is written to it."""
    monkeypatch.setattr(live, "HEARTBEAT", 0.1)


@pytest.fixture
def renderings():
    """How often each HTML was rendered."""
    return Counter()


@pytest.fixture
def service(renderings):
    def render(session, viewer, organisation_id):
        html = render_entries(session, viewer, organisation_id)
        renderings[html] += 1
        return html

    return replace(EXAMPLE, topics=(replace(EXAMPLE.topics[0], render=render),))


@pytest.fixture
def organisation_id():
    return new_id()


@pytest.fixture
def apps():
    """The live apps that a test has served."""
    return []


@pytest.fixture
def serve(apps):
    """serve(runtime) -> the address of its live app, on a real port."""
    servers = []

    def start(runtime):
        app = create_live_app(runtime)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        apps.append(app)
        return f"http://127.0.0.1:{server.port}/example/live"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture
def open_page(runtime, serve, organisation_id):
    """open_page(identity) -> a stream of the organisation's entries."""
    address, opened = f"{serve(runtime)}/entries/{organisation_id}", []

    def open_one(identity=None, query=""):
        stream = Stream(address + query, identity or make_identity())
        opened.append(stream)
        return stream

    yield open_one
    for stream in opened:
        stream.close()


@pytest.fixture
def add(database, organisation_id):
    """add(name) commits an entry, announced as a worker would."""

    def add_one(name):
        with database.transaction() as session:
            add_entry(session, organisation_id, name)

    return add_one


def test_a_page_gets_what_is_there_first_and_then_each_change(open_page, add):
    add("Beach")
    page = open_page()
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("text/event-stream")
    assert page.headers["X-Accel-Buffering"] == "no"
    assert page.next_html() == "<li>Beach</li>"
    add("Dune")
    assert page.next_html() == "<li>Beach</li>\n<li>Dune</li>"
    add("Estuary")
    assert "Estuary" in page.next_html()


def test_streams_end_at_once_when_their_server_stops(open_page, apps, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT", 60)
    page = open_page()
    page.next_html()
    close_streams(apps[0])
    assert page.next_html() is None
    late = open_page()
    late.next_html()
    assert late.next_html() is None


def test_a_change_reaches_an_open_page_within_a_second(open_page, add):
    page = open_page()
    page.next_html()
    add("to be sure that the page follows")
    page.wait_for("follows")
    began = time.monotonic()
    add("timed")
    page.wait_for("timed")
    assert time.monotonic() - began < 1


def test_another_organisations_change_is_not_sent(open_page, add, database):
    page = open_page()
    page.next_html()
    with database.transaction() as session:
        add_entry(session, new_id(), "elsewhere")
    add("here")
    assert page.next_html() == "<li>here</li>"


def test_polling_the_same_address_gives_the_same_section(open_page, add):
    add("Beach")
    polled = open_page(query="?once=1")
    assert polled.headers["Content-Type"].startswith("text/html")
    assert polled._answer.text.strip() == "<li>Beach</li>"


def test_a_tenant_without_the_right_finds_nothing(open_page, organisation_id):
    assert open_page(make_identity(LIAISON, new_id())).status == 404
    assert open_page(make_identity(LIAISON, new_id()), "?once=1").status == 404
    own = open_page(make_identity(LIAISON, organisation_id))
    assert own.status == 200


def test_nobody_is_asked_to_sign_in(serve, runtime, organisation_id):
    answer = requests.get(f"{serve(runtime)}/entries/{organisation_id}", headers=ASKING, timeout=PATIENCE)
    assert answer.status_code == 401


def test_a_page_that_reconnects_gets_what_it_missed(open_page, add):
    page = open_page()
    page.next_html()
    page.close()
    add("while away")
    open_page().wait_for("while away")


def test_a_stream_ends_after_a_while_so_that_rights_are_checked_again(open_page, monkeypatch):
    monkeypatch.setattr(live, "LONGEST", 0.3)
    page = open_page()
    assert page.next_html() is not None
    assert page.next_html() is None


def test_a_change_during_the_first_rendering_is_not_missed(runtime, serve, organisation_id, add):
    done = []

    def render_before_a_change(session, viewer, organisation_id):
        html = render_entries(session, viewer, organisation_id)
        if not done:
            done.append(True)
            add("in the gap")
        return html

    topic = replace(EXAMPLE.topics[0], render=render_before_a_change)
    address = serve(replace(runtime, service=replace(EXAMPLE, topics=(topic,)))) + f"/entries/{organisation_id}"
    page = Stream(address, make_identity())
    assert "in the gap" not in page.next_html()
    assert page.next_html() == "<li>in the gap</li>"
    page.close()


def test_the_gap_is_closed_for_a_second_page_of_the_same_audience_too(open_page, add, monkeypatch):
    """The second page finds the section already rendered for the first one, from before the change."""
    first = open_page()
    first.next_html()
    add("settled")
    first.wait_for("settled")
    follow = live.Hub.follow

    def change_and_follow(hub, name):
        add("in the gap")
        return follow(hub, name)

    monkeypatch.setattr(live.Hub, "follow", change_and_follow)
    second = open_page()
    second.wait_for("in the gap")
    first.wait_for("in the gap")


def test_many_pages_of_one_audience_are_rendered_once(open_page, add, renderings):
    pages = [open_page() for _ in range(6)]
    for page in pages:
        page.next_html()
    for name in ("a first change", "a second"):
        add(name)
        for page in pages:
            page.wait_for(name)
    renderings.clear()
    add("counted")
    for page in pages:
        html = page.wait_for("counted")
    # Twice at most: a second announcement may have been under way.
    assert 1 <= renderings[html + "\n"] <= 2


def test_pages_that_open_one_after_another_share_a_rendering(open_page, add, renderings, monkeypatch):
    monkeypatch.setattr(live, "KEPT", 60)
    first = open_page()
    first.next_html()
    add("settled")
    first.wait_for("settled")
    renderings.clear()
    for _ in range(6):
        assert open_page().next_html() == "<li>settled</li>"
    assert open_page(query="?once=1").status == 200
    # Listening may have begun meanwhile, which counts as a change.
    assert renderings.total() <= 1


def test_what_is_kept_for_some_is_neither_shown_nor_lost_to_those_who_may_not_see_it(
    runtime, serve, organisation_id, monkeypatch
):
    """Two partners and staff may look; the section names its reader, so a mix-up would show."""
    monkeypatch.setattr(live, "KEPT", 60)
    partners, renderings = [organisation_id, new_id()], Counter()

    def render(_session, viewer, organisation_id):
        if not viewer.is_staff and viewer.organisation_id not in partners:
            raise NotFound
        renderings[viewer.organisation_id] += 1
        return f"for {viewer.organisation_id}"

    topic = replace(EXAMPLE.topics[0], render=render)
    address = serve(replace(runtime, service=replace(EXAMPLE, topics=(topic,)))) + f"/entries/{organisation_id}"
    pages = []
    for _ in range(3):
        for organisation in (None, *partners):
            role = LIAISON if organisation else VIEWER
            pages.append(Stream(address, make_identity(role, organisation)))
            assert pages[-1].next_html() == f"for {organisation}"
        stranger = make_identity(LIAISON, new_id())
        assert Stream(address, stranger).status == 404
        assert Stream(address + "?once=1", stranger).status == 404
    assert set(renderings) == {None, *partners}
    assert max(renderings.values()) <= 2
    for page in pages:
        page.close()


def test_a_stream_ends_when_its_reader_may_not_see_any_more(runtime, serve, organisation_id, add):
    refused = []

    def render(session, viewer, organisation_id):
        if refused:
            raise NotFound
        return render_entries(session, viewer, organisation_id)

    topic = replace(EXAMPLE.topics[0], render=render)
    address = serve(replace(runtime, service=replace(EXAMPLE, topics=(topic,)))) + f"/entries/{organisation_id}"
    page = Stream(address, make_identity())
    assert page.next_html() is not None
    refused.append(True)
    add("not for their eyes")
    assert page.next_html() is None
    assert Stream(address, make_identity()).status == 404


def test_people_who_may_see_different_things_are_never_given_each_others_section(
    runtime, serve, database, organisation_id
):
    """The section names its reader, so a mix-up would show."""
    topic = replace(
        EXAMPLE.topics[0],
        render=lambda session, viewer, organisation_id: (
            f"{viewer.organisation_id} reads {render_entries(session, viewer, organisation_id)}"
        ),
    )
    address = serve(replace(runtime, service=replace(EXAMPLE, topics=(topic,)))) + f"/entries/{organisation_id}"
    staff, liaison = Stream(address, make_identity(VIEWER)), Stream(address, make_identity(LIAISON, organisation_id))
    assert staff.next_html().startswith("None reads")
    assert liaison.next_html().startswith(f"{organisation_id} reads")
    with database.transaction() as session:
        add_entry(session, organisation_id, "seen by both")
    assert staff.wait_for("seen by both").startswith("None reads")
    assert liaison.wait_for("seen by both").startswith(f"{organisation_id} reads")
    staff.close()
    liaison.close()


def test_one_page_too_many_is_told_to_poll_and_gets_in_when_there_is_room(runtime, serve, organisation_id):
    small = replace(runtime, settings=replace(runtime.settings, live_streams=1))
    address = f"{serve(small)}/entries/{organisation_id}"
    first = Stream(address, make_identity())
    first.next_html()
    refused = Stream(address, make_identity())
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert Stream(address + "?once=1", make_identity()).status == 200
    first.close()
    deadline = time.monotonic() + PATIENCE
    while (again := Stream(address, make_identity())).status == 503:
        assert time.monotonic() < deadline, "a page that left still takes room"
    assert again.next_html() is not None
    again.close()


@pytest.mark.containers
@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_changes_arrive_again_after_the_listening_connection_was_lost(open_page, add, database, database_kind):
    page = open_page()
    page.next_html()
    add("before")
    page.wait_for("before")
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'saypro wake' AND datname = current_database()"
        ).fetchall()
    assert ended
    add("after")
    page.wait_for("after")


def test_an_open_page_holds_no_transaction(open_page, add, database):
    """Thousands of open pages share a handful of connections."""
    pages = [open_page() for _ in range(database.engine.pool.size() + 25)]
    for page in pages:
        assert page.next_html() is not None
    add("for all")
    for page in pages:
        page.wait_for("for all")
