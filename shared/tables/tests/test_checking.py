import io
import unicodedata
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, missing, validate

from shared.fields import ExactNumber, Line
from shared.tables.cells import read_cell, read_date, read_number, write_cell
from shared.tables.checking import check_row, check_rows
from shared.tables.matching import known_titles, match_columns, missing_columns
from shared.tables.places import Row
from shared.tables.reading import open_table
from shared.tables.writing import write_csv, write_xlsx

KINDS = {"ngo": "Non-governmental organisation", "charity": "Charity"}


class PartnerSchema(Schema):
    id = fields.UUID(dump_only=True)
    name = Line(required=True, metadata={"label": "Name", "aliases": ["Organisation"]})
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)), metadata={"choices": KINDS})
    website = fields.URL(allow_none=True, load_default=None)
    budget = ExactNumber(metadata={"label": "Yearly budget"})
    since = fields.Date(metadata={"label": "Known since"})
    public = fields.Boolean()
    areas = fields.List(Line(), load_default=list, metadata={"label": "Focus areas"})


def test_columns_are_matched_by_any_of_their_names_in_any_order():
    titles = ["Focus area", "KNOWN SINCE:", "Notes", "organisation", "Kind *", "yearly  Budget", "web-site"]
    matched = match_columns(PartnerSchema(), titles)
    assert matched == {"areas": 0, "since": 1, "name": 3, "kind": 4, "budget": 5, "website": 6}
    assert match_columns(PartnerSchema(), titles[::-1]) == {name: 6 - at for name, at in matched.items()}


def test_a_field_takes_the_column_that_fits_best_and_no_column_answers_two():
    assert match_columns(PartnerSchema(), ["Names", "Organisation", "Name", "What to mend"]) == {"name": 2}
    assert missing_columns(PartnerSchema(), {"name": 2}) == ["kind"]


def test_each_wrong_cell_is_named_with_its_place_and_reason():
    matched = {"name": 0, "kind": 1, "budget": 2, "since": 3}
    row = Row(17, (None, "Bank", "a lot", "3/4/2027"))
    checked = check_row(PartnerSchema(), matched, row)
    assert checked.data is None
    assert list(checked.name_errors(matched, ["Name", "Kind", "Budget", "Since"])) == [
        "row 17, column B (Kind): “Bank” is none of: Non-governmental organisation, Charity.",
        "row 17, column C (Budget): “a lot” is not a number. Enter one such as 4.31.",
        "row 17, column D (Since): Is the day or the month first? Write it as 2027-03-12.",
        "row 17, column A (Name): Fill this in.",
    ]


def test_a_good_row_gives_what_the_schema_loads():
    matched = {"name": 0, "kind": 1, "budget": 2, "since": 3, "public": 4, "areas": 5, "website": 6}
    cells = ("A", "CHARITY", Decimal("4.310"), datetime(2027, 3, 12, 9), "Yes", "health; schools", "www.a.example.org")
    assert check_row(PartnerSchema(), matched, Row(2, cells)).data == {
        "name": "A",
        "kind": "charity",
        "budget": Decimal("4.31"),
        "since": date(2027, 3, 12),
        "public": True,
        "areas": ["health", "schools"],
        "website": "https://www.a.example.org",
    }


def test_decimal_commas_are_read_where_the_separator_tells_of_them():
    content = b"Name;Kind;Yearly budget\nA;charity;1.234,50\nB;ngo;1.234\n"
    with open_table(io.BytesIO(content), titles=known_titles(PartnerSchema())) as table:
        matched = match_columns(PartnerSchema(), table.titles)
        found = [checked.data["budget"] for checked in check_rows(PartnerSchema(), matched, table)]
    assert found == [Decimal("1234.50"), Decimal(1234)]


@pytest.mark.parametrize(
    ("text", "decimal_comma", "number"),
    [
        ("1,5", None, "1.5"),
        ("1 234,5", True, "1234.5"),
        ("1'234.5", False, "1234.5"),
        ("1,234", False, "1234"),
        ("1,234", True, "1.234"),
        ("1.234", True, "1234"),
        ("1.234", None, "1.234"),
        ("0,125", None, "0.125"),
        ("1,234,567", None, "1234567"),
        ("1.234.567,8", None, "1234567.8"),
        ("-12.5", True, "-12.5"),
    ],
)
def test_numbers_are_read_as_their_country_writes_them(text, decimal_comma, number):
    assert read_number(text, decimal_comma) == number


@pytest.mark.parametrize("text", ["1,234", "1,23,4.5", "1.2.3"])
def test_a_number_that_may_mean_two_things_is_asked_about(text):
    with pytest.raises(ValidationError):
        read_number(text)


def test_dates_are_read_unless_day_and_month_could_be_exchanged():
    assert [read_date(text) for text in ("12.3.2027", "25/03/2027", "3/25/2027", "2027/3/5", "04/04/2027")] == [
        "2027-03-12",
        "2027-03-25",
        "2027-03-25",
        "2027-03-05",
        "2027-04-04",
    ]
    for text in ("03/04/2027", "31.2.2027", "spring"):
        with pytest.raises(ValidationError):
            read_date(text)


def test_a_cell_that_could_not_be_read_is_wrong():
    checked = check_row(PartnerSchema(), {"name": 0, "kind": 1}, Row(2, ("Caf\N{REPLACEMENT CHARACTER}", "ngo")))
    assert list(checked.errors) == ["name"]


lines = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30).map(
    lambda text: unicodedata.normalize("NFC", text)
)


@given(
    st.fixed_dictionaries(
        {
            "name": lines,
            "kind": st.sampled_from(list(KINDS)),
            "budget": st.one_of(st.none(), st.decimals(min_value=-(10**6), max_value=10**6, places=3)),
            "since": st.one_of(st.none(), st.dates(date(1900, 3, 1))),
            "public": st.booleans(),
            "areas": st.lists(lines, max_size=3),
        }
    )
)
def test_what_is_exported_imports_unchanged(values):
    schema = PartnerSchema()
    each = {name: field for name, field in schema.load_fields.items() if name in values}
    dumped = schema.dump(values)
    cells = [write_cell(field, dumped.get(name)) for name, field in each.items()]
    for how in (write_csv, write_xlsx):
        made = io.BytesIO()
        how(made, list(each), [cells])
        with open_table(made, titles=list(each)) as table:
            [checked] = check_rows(schema, match_columns(schema, table.titles), table)
        assert checked.errors == {}
        assert {name: checked.data.get(name) for name in values} == values


def test_an_empty_cell_answers_nothing():
    assert read_cell(fields.String(), "  ") is missing
    assert write_cell(fields.String(), None) is None
