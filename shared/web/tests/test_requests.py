"""One request is one transaction, and every failure is an answer that says what to do."""

import threading
from dataclasses import replace
from urllib.parse import quote

import pytest
from sqlalchemy import select

from shared.clock import new_id
from shared.database.engine import Database
from shared.errors import Conflict
from shared.identity import LIAISON
from shared.testing.example.app import Entry, add_entry
from shared.testing.people import make_identity
from shared.web.app import create_app
from shared.web.context import session as request_session
from shared.web.policy import allow, public

ENTRIES = "/example/api/v1/entries"


@pytest.fixture
def organisation_id():
    return new_id()


@pytest.fixture
def names(database):
    """The names that other transactions see."""

    def read():
        with database.transaction(write=False) as session:
            return session.scalars(select(Entry.name).order_by(Entry.name)).all()

    return read


@pytest.fixture
def unreachable(service, runtime):
    """The service's app, its database down."""
    app = create_app(replace(runtime, database=Database("postgresql+psycopg://nobody@127.0.0.1:1/none")))
    app.config.update(WTF_CSRF_METHODS=[])
    return app.test_client()


def entry(organisation_id, **changes):
    return {"organisation_id": str(organisation_id), "name": "Beach", "amount": "4.31", **changes}


def test_an_accepted_request_is_committed_with_its_events(script, bus, names, organisation_id):
    answer = script.post(ENTRIES, json=entry(organisation_id))
    assert answer.status_code == 201
    assert answer.json["amount"] == "4.31"
    assert names() == ["Beach"]
    assert [event.data["name"] for event in bus.published("entry_added")] == ["Beach"]


def test_a_refused_request_leaves_neither_rows_nor_events(app, script, bus, names, organisation_id):
    def add_and_refuse():
        add_entry(request_session(), organisation_id, "half done")
        raise Conflict("This was refused after it had begun.")

    def add_and_return_an_error():
        add_entry(request_session(), organisation_id, "half done")
        return {"detail": "no"}, 422

    app.add_url_rule("/example/api/refuse", "refuse", allow("entries.edit")(add_and_refuse), methods=["POST"])
    app.add_url_rule("/example/api/error", "error", allow("entries.edit")(add_and_return_an_error), methods=["POST"])
    assert script.post("/example/api/refuse").status_code == 409
    assert script.post("/example/api/error").status_code == 422
    assert names() == []
    assert bus.published() == []


def test_a_mistake_of_ours_is_a_500_with_a_number_to_quote_and_leaves_nothing(app, script, names, organisation_id):
    def add_and_fail():
        add_entry(request_session(), organisation_id, "half done")
        return 1 // 0

    app.add_url_rule("/example/api/fail", "fail", allow("entries.edit")(add_and_fail), methods=["POST"])
    answer = script.post("/example/api/fail", headers={"X-Request-ID": "ticket-7"})
    assert answer.status_code == 500
    assert answer.mimetype == "application/problem+json"
    assert "ticket-7" in answer.json["detail"]
    assert "ZeroDivisionError" not in answer.text
    assert names() == []


def test_what_fails_only_when_it_is_committed_is_a_problem_too(app, script, names, organisation_id):
    """The handler is done and its answer made when the unflushed row meets the unique name."""

    def add_unflushed():
        request_session().add_all([Entry(organisation_id=organisation_id, name="twice") for _ in range(2)])
        return {"done": True}, 201

    app.add_url_rule("/example/api/late", "late", allow("entries.edit")(add_unflushed), methods=["POST"])
    answer = script.post("/example/api/late")
    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    assert names() == []


def test_reading_neither_waits_for_a_writer_nor_sees_what_it_has_not_committed(
    script, database, names, organisation_id
):
    with database.transaction() as writing:
        add_entry(writing, organisation_id, "being written")
        assert script.get(ENTRIES).json["items"] == []
    assert names() == ["being written"]


