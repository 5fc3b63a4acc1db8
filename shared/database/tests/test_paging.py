"""Lists page by cursor: whatever is in them, every row comes once and in order."""

import base64
import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from shared.clock import new_id
from shared.database.paging import fetch_page
from shared.errors import Invalid
from shared.testing.example.app import Entry

on_one_database = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# PostgreSQL keeps no NUL, and no text that isn't UTF-8.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


def turn_pages(session, statement, *keys, **options):
    """All pages of a list, from the first to the one without a next."""
    pages, cursor = [], None
    while True:
        page = fetch_page(session, statement, *keys, cursor=cursor, **options)
        pages.append(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return pages


@on_one_database
@given(names=st.sets(texts, max_size=15), limit=st.integers(1, 7), descending=st.booleans())
def test_by_a_text_every_row_comes_once_in_the_databases_order(session, names, limit, descending):
    session.add_all(Entry(organisation_id=new_id(), name=name) for name in names)
    session.flush()
    order = [key.desc() if descending else key for key in (Entry.name, Entry.id)]
    expected = session.scalars(select(Entry).order_by(*order)).all()
    pages = turn_pages(session, select(Entry), Entry.name, Entry.id, limit=limit, descending=descending)
    assert [row for page in pages for row in page] == expected
    assert all(len(page) == limit for page in pages[:-1])
    session.rollback()


@on_one_database
@given(
    times=st.lists(st.sampled_from([datetime(2027, 1, 1, tzinfo=UTC)]) | instants, max_size=15), limit=st.integers(1, 7)
)
def test_rows_of_the_same_instant_are_told_apart_by_their_id(session, times, limit):
    session.add_all(Entry(organisation_id=new_id(), name=str(new_id()), at=at) for at in times)
    session.flush()
    rows = [row for page in turn_pages(session, select(Entry), Entry.at, Entry.id, limit=limit) for row in page]
    assert len({row.id for row in rows}) == len(rows) == len(times)
    assert all((one.at, one.id) > (next.at, next.id) for one, next in pairwise(rows))
    session.rollback()


def test_a_row_that_comes_in_meanwhile_moves_no_other(session):
    """As an offset would: the reader of page two would meet page one's last row again."""
    for number in range(6):
        session.add(Entry(organisation_id=new_id(), name=f"b{number}"))
    session.flush()
    first = fetch_page(session, select(Entry), Entry.name, limit=3, descending=False)
    session.add(Entry(organisation_id=new_id(), name="a, before all"))
    session.delete(first.items[0])
    session.flush()
    second = fetch_page(session, select(Entry), Entry.name, cursor=first.next_cursor, limit=3, descending=False)
    assert [row.name for row in second.items] == ["b3", "b4", "b5"]
    assert second.next_cursor is None


def test_an_empty_list_is_one_page(session):
    assert turn_pages(session, select(Entry), Entry.id) == [[]]


def encode(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


SOME_ID = "0199c0de-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "é", "====", "\x00", "a" * 10_000, encode({}), encode("ab"), encode([]), encode([1]), encode(["a"]),
        encode(["a", "b"]), encode([None, None]), encode(["a", SOME_ID, "c"]), encode([["a"], {}]),
        encode(["\x00", SOME_ID]), encode(["\ud800", SOME_ID]),
    ],
)  # fmt: skip
def test_a_cursor_that_this_list_did_not_make_is_refused(session, cursor):
    with pytest.raises(Invalid) as caught:
        fetch_page(session, select(Entry), Entry.name, Entry.id, cursor=cursor)
    assert list(caught.value.fields) == ["cursor"]
    session.rollback()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cursor=st.text(max_size=60)
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(encode)
)
def test_no_cursor_is_a_mistake_of_ours(session, cursor):
    try:
        fetch_page(session, select(Entry), Entry.at, Entry.id, cursor=cursor)
    except Invalid as invalid:
        assert list(invalid.fields) == ["cursor"]
    session.rollback()
