"""A scoped link lets one person do one thing without an account, until it ends."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from shared.clock import new_id, utc_now
from shared.database.history import list_history
from shared.database.links import (
    LinkHolder,
    ScopedLink,
    forget_holder,
    list_links,
    make_link,
    open_link,
    revoke_links,
    use_link,
)
from shared.errors import LinkGone
from shared.identity import LIAISON
from shared.logs import mask_secrets
from shared.testing.example.app import Entry, add_entry

PURPOSE = "entry.name"


@pytest.fixture
def organisation_id():
    return new_id()


@pytest.fixture
def entry(database, organisation_id):
    with database.transaction() as session:
        return add_entry(session, organisation_id, "Beach")


@pytest.fixture
def give_link(database, entry, organisation_id):
    """Makes links about the entry for Naledi; returns their addresses."""

    def give(**changes):
        with database.transaction() as session:
            holder = LinkHolder(new_id(), "Naledi Dlamini", "naledi@example.org", organisation_id)
            wanted = {"purpose": PURPOSE, "subject_id": entry.id, "holder": holder, "now": utc_now()}
            return "/example/entries/s/" + make_link(session, **{**wanted, "lasts": timedelta(days=1), **changes})

    return give


def read(database, what, key):
    with database.transaction(write=False) as session:
        return session.get(what, key)


def test_a_link_shows_its_thing_and_nothing_of_ours(anyone, give_link):
    answer = anyone.get(give_link(), headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "Beach" in answer.text
    assert "For Naledi Dlamini" in answer.text
    assert "Sign out" not in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_what_is_done_by_a_link_is_done_in_its_holders_name(anyone, give_link, database, entry):
    assert anyone.post(give_link(), data={"name": "Long beach"}).status_code == 200
    assert read(database, Entry, entry.id).name == "Long beach"
    with database.transaction(write=False) as session:
        (noted,) = list_history(session, entry.id)
        assert noted.person_name == "Naledi Dlamini"
        (used,) = list_links(session, utc_now(), subject_id=entry.id)
        assert used.last_used_at is not None


def test_a_link_for_one_act_ends_with_it_and_not_with_a_refused_one(anyone, give_link):
    address = give_link(single=True)
    assert anyone.get(address).status_code == 200
    assert anyone.post(address, data={"name": ""}).status_code == 422
    assert anyone.post(address, data={"name": "Long beach"}).status_code == 200
    assert anyone.post(address, data={"name": "Short beach"}).status_code == 404
    assert anyone.get(address).status_code == 404


def test_a_link_wins_over_who_is_signed_in_here_and_keeps_the_form_token(app, sign_in, give_link, database, entry):
    app.config["WTF_CSRF_METHODS"] = ["POST"]
    address = give_link()
    for client in (sign_in(LIAISON, new_id()), app.test_client()):
        assert client.get(address).status_code == 200
        assert client.post(address, data={"name": "Forged"}).status_code == 400
    assert read(database, Entry, entry.id).name == "Beach"


def test_every_dead_link_gets_the_same_answer(anyone, give_link, database, entry):
    revoked = give_link()
    with database.transaction() as session:
        assert revoke_links(session, utc_now(), purpose=PURPOSE, subject_id=entry.id) == 1
    dead = [revoked, give_link(lasts=timedelta(0)), give_link(purpose="entry.read"), "/example/entries/s/" + "x" * 43]
    answers = {anyone.get(address, headers={"Accept": "text/html"}).text for address in dead}
    assert len(answers) == 1
    assert "Ask the person who sent it for a new one" in answers.pop()


def test_of_two_who_use_a_single_link_at_once_one_is_told_that_it_is_over(database, give_link):
    secret, at_once, outcomes = give_link(single=True).rpartition("/")[2], Barrier(2), []

    def use():
        with database.transaction(write=False) as session:
            link = open_link(session, PURPOSE, secret, utc_now())
        at_once.wait()
        try:
            with database.transaction() as session:
                use_link(session, link, utc_now())
            outcomes.append("used")
        except LinkGone:
            outcomes.append("gone")

    threads = [Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["gone", "used"]


def test_a_forgotten_holder_leaves_no_name_and_no_open_link(anyone, give_link, database):
    address = give_link()
    with database.transaction() as session:
        link = open_link(session, PURPOSE, address.rpartition("/")[2], utc_now())
        assert forget_holder(session, link.holder_id, utc_now()) == 1
    kept = read(database, ScopedLink, link.id)
    assert (kept.holder_name, kept.holder_email) == ("", "")
    assert anyone.get(address).status_code == 404


def test_the_address_of_a_link_is_masked_in_logs(give_link):
    address = give_link()
    assert address.rpartition("/")[2] not in mask_secrets(f"GET {address}")