def test_without_a_database_a_program_gets_503_and_when_to_come_back(unreachable):
    answer = unreachable.get(ENTRIES, headers={"Authorization": "Bearer x.y.z"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 503
    assert "127.0.0.1" not in answer.text


def test_without_a_database_a_person_gets_a_page(unreachable):
    unreachable.set_cookie("saypro_session", "x.y.z")
    answer = unreachable.get("/example/entries", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.mimetype == "text/html"
    assert "Nothing was changed" in answer.text


def test_wrong_fields_are_pointed_to(script, organisation_id):
    bad = entry(organisation_id, name="", amount="many", tags=[{"name": "fine"}, {"name": "x" * 11}])
    answer = script.post(ENTRIES, json=bad)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert {each["pointer"] for each in answer.json["errors"]} == {"/name", "/amount", "/tags/1/name"}
    assert all(each["detail"] for each in answer.json["errors"])


@pytest.mark.parametrize(
    ("name", "pointer"), [("a/b", "/a~1b"), ("a~b", "/a~0b"), ("~1", "/~01"), ("a.b", "/a.b"), (".", "/.")]
)
def test_pointers_are_escaped_as_rfc_6901_says(script, organisation_id, name, pointer):
    answer = script.post(ENTRIES, json=entry(organisation_id, **{name: 1}))
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"amount": ' + b"9" * 50_000 + b"}", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b" " * ((1 << 20) + 1), 413),
    ],
)
def test_a_hostile_body_is_refused_in_words(script, names, body, status):
    answer = script.post(ENTRIES, data=body, content_type="application/json")
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]
    assert names() == []


@pytest.mark.parametrize(("path", "status"), [("/example/nothing", 404), ("/example/api/v1/entries/7", 404)])
def test_an_address_of_nothing_is_a_problem(script, path, status):
    answer = script.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_a_wrong_method_names_the_right_ones(script):
    answer = script.delete(ENTRIES)
    assert answer.status_code == 405
    assert {"GET", "POST"} <= {each.strip() for each in answer.headers["Allow"].split(",")}


