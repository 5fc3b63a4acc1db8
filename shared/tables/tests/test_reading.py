import contextlib
import io
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Invalid, TooLarge
from shared.tables.places import Limits, name_column, name_place, read_reference
from shared.tables.reading import open_table


def read(content, **how):
    """Titles, rows by number, and notes."""
    with open_table(io.BytesIO(content), **how) as table:
        rows = {row.number: row.cells for row in table.rows}
        return table.titles, rows, table.notes


def make_workbook(fill, **options):
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, options) as book:
        fill(book)
    return made.getvalue()


ROWS = 'Name;Größe\r\nBrücke e.V.;1,5\r\n"Zeile\r\nzwei";2\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_encoding_and_separator_of_a_spreadsheet_reads_the_same(encoding, separator):
    text = ROWS.replace("1,5", "15").replace(";", separator)
    titles, rows, _notes = read(text.encode(encoding))
    assert titles == ["Name", "Größe"]
    assert rows == {2: ("Brücke e.V.", "15"), 3: ("Zeile\r\nzwei", "2")}


def test_excels_first_line_names_the_separator_and_counts_as_no_row():
    titles, rows, _notes = read(b"sep=|\r\na|b,c,d\r\n1|2,3,4\r\n")
    assert (titles, rows) == (["a", "b,c,d"], {2: ("1", "2,3,4")})


def test_a_guessed_encoding_is_said_and_can_be_replaced():
    content = "Name,Stadt\nŻółć,Łódź\n".encode("cp1250")
    _titles, _rows, notes = read(content)
    assert "not in UTF-8" in notes[0]
    _titles, rows, notes = read(content, encoding="cp1250")
    assert (rows, notes) == ({2: ("Żółć", "Łódź")}, [])


def test_bytes_that_mean_nothing_are_never_passed_over_in_silence():
    content = "Name\nÄrzte\nBrücke\nGröße\nCaf".encode() + b"\xe9\n"
    _titles, rows, notes = read(content)
    assert rows[5] == ("Caf\N{REPLACEMENT CHARACTER}",)
    assert notes == ["Cells with characters that could not be read: 1."]


def test_a_lone_quotation_mark_is_named_by_its_row():
    with pytest.raises(Invalid) as error:
        read(b'Name,Town\nGood,Here\nBad,"There\nMore,Rows\n')
    assert "Row 3" in error.value.fields["file"]


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"%PDF-1.7 and so on", bytes(range(256)) * 20, b"PK\x03\x04junk"])
def test_what_is_no_table_is_refused_in_words(content):
    with pytest.raises(Invalid) as error:
        read(content)
    assert error.value.fields["file"]


def test_rows_without_anything_in_them_are_left_out_and_short_ones_filled_up():
    titles, rows, _notes = read(b"a,b,c,,\n1\n,,\n\n2,3,4,,\n,,,\n")
    assert titles == ["a", "b", "c"]
    assert rows == {2: ("1", None, None), 5: ("2", "3", "4")}


def test_the_header_is_found_beneath_a_title_by_the_names_that_are_known():
    content = b"Partners of 2027,,\nas of,March,\n\nName,Country,Since\nA,ZA,2020\n"
    with open_table(io.BytesIO(content), titles=["name", "COUNTRY"]) as table:
        assert (table.header_row, table.titles) == (4, ["Name", "Country", "Since"])
    with open_table(io.BytesIO(b"Our list,,\n\nOrt,Land,Jahr\nKoeln,DE,2020\n")) as table:
        assert table.header_row == 3


def test_a_workbooks_cells_keep_their_kind_and_lose_the_noise():
    def fill(book):
        sheet = book.add_worksheet("Partners")
        day, moment = (book.add_format({"num_format": form}) for form in ("dd/mm/yy", "dd/mm/yy hh:mm"))
        clock = book.add_format({"num_format": "hh:mm"})
        sheet.merge_range(0, 1, 0, 5, "All partners")
        sheet.write_row(2, 1, ["a", "b", "c", "d", "e"])
        sheet.write_number(3, 1, 0.1 + 0.2)
        sheet.write_datetime(3, 2, date(2027, 3, 12), day)
        sheet.write_datetime(3, 3, datetime(2027, 3, 12, 14, 5), moment)
        sheet.write_datetime(3, 4, time(14, 5), clock)
        sheet.write_formula(3, 5, "=1+1", None, 2)
        sheet.write_string(4, 1, "00123")
        sheet.write_boolean(4, 2, True)
        sheet.write_number(4, 3, 27821234567)
        sheet.write_blank(90, 40, None, book.add_format({"bold": True}))

    titles, rows, notes = read(make_workbook(fill))
    assert titles == ["", "a", "b", "c", "d", "e"]
    assert rows == {
        4: (None, Decimal("0.3"), date(2027, 3, 12), datetime(2027, 3, 12, 14, 5), time(14, 5), Decimal(2)),
        5: (None, "00123", True, Decimal(27821234567), None, None),
    }
    assert notes == []


