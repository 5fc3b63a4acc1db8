"""Opening a file of rows, whatever program wrote it."""

import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO

from flask_babel import gettext

from shared.errors import Invalid, TooLarge
from shared.tables.places import Cell, Limits, Row
from shared.tables.text_files import read_text_file
from shared.tables.words import fold_title
from shared.tables.workbooks import is_old_workbook, read_workbook

#: Titles, notes and empty lines may stand above the columns' titles, but no more of them than this.
HEADER_WITHIN = 20


@dataclass
class Table:
    """One sheet, opened: its columns' titles, and the rows beneath them, which can be gone through once.

    `notes` says what was odd in words for whoever sent the file; some are only known once the rows are read.
    """

    titles: list[str]
    header_row: int
    rows: Iterator[Row]
    sheet: str | None = None
    sheets: list[str] = field(default_factory=list)
    #: Numbers of this file are written with a comma; None where that is not known.
    decimal_comma: bool | None = None
    encoding: str | None = None
    notes: list[str] = field(default_factory=list)
    #: As in `Opened`.
    unvalued: list[str] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)


class TooManyRows(TooLarge):
    """A table has more rows than the caller reads at once."""


@contextmanager
def open_table(
    file: IO[bytes],
    *,
    titles: Collection[str] = (),
    sheet: str | None = None,
    encoding: str | None = None,
    limits: Limits | None = None,
) -> Iterator[Table]:
    """The table in `file`, which can seek: CSV or any kind of it, XLSX, ODS or XLS, told apart by their content.

    `titles` are the columns' names that the caller knows: the row with the most of them is the header. `sheet` is
    one of the workbook's, else the first that is visible; `encoding` replaces the guess. Raises `TooLarge`
    past a limit and `Invalid` with the field `file` for what cannot be read, also while the rows are read.
    """
    limits = limits or Limits()
    _check_size(file, limits)
    if zipfile.is_zipfile(file) or is_old_workbook(file):
        opened = read_workbook(file, sheet, limits)
    else:
        opened = read_text_file(file, encoding)
    rows = iter(opened.rows)
    first = list(islice(rows, HEADER_WITHIN))
    at = _find_header(first, {fold_title(title) for title in titles})
    if at is None:
        raise Invalid({"file": gettext("There is nothing in this table. Put the columns' titles in its first row.")})
    header = _without_empty_end(first[at].cells)
    if len(header) > limits.columns:
        words = gettext("This table has %(count)s columns. Keep at most %(most)s.")
        raise TooLarge(words % {"count": len(header), "most": limits.columns})
    yield Table(
        titles=[_say_title(cell) for cell in header],
        header_row=first[at].number,
        rows=_trim(chain(first[at + 1 :], rows), len(header), limits),
        sheet=opened.sheet,
        sheets=opened.sheets,
        decimal_comma=opened.decimal_comma,
        encoding=opened.encoding,
        notes=opened.notes,
        unvalued=opened.unvalued,
        merged=opened.merged,
    )


def _check_size(file: IO[bytes], limits: Limits) -> None:
    size = file.seek(0, 2)
    file.seek(0)
    if size > limits.size:
        most = limits.size // (1024 * 1024)
        raise TooLarge(gettext("This file is larger than %(most)s MB. Split it and send the parts.", most=most))
    if size == 0:
        raise Invalid({"file": gettext("This file is empty.")})


def _find_header(rows: list[Row], known: set[str]) -> int | None:
    """The first of the rows with the most known titles; without them, the first where most columns have a text."""
    filled = [[cell for cell in row.cells if not _is_empty(cell)] for row in rows]
    if not any(filled):
        return None
    hits = [len({fold_title(_say_title(cell)) for cell in cells} & known) for cells in filled]
    # One alone may be a word of the data that is a title elsewhere.
    if max(hits) > 1:
        return hits.index(max(hits))
    widest = max(len(cells) for cells in filled)
    for at, cells in enumerate(filled):
        if 2 * len(cells) > widest and all(isinstance(cell, str) for cell in cells):
            return at
    return next(at for at, cells in enumerate(filled) if cells)


def _trim(rows: Iterator[Row], width: int, limits: Limits) -> Iterator[Row]:
    """Rows with something in them, each at least as wide as the header."""
    for count, row in enumerate((row for row in rows if not all(map(_is_empty, row.cells))), start=1):
        if count > limits.rows:
            words = gettext("This table has more than %(most)s rows. Split it and send the parts.")
            raise TooManyRows(words % {"most": f"{limits.rows:,}"})
        cells = _without_empty_end(row.cells)
        yield Row(row.number, cells + (None,) * (width - len(cells)))


def _without_empty_end(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    end = len(cells)
    while end and _is_empty(cells[end - 1]):
        end -= 1
    return cells[:end]


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _say_title(cell: Cell) -> str:
    return "" if cell is None else " ".join(str(cell).split())
