"""Tables for people to open: XLSX and CSV whose texts stay texts, and a file of bad rows with what to mend in them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any

import xlsxwriter
from flask_babel import lazy_gettext as _l

from shared.errors import TooLarge
from shared.tables.cells import say_cell
from shared.tables.places import Cell
from shared.tables.text_files import guard_text
from shared.tables.workbooks import DIGITS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
#: The column of reasons in a file to mend; whoever reads the file again passes it over.
MEND_TITLE = _l("What to mend")
#: What a sheet and a cell can hold.
MOST_ROWS, MOST_CHARACTERS = 1_048_575, 32_767
_NARROWEST, _WIDEST = 8, 50


@dataclass(frozen=True)
class BadRow:
    """A row as it was given, and position -> what is wrong there; None is the row as a whole."""

    cells: Sequence[Cell]
    errors: Mapping[int | None, str]


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook; its name is cut after 31 characters."""

    name: str
    titles: Sequence[Any]
    rows: Iterable[Sequence[Cell]]


def write_csv(target: IO[bytes], titles: Iterable[Any], rows: Iterable[Sequence[Cell]]) -> None:
    """Write UTF-8 with a byte order mark, by which Excel knows it; a text that looks like a formula gets a "'"."""
    text = io.TextIOWrapper(target, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    for row in chain([[str(title) for title in titles]], rows):
        writer.writerow([_write_text(cell) for cell in row])
    text.detach()


def write_xlsx(target: IO[bytes], titles: Iterable[Any], rows: Iterable[Sequence[Cell]], sheet: str = "Table") -> None:
    """Write a workbook of one sheet, row by row; `target` can seek."""
    with _open_workbook(target) as book:
        _write_sheet(book, sheet, [str(title) for title in titles], ((cells, {}) for cells in rows))


def write_sheets(target: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """Write a workbook of several sheets, one after the other; `target` can seek."""
    with _open_workbook(target) as book:
        for sheet in sheets:
            _write_sheet(
                book, sheet.name, [str(title) for title in sheet.titles], ((cells, {}) for cells in sheet.rows)
            )


def write_to_mend(target: IO[bytes], titles: Sequence[str], rows: Iterable[BadRow]) -> None:
    """Write the bad rows as they were given, the reasons in a first column, and a comment on each wrong cell."""
    with _open_workbook(target) as book:
        _write_sheet(book, str(MEND_TITLE), [str(MEND_TITLE), *titles], (_show_bad(bad, titles) for bad in rows))


def _show_bad(bad: BadRow, titles: Sequence[str]) -> tuple[Sequence[Cell], Mapping[int, str]]:
    reasons = [
        reason if position is None or position >= len(titles) else f"{titles[position]}: {reason}"
        for position, reason in bad.errors.items()
    ]
    comments = {position + 1: reason for position, reason in bad.errors.items() if position is not None}
    return ["\n".join(reasons), *bad.cells], comments


def _write_text(cell: Cell) -> str:
    return guard_text(cell) if isinstance(cell, str) else say_cell(cell)


def _open_workbook(target: IO[bytes]) -> Any:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    return xlsxwriter.Workbook(target, options)


def _write_sheet(
    book: Any, name: str, titles: Sequence[str], rows: Iterable[tuple[Sequence[Cell], Mapping[int, str]]]
) -> None:
    sheet = book.add_worksheet(name[:31])
    formats = _Formats(book)
    rest = iter(rows)
    first = list(islice(rest, 200))
    for column, title in enumerate(titles):
        lengths = [len(line) for cells, _wrong in first for line in _write_text_of(cells, column).split("\n")]
        sheet.set_column(column, column, min(max([_NARROWEST, len(title) + 2, *lengths]), _WIDEST))
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(titles):
        sheet.write_string(0, column, title, formats.title)
    for number, (cells, wrong) in enumerate(chain(first, rest), start=1):
        if number > MOST_ROWS:
            raise TooLarge(f"A sheet holds {MOST_ROWS:,} rows and there are more.")
        for column, cell in enumerate(cells):
            _write_cell(sheet, number, column, cell, formats.pick(cell, column in wrong))
        for column, reason in wrong.items():
            sheet.write_comment(number, column, reason, {"x_scale": 2})


def _write_text_of(cells: Sequence[Cell], column: int) -> str:
    return _write_text(cells[column]) if column < len(cells) else ""


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, shape: Any) -> None:
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, shape)
    elif isinstance(cell, Decimal) and Decimal(f"{float(cell):.{DIGITS}g}") == cell:
        sheet.write_number(row, column, float(cell), shape)
    elif isinstance(cell, (date, time)) and not _is_before_1900(cell):
        sheet.write_datetime(row, column, cell, shape)
    elif cell is None:
        sheet.write_blank(row, column, None, shape)
    else:
        # A number of more digits than a spreadsheet keeps stays exact as a text.
        text = cell if isinstance(cell, str) else _write_text(cell)
        if len(text) > MOST_CHARACTERS:
            raise TooLarge(f"A cell holds {MOST_CHARACTERS:,} characters and one text has {len(text):,}.")
        sheet.write_string(row, column, text, shape)


def _is_before_1900(cell: date | time) -> bool:
    """Dates that a spreadsheet counts wrongly or not at all: it believes that 1900 had a 29 February."""
    return isinstance(cell, date) and (cell.year, cell.month) < (1900, 3)


class _Formats:
    """How cells look, by what is in them and whether they are wrong; a workbook keeps each once."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "bottom": 1})
        self._plain, self._wrong = (
            {kind: book.add_format({**number, **colour}) for kind, number in _NUMBER_FORMATS.items()}
            for colour in ({}, {"bg_color": "#FFD9D6", "font_color": "#7A1010"})
        )

    def pick(self, cell: Cell, wrong: bool) -> Any:
        kinds = self._wrong if wrong else self._plain
        if isinstance(cell, str):
            return kinds["lines"] if "\n" in cell else kinds["text"]
        by_type = [(datetime, "instant"), (date, "date"), (time, "time")]
        return kinds[next((kind for known, kind in by_type if isinstance(cell, known)), "plain")]


_NUMBER_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "text": {"num_format": "@"},
    "lines": {"num_format": "@", "text_wrap": True, "valign": "top"},
    "date": {"num_format": "yyyy-mm-dd"},
    "instant": {"num_format": "yyyy-mm-dd hh:mm:ss"},
    "time": {"num_format": "hh:mm:ss"},
}
