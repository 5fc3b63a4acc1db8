"""What may stand in a formula, in which unit it comes out, and what it comes to."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.indicators.formulas import LONGEST, Formula, Refused, parse_as, parse_formula
from services.metrics.indicators.units import read_unit

UNITS = {"waste": "t", "hours": "h", "people": "people", "rate": "%", "more": "t"}
LEVELS = {"waste": "12.5", "hours": "5", "people": "0", "rate": "40", "more": "0.1"}


def come_to(text: str, **changes: str | None) -> Decimal | None:
    levels = {key: None if value is None else Decimal(value) for key, value in {**LEVELS, **changes}.items()}
    return parse_formula(text).find_level(levels)


def unit_of(text: str) -> str:
    return str(parse_formula(text).find_unit({key: read_unit(unit) for key, unit in UNITS.items()}).unit)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("waste / hours", "2.5"),
        ("(waste + more) * 2", "25.2"),
        ("-waste + abs(-hours)", "-7.5"),
        ("max(waste, more, 20) - min(waste, 0.25)", "19.75"),
        ("waste * 0.1", "1.25"),
        ("more + more + more", "0.3"),
    ],
)
def test_a_formula_is_worked_out_exactly(text: str, level: str) -> None:
    assert come_to(text) == Decimal(level)


@pytest.mark.parametrize("text", ["waste / people", "people / people", "waste / (hours - 5)", "waste / people * 0"])
def test_a_division_by_nothing_is_no_value(text: str) -> None:
    assert come_to(text) is None


def test_what_lacks_a_value_or_outgrows_all_is_no_value() -> None:
    assert come_to("waste + hours", hours=None) is None
    assert come_to("waste * " * 40 + "waste", waste="999999999999999999") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "can't be read"),
        ("waste hours", "can't be read"),
        ("(" * 300 + "waste" + ")" * 300, "at most 500"),
        ("(" * 240 + "waste" + ")" * 240, "can't be read"),
        ("-" * 100 + "waste", "nested too deeply"),
        ("waste" + " + 1" * 200, "at most 500"),
        ("waste ** 9999999", "Only + - * /"),
        ("waste // 2", "Only + - * /"),
        ("waste if hours else 1", "Only + - * /"),
        ("waste.real", "Only + - * /"),
        ("waste[0]", "Only + - * /"),
        ("[waste for waste in hours]", "Only + - * /"),
        ("lambda: waste", "Only + - * /"),
        ("(waste := 3)", "Only + - * /"),
        ("f'{waste}'", "Only + - * /"),
        ("'waste' * 9", "Write numbers"),
        ("waste * 1e9", "Write numbers"),
        ("waste * 0x10", "Write numbers"),
        ("waste * True", "Write numbers"),
        ("waste * 9999999999999999999", "Write numbers"),
        ("__import__('os')", "Of functions there are"),
        ("().__class__()", "Of functions there are"),
        ("min(*waste)", "Of functions there are"),
        ("max(waste, key=abs)", "Of functions there are"),
        ("abs(waste, hours)", "abs takes one value"),
        ("min()", "min takes"),
        ("1 + 2", "Name at least one KPI"),
        ("waste\x00", "can't be read"),
    ],
)
def test_what_is_no_formula_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Refused, match=words.replace("+", r"\+").replace("*", r"\*")):
        parse_formula(text)


@settings(max_examples=200, deadline=None)
@given(st.text("waste hours+-*/().,0123456789_[]{}'\"=:;\\\n", max_size=LONGEST + 20))
def test_whatever_is_typed_is_a_formula_or_refused(text: str) -> None:
    try:
        found = parse_formula(text)
    except Refused:
        return
    assert isinstance(found, Formula)
    found.find_level(dict.fromkeys(found.keys, Decimal("0.5")))


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("waste / hours", "t/h"),
        ("waste * hours / people", "h·t/people"),
        ("waste / more", ""),
        ("100 * waste / more", ""),
        ("waste * rate / 100", "t"),
        ("waste + 5", "t"),
        ("max(waste - more, 0)", "t"),
        ("waste * waste / hours", "t²/h"),
        ("1 / hours", "1/h"),
    ],
)
def test_units_come_out_as_they_should(text: str, unit: str) -> None:
    assert unit_of(text) == unit


@pytest.mark.parametrize("text", ["waste + hours", "min(waste, people)", "waste - waste / hours", "waste + rate"])
def test_what_differs_in_unit_is_not_added(text: str) -> None:
    with pytest.raises(Refused, match="can't be added, subtracted or compared"):
        unit_of(text)


def test_units_are_read_as_people_write_them() -> None:
    same = {read_unit(text) for text in ("kg/person/day", "kg per person per day", " kg / person / day ")}
    assert len(same) == 1
    assert read_unit("m²/h") == read_unit("m*m/h")
    assert {read_unit(text) for text in ("%", "ratio", "")} == {read_unit("1")}


def test_a_ratio_is_one_kpi_by_another() -> None:
    assert parse_as("ratio", "waste / hours").keys == ("waste", "hours")
    for text in ("waste / hours / people", "waste", "waste / 2", "waste * hours", "waste / waste"):
        with pytest.raises(Refused, match="A ratio is"):
            parse_as("ratio", text)


def test_a_formula_is_followed_from_month_to_month() -> None:
    may, june, july = (date(2026, month, 1) for month in (5, 6, 7))
    levels = {"waste": {may: Decimal(6), july: Decimal(9)}, "hours": {june: Decimal(3)}}
    found = parse_formula("waste / hours").follow({"waste": Decimal(0), "hours": Decimal(0)}, levels)
    assert found == [(may, None), (june, Decimal(2)), (july, Decimal(3))]
