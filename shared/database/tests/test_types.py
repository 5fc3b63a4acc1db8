"""Columns that mean the same on both databases."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from shared.clock import new_id
from shared.database.types import exact_sum
from shared.testing.example.app import Entry

#: Each example cleans up behind itself, so that the one database serves them all.
on_one_database = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
figures = st.decimals(
    min_value=-(10**18) + 1, max_value=10**18 - 1, allow_nan=False, allow_infinity=False, places=12
) | st.decimals(min_value=-1000, max_value=1000, allow_nan=False, allow_infinity=False, places=2)


def entry(**values):
    return Entry(organisation_id=new_id(), name=str(new_id()), **values)


def write_and_read(session, column, value):
    """What comes back of `value` from another look at the row."""
    made = entry(**{column: value})
    session.add(made)
    session.flush()
    session.expire(made)
    return getattr(made, column)


@on_one_database
@given(figure=figures)
def test_a_figure_comes_back_to_the_last_digit(session, figure):
    found = write_and_read(session, "amount", figure)
    assert isinstance(found, Decimal)
    assert found == figure
    session.rollback()


@on_one_database
@given(values=st.lists(figures, max_size=12))
def test_a_sum_of_figures_is_exact(session, values):
    session.add_all(entry(amount=value) for value in values)
    session.flush()
    # Fractions never round; Python's decimals would, at 28 digits.
    expected = sum(map(Fraction, values)) if values else None
    found = session.scalar(select(exact_sum(Entry.amount)))
    assert (None if found is None else Fraction(found)) == expected
    session.rollback()


def test_a_sum_leaves_out_what_is_not_there(session):
    session.add_all([entry(amount=Decimal("0.1")), entry(amount=None), entry(amount=Decimal("0.2"))])
    session.flush()
    assert session.scalar(select(exact_sum(Entry.amount))) == Decimal("0.3")
    assert session.scalar(select(func.count(Entry.amount))) == 2


@pytest.mark.parametrize("text", ["1E+3", "1E-12", "0", "0.10", "-0.5", "123456789012345678.123456789012"])
def test_a_figure_is_never_kept_with_an_exponent(session, text):
    assert write_and_read(session, "amount", Decimal(text)) == Decimal(text)


@on_one_database
@given(
    instant=st.datetimes(
        min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1),
        timezones=st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours, minutes=30))),
    )
)  # fmt: skip
def test_an_instant_comes_back_in_utc_to_the_microsecond(session, instant):
    found = write_and_read(session, "at", instant)
    assert found == instant
    assert found.utcoffset() == timedelta(0)
    session.rollback()


@on_one_database
@given(instants=st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), max_size=10))
def test_instants_sort_as_time_passes(session, instants):
    aware = [each.replace(tzinfo=UTC) for each in instants]
    session.add_all(entry(at=each) for each in aware)
    session.flush()
    assert session.scalars(select(Entry.at).order_by(Entry.at)).all() == sorted(aware)
    session.rollback()


@pytest.mark.parametrize("value", [datetime(2027, 3, 12, 9), date(2027, 3, 12)])
def test_what_has_no_time_zone_is_refused_as_an_instant(session, value):
    session.add(entry(at=value))
    with pytest.raises(StatementError):
        session.flush()
    session.rollback()


@pytest.mark.parametrize("document", [{}, {"a": [1, None, {"b": "é"}], "t": True}, None])
def test_a_document_comes_back_as_it_was(session, document):
    assert write_and_read(session, "detail", document) == document
