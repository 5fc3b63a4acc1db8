import csv
import io
import tracemalloc
from datetime import date, datetime, time
from decimal import Decimal

import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.tables.reading import open_table
from shared.tables.writing import BadRow, write_csv, write_to_mend, write_xlsx


def write(how, titles, rows):
    made = io.BytesIO()
    how(made, titles, rows)
    made.seek(0)
    return made


def read_back(made, titles):
    with open_table(made, titles=titles) as table:
        return [row.cells for row in table.rows]


# What marshmallow's Line and Prose let in: no control characters but breaks, nothing unassigned.
texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn"), include_characters="\n\t"), min_size=1)
risky = st.builds("".join, st.tuples(st.sampled_from("'=+-@\t\n＝＠"), texts))
words = st.one_of(texts, risky).filter(str.strip)
figures = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**8), max_value=10**8)
days = st.dates(date(1900, 3, 1), date(9999, 12, 31))
moments = st.datetimes(datetime(1900, 3, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(microsecond=0))


@settings(deadline=None)
@given(st.lists(st.tuples(words, st.one_of(st.none(), words)), min_size=1, max_size=5))
def test_every_text_comes_back_unchanged_from_both_kinds_of_file(rows):
    for how in (write_csv, write_xlsx):
        assert read_back(write(how, ["One", "Two"], rows), ["One", "Two"]) == rows


@settings(deadline=None)
@given(st.lists(st.tuples(figures, days, moments, st.booleans()), min_size=1, max_size=5))
def test_numbers_and_dates_come_back_unchanged_from_a_workbook(rows):
    found = read_back(write(write_xlsx, list("abcd"), rows), list("abcd"))
    expected = [(a, b, c if c.time() != time() else c.date(), d) for a, b, c, d in rows]
    assert found == expected


def test_a_number_of_more_digits_than_a_spreadsheet_keeps_stays_exact():
    number = Decimal("123456789012345678.000000000001")
    [(cell,)] = read_back(write(write_xlsx, ["n"], [[number]]), ["n"])
    assert cell == "123456789012345678.000000000001"


def test_no_program_takes_a_text_for_a_formula():
    attacks = ['=HYPERLINK("http://evil")', "+27 82 555 0100", "-1+1", "@SUM(A1)", "\t=1", "'=1"]
    made = write(write_csv, ["Text"], [[text] for text in attacks])
    assert made.getvalue().startswith(b"\xef\xbb\xbf")
    cells = [row[0] for row in csv.reader(io.StringIO(made.getvalue().decode("utf-8-sig"), newline=""))][1:]
    assert all(cell.startswith("'") for cell in cells)

    made = write(write_xlsx, ["Text"], [[text] for text in attacks])
    sheet = python_calamine.CalamineWorkbook.from_filelike(made).get_sheet_by_index(0)
    assert [row[0] for row in sheet.to_python()][1:] == attacks


def test_a_file_to_mend_holds_the_rows_as_given_and_imports_again():
    titles = ["Name", "Country", "Since"]
    rows = [
        BadRow(["=A", None, date(2027, 3, 12)], {1: "Choose one."}),
        BadRow(["B", "Atlantis", Decimal("1.5")], {1: "Not known here.", 2: "Enter a date.", None: "Look again."}),
    ]
    made = write(write_to_mend, titles, rows)
    with open_table(made, titles=titles) as table:
        assert table.titles == ["What to mend", *titles]
        found = [row.cells for row in table.rows]
    assert [cells[1:] for cells in found] == [tuple(bad.cells) for bad in rows]
    assert found[1][0] == "Country: Not known here.\nSince: Enter a date.\nLook again."


def test_a_hundred_thousand_rows_are_written_and_read_in_little_memory():
    rows = ((f"Organisation {number}", "ZA", Decimal(number)) for number in range(100_000))
    made = io.BytesIO()
    tracemalloc.start()
    write_csv(made, ["Name", "Country", "Figure"], rows)
    size = made.tell()
    tracemalloc.reset_peak()
    with open_table(made) as table:
        assert sum(1 for _row in table.rows) == 100_000
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < size + 8_000_000