def test_a_value_merged_downwards_belongs_to_each_of_its_rows():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Kind", "Name"])
        sheet.merge_range(1, 0, 3, 0, "Charity")
        sheet.write_column(1, 1, ["One", "Two", "Three"])

    _titles, rows, _notes = read(make_workbook(fill))
    assert [cells[0] for cells in rows.values()] == ["Charity"] * 3


def test_a_sheet_can_be_chosen_and_hidden_ones_are_not():
    def fill(book):
        book.add_worksheet("Notes").hide()
        for name in ("First", "Second"):
            book.add_worksheet(name).write_column(0, 0, ["Name", f"in {name}"])
        book.get_worksheet_by_name("First").activate()
        book.get_worksheet_by_name("First").set_first_sheet()

    content = make_workbook(fill)
    _titles, rows, notes = read(content)
    assert rows == {2: ("in First",)}
    assert "2 sheets" in notes[0]
    assert read(content, sheet="Second")[1] == {2: ("in Second",)}
    with pytest.raises(Invalid, match="Correct"):
        read(content, sheet="Notes")


def test_a_failed_formula_is_named_and_not_taken_for_an_empty_cell():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["Figure"])
        sheet.write_formula(1, 0, "=1/0", None, "#DIV/0!")
        sheet.write_number(2, 0, 3)

    assert "A2" in read(make_workbook(fill))[2][0]


#: To the edges of the sheet, as LibreOffice writes it.
END = b'><table:table-cell table:number-columns-repeated="16384"/>'
ODS = {
    "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
    "META-INF/manifest.xml": b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest"/>',
}


def test_a_sheet_of_open_document_reads_like_the_others():
    content = b"""<?xml version="1.0"?><office:document-content
      xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
      xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
      xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
      <table:table table:name="T"><table:table-row>%s</table:table-row><table:table-row>%s</table:table-row>
      <table:table-row table:number-rows-repeated="1048574"%s</table:table-row></table:table>
      </office:spreadsheet></office:body></office:document-content>"""
    text = b'<table:table-cell office:value-type="string"><text:p>%s</text:p></table:table-cell>'
    figure = (
        b'<table:table-cell office:value-type="float" office:value="4.310"><text:p>4,31</text:p></table:table-cell>'
    )
    day = b'<table:table-cell office:value-type="date" office:date-value="2027-03-12"/>'
    cells = text % b"Name" + text % b"Figure" + text % b"Day", text % b"A" + figure + day
    made = pack({**ODS, "content.xml": content % (*cells, END)})
    titles, rows, _notes = read(made)
    assert titles == ["Name", "Figure", "Day"]
    assert rows == {2: ("A", Decimal("4.31"), date(2027, 3, 12))}

    many = figure.replace(b"<table:table-cell", b'<table:table-cell table:number-columns-repeated="16384"', 1)
    rows = content.replace(b"<table:table-row>", b'<table:table-row table:number-rows-repeated="100000">', 1)
    made = pack({**ODS, "content.xml": rows % (many, many, END)})
    with pytest.raises(TooLarge, match="cells"):
        read(made)


def pack(members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return made.getvalue()


def test_two_cells_in_far_corners_do_not_ask_for_all_memory():
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "Name")
        sheet.write_string(1_048_575, 16_383, "gotcha")

    with pytest.raises(TooLarge, match="stray cell"):
        read(make_workbook(fill))


def test_a_file_that_unpacks_to_too_much_is_not_unpacked():
    made = pack({"xl/worksheets/sheet1.xml": b"<a>" + b" " * 3_000_000 + b"</a>", "xl/workbook.xml": b"<a/>"})
    assert len(made) < 10_000
    with pytest.raises(TooLarge, match="unpacks"):
        read(made, limits=Limits(unpacked=1_000_000))


def test_a_file_that_declares_entities_is_refused():
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    with pytest.raises(Invalid):
        read(pack({"xl/worksheets/sheet1.xml": bomb, "xl/workbook.xml": b"<a/>"}))


def test_limits_are_kept_and_say_what_to_do():
    content = b"a,b\n" + b"1,2\n" * 20
    for limits, words in [
        (Limits(size=50), "larger than"),
        (Limits(rows=19), "more than 19 rows"),
        (Limits(columns=1), "at most 1"),
    ]:
        with pytest.raises(TooLarge, match=words):
            read(content, limits=limits)
    assert len(read(content, limits=Limits(rows=20, columns=2))[1]) == 20


def test_places_are_named_as_a_spreadsheet_does():
    assert [name_column(at) for at in (0, 25, 26, 701, 702, 16_383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert read_reference("XFD17") == (16, 16_383)
    assert read_reference("17") is None
    assert name_place(17, 2, "Country") == "row 17, column C (Country)"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_at_all_make_it_fail_in_any_other_way(content):
    with contextlib.suppress(Invalid, TooLarge):
        read(content)
