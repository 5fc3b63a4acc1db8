"""What people and partner systems type is hostile until a field has taken it."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from shared.fields import ExactNumber, Line, Prose, parse_exact, plain

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
number_like = st.from_regex(r"[ +\-]?[0-9]{0,25}\.?[0-9]{0,20}([eE][+\-]?[0-9]{1,6})?", fullmatch=True)
figures = st.decimals(
    min_value=-(10**18) + 1, max_value=10**18 - 1, allow_nan=False, allow_infinity=False, places=12
) | st.integers(-(10**18) + 1, 10**18 - 1).map(Decimal)


class Form(Schema):
    number = ExactNumber()
    line = Line(longest=20)
    prose = Prose(longest=100)


@given(value=json_values | number_like)
@example("1e999999999999999999999999")
@example("0E+999999999")
@example("1E-999999999")
@example("sNaN")
@example("-Infinity")
@example("٣")
@example("1_000")
@example("")
def test_an_exact_number_takes_a_value_or_says_why_not_and_nothing_else(value):
    try:
        number = Form().load({"number": value})["number"]
    except ValidationError as refused:
        assert list(refused.messages) == ["number"]
        return
    assert isinstance(value, str)
    assert number == Decimal(value.strip())
    assert abs(number) < 10**18
    assert int(number.as_tuple().exponent) >= -12


@given(figure=figures)
def test_a_figure_goes_out_and_comes_in_to_the_last_digit(figure):
    text = Form().dump({"number": figure})["number"]
    assert Form().load({"number": text})["number"] == figure
    assert set(text) <= set("-0123456789.")


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ("1E+3", "1000"), ("2.50", "2.5"), ("100", "100"), ("0.000", "0"), ("-0.10", "-0.1"), ("-0.00", "0"),
        ("1E-12", "0.000000000001"),
    ],
)  # fmt: skip
def test_a_figure_is_written_plainly(figure, text):
    assert plain(Decimal(figure)) == text


@pytest.mark.parametrize("value", [4.31, 4, True, None, ["1"], {"value": "1"}])
def test_a_number_that_is_not_a_string_is_refused_because_it_may_have_been_rounded(value):
    with pytest.raises(ValidationError):
        Form().load({"number": value})


@pytest.mark.parametrize(
    "text", ["1" * 19, "0.0000000000001", "1e18", "NaN", "inf", "0x10", "1,5", "1 000", "--1", "１"]
)
def test_what_is_no_number_of_ours_is_refused_with_what_to_write(text):
    with pytest.raises(ValidationError, match=r"digits"):
        parse_exact(text)


@given(text=st.text(max_size=60))
def test_a_line_is_trimmed_and_has_no_control_characters_or_is_refused(text):
    try:
        line = Form().load({"line": text})["line"]
    except ValidationError:
        return
    assert line == line.strip()
    assert len(line) <= 20
    assert not set(line) & {chr(code) for code in [*range(32), 127]}
    # Every database and every JSON reader takes it.
    assert line.encode().decode() == line


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\x1bb", "\ud800", "a\x7f"])
def test_control_characters_in_a_line_are_refused(text):
    with pytest.raises(ValidationError):
        Form().load({"line": text})


def test_two_spellings_of_one_letter_are_one():
    assert Form().load({"line": "Cafe\u0301"}) == Form().load({"line": "Caf\u00e9"})


def test_prose_has_lines_and_a_required_line_has_something_in_it():
    class Required(Schema):
        line = Line(required=True)

    assert Form().load({"prose": "one\r\n\ttwo"})["prose"] == "one\r\n\ttwo"
    with pytest.raises(ValidationError):
        Form().load({"prose": "one\x00two"})
    with pytest.raises(ValidationError):
        Required().load({"line": "   "})
