"""Figures add up exactly in SQL, on both databases, also where Python's own arithmetic would round."""

from decimal import Decimal

import pytest
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from shared.database.types import EXACT, Figure, exact_add, exact_sum


@pytest.mark.parametrize(
    ("one", "other", "total"),
    [
        ("0.1", "0.2", "0.3"),
        ("999999999999999999.999999999999", "0.000000000001", "1000000000000000000"),
        ("999999999999999999", "0.000000000001", "999999999999999999.000000000001"),
        ("5", "-5.00", "0"),
    ],
)
def test_two_figures_add_up_to_the_last_digit(session: Session, one: str, other: str, total: str) -> None:
    figures = [literal(Decimal(each), Figure()) for each in (one, other)]
    both = select(figures[0].label("value")).union_all(select(figures[1])).subquery()
    assert session.scalar(select(exact_add(*figures))) == Decimal(total)
    assert session.scalar(select(exact_sum(both.c.value))) == Decimal(total)
    assert EXACT.add(Decimal(one), Decimal(other)) == Decimal(total)