def test_a_change_needs_the_version_that_was_seen(script, organisation_id):
    made = script.post(ENTRIES, json=entry(organisation_id)).json
    address = f"{ENTRIES}/{made['id']}"
    etag = script.get(address).headers["ETag"]
    assert script.put(address, json={"name": "Dune"}).status_code == 428
    assert script.put(address, json={"name": "Dune"}, headers={"If-Match": "*"}).status_code == 428
    assert script.put(address, json={"name": "Dune"}, headers={"If-Match": '"abc"'}).status_code == 422
    changed = script.put(address, json={"name": "Dune"}, headers={"If-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag
    stale = script.put(address, json={"name": "Rock"}, headers={"If-Match": etag})
    assert stale.status_code == 412
    assert stale.json["current_version"] == 2
    assert stale.json["your_version"] == 1
    assert script.get(address).json["name"] == "Dune"


def test_a_repeated_post_has_one_effect_and_one_answer(script, names, organisation_id):
    headers = {"Idempotency-Key": "order-1"}
    first = script.post(ENTRIES, json=entry(organisation_id), headers=headers)
    again = script.post(ENTRIES, json=entry(organisation_id), headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    for name in ("ETag", "Location"):
        assert first.headers[name] == again.headers[name]
    assert names() == ["Beach"]


def test_a_key_used_for_another_request_is_refused(script, names, organisation_id):
    headers = {"Idempotency-Key": "order-1"}
    script.post(ENTRIES, json=entry(organisation_id), headers=headers)
    other = script.post(ENTRIES, json=entry(organisation_id, name="Dune"), headers=headers)
    assert other.status_code == 409
    assert names() == ["Beach"]


def test_a_key_is_its_persons_own(sign_in, names, organisation_id):
    headers = {"Idempotency-Key": "order-1"}
    one, other = sign_in(by="token"), sign_in(by="token")
    assert one.post(ENTRIES, json=entry(organisation_id), headers=headers).status_code == 201
    assert other.post(ENTRIES, json=entry(organisation_id, name="Dune"), headers=headers).status_code == 201
    assert names() == ["Beach", "Dune"]


def test_a_refusal_is_not_kept_so_the_corrected_request_may_use_the_key(script, organisation_id):
    headers = {"Idempotency-Key": "order-1"}
    assert script.post(ENTRIES, json=entry(organisation_id, name=""), headers=headers).status_code == 422
    assert script.post(ENTRIES, json=entry(organisation_id), headers=headers).status_code == 201


def test_two_at_once_with_one_key_have_one_effect(app, sign_in, bus, database, organisation_id):
    """Both pass the look-up before either has committed, on PostgreSQL; SQLite lets one in at a time."""
    who = make_identity()
    meeting = threading.Barrier(2)
    answers = []

    def add_together():
        if not database.is_sqlite:
            meeting.wait(timeout=10)
        add_entry(request_session(), organisation_id, f"by thread {threading.get_ident()}")
        return {"done": True}, 201

    app.add_url_rule("/example/api/together", "together", allow("entries.edit")(add_together), methods=["POST"])

    def send(client):
        answers.append(client.post("/example/api/together", json={}, headers={"Idempotency-Key": "k"}).status_code)

    threads = [threading.Thread(target=send, args=(sign_in(identity=who, by="token"),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ([201, 201] if database.is_sqlite else [201, 409])
    assert len(bus.published("entry_added")) == 1
    # The one that came too late gets the first one's answer when it asks again.
    again = sign_in(identity=who, by="token").post("/example/api/together", json={}, headers={"Idempotency-Key": "k"})
    assert again.status_code == 201
    assert again.json == {"done": True}


def test_two_who_change_one_thing_at_once_do_not_overwrite_each_other(app, script, sign_in, database, organisation_id):
    made = script.post(ENTRIES, json=entry(organisation_id)).json
    address, answers = f"{ENTRIES}/{made['id']}", []

    def send(client, name):
        answers.append(client.put(address, json={"name": name}, headers={"If-Match": '"1"'}).status_code)

    clients = [(sign_in(by="token"), f"name {number}") for number in range(4)]
    threads = [threading.Thread(target=send, args=pair) for pair in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(200) == 1
    assert set(answers) <= {200, 409, 412}


def test_another_tenants_thing_is_not_there(sign_in, script, organisation_id):
    made = script.post(ENTRIES, json=entry(organisation_id)).json
    assert sign_in(LIAISON, organisation_id, by="token").get(f"{ENTRIES}/{made['id']}").status_code == 200
    stranger = sign_in(LIAISON, new_id(), by="token").get(f"{ENTRIES}/{made['id']}")
    nothing = script.get(f"{ENTRIES}/{new_id()}")
    assert stranger.status_code == nothing.status_code == 404
    # Neither the words nor the shape tell "not yours" from "not there".
    assert stranger.json == nothing.json


def test_a_list_refuses_a_cursor_that_it_did_not_make(script):
    answer = script.get(f"{ENTRIES}?cursor={quote('../../etc')}")
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == ["/cursor"]


def test_a_route_without_a_declared_need_is_denied_whoever_asks(app, sign_in, staff):
    app.add_url_rule("/example/forgotten", "forgotten", lambda: "secret")
    # A name is no permission: only the kit's own static files are open, because they say so.
    app.add_url_rule("/example/static", "entries.static", lambda: "secret")
    app.add_url_rule("/example/remembered", "remembered", public("to compare")(lambda: "open"))
    app.add_url_rule("/example/misspelt", "misspelt", allow("entries.raed")(lambda: "secret"))
    assert staff.get("/example/forgotten").status_code == 404
    assert staff.get("/example/static").status_code == 404
    assert sign_in("admin").get("/example/forgotten").status_code == 404
    assert app.test_client().get("/example/forgotten").status_code == 404
    assert app.test_client().get("/example/remembered").text == "open"
    assert sign_in("admin").get("/example/misspelt").status_code == 403


def test_a_request_keeps_its_correlation_id_and_gets_one_if_it_has_none(script):
    assert script.get(ENTRIES, headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    assert len(script.get(ENTRIES, headers={"X-Request-ID": "x" * 5000}).headers["X-Request-ID"]) == 64
    given = {script.get(ENTRIES).headers["X-Request-ID"] for _ in range(2)}
    assert len(given) == 2
    assert all(given)
