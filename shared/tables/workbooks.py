"""Workbooks: XLSX, ODS and XLS, looked through for what would eat memory before they are opened."""

import contextlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import IO, Any
from xml.parsers import expat

import python_calamine
from flask_babel import gettext

from shared.errors import Invalid, TooLarge
from shared.tables.opened import Opened
from shared.tables.places import Cell, Limits, Row, name_column, read_reference

_OLD_WORKBOOK = bytes.fromhex("d0cf11e0a1b11ae1")
_CHUNK = 256 * 1024
#: Decimal digits that a spreadsheet's number holds; what it keeps beyond them is noise of its arithmetic.
DIGITS = 15


def is_old_workbook(file: IO[bytes]) -> bool:
    """Whether this is an XLS, or a workbook locked with a password, which is packed the same way."""
    file.seek(0)
    return file.read(len(_OLD_WORKBOOK)) == _OLD_WORKBOOK


def read_workbook(file: IO[bytes], sheet: str | None, limits: Limits) -> Opened:
    """The rows of one sheet of `file`; raises `TooLarge` past a limit, `Invalid` for what cannot be read."""
    notes: list[str] = []
    unvalued: list[str] = []
    if zipfile.is_zipfile(file):
        _look_through(file, limits, notes, unvalued)
    file.seek(0)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(file)
        found = workbook.sheets_metadata
        visible = [each.name for each in found if each.visible is python_calamine.SheetVisibleEnum.Visible]
        names = visible or [each.name for each in found]
        if not names or (sheet is not None and sheet not in names):
            raise Invalid({"sheet": gettext("There is no such sheet in this workbook. Choose another.")})
        chosen = sheet if sheet is not None else names[0]
        opened = workbook.get_sheet_by_name(chosen)
    except python_calamine.PasswordError as error:
        raise Invalid({"file": gettext("This workbook is locked with a password. Save it without one.")}) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise _unreadable() from error
    except BaseException as error:
        # What its Rust code did not expect is no `Exception` and would take the whole thread with it.
        if type(error).__name__ == "PanicException":
            raise _unreadable() from error
        raise
    if opened.total_height * opened.total_width > limits.cells:
        raise _too_many_cells(limits)
    if len(names) > 1:
        notes.append(gettext("The workbook has %(count)s sheets; “%(name)s” was read.", count=len(names), name=chosen))
    merged = [(top, bottom, left) for (top, left), (bottom, _right) in opened.merged_cell_ranges or [] if bottom > top]
    return Opened(_read_rows(opened), sheet=chosen, sheets=names, notes=notes, unvalued=unvalued, merged=merged)


def _read_rows(sheet: python_calamine.CalamineSheet) -> Iterator[Row]:
    start = sheet.start or (0, 0)
    below = _spread_merged(sheet.merged_cell_ranges or [])
    held: dict[int, Cell] = {}
    for number, values in enumerate(sheet.iter_rows()):
        cells = [None] * start[1] + [_read_cell(value) for value in values]
        for column, top in below.get(number, {}).items():
            if column < len(cells):
                # A cell merged over several rows says the same of each of them.
                if number == top:
                    held[column] = cells[column]
                cells[column] = held.get(column)
        yield Row(number + 1, tuple(cells))


def _spread_merged(ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> Mapping[int, Mapping[int, int]]:
    """Row -> column -> the row where the value stands, for cells that were merged downwards."""
    spread: dict[int, dict[int, int]] = {}
    for (top, left), (bottom, _right) in ranges[:10_000]:
        if bottom > top:
            for number in range(top, min(bottom, top + 10_000) + 1):
                spread.setdefault(number, {})[left] = top
    return spread


def _read_cell(value: Any) -> Cell:
    if isinstance(value, float):
        return Decimal(f"{value:.{DIGITS}g}")
    if isinstance(value, datetime):
        return value if value.time() != time() else value.date()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    cell: Cell = value
    return None if cell == "" else cell


def _look_through(file: IO[bytes], limits: Limits, notes: list[str], unvalued: list[str]) -> None:
    """Unpack everything once, keeping nothing: sizes that a file declares of itself prove nothing."""
    left = limits.unpacked
    try:
        with zipfile.ZipFile(file) as packed:
            for member in packed.infolist():
                look = _Look(limits) if _is_sheet(member.filename) else None
                with packed.open(member) as stream:
                    while chunk := stream.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise TooLarge(gettext("This workbook unpacks to more than can be read here."))
                        if look:
                            look.feed(chunk)
                if look and look.wrong:
                    notes.append(_name_wrong(look.wrong))
                if look and look.unvalued:
                    notes.append(_name_unvalued(look.unvalued))
                    unvalued += look.unvalued
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, expat.ExpatError, OSError) as error:
        raise _unreadable() from error


def _is_sheet(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix == ".xml" and (path.parent.name == "worksheets" or path.name == "content.xml")


@dataclass
class _Look:
    """A sheet's XML read for its extent: two cells in opposite corners are enough to ask for all memory."""

    limits: Limits
    wrong: list[str] = field(default_factory=list)
    unvalued: list[str] = field(default_factory=list)
    _cell: str = ""
    _has_formula: bool = False
    _has_value: bool = False
    _row: int = 0
    _column: int = 0
    _bottom: int = 0
    _right: int = 0
    _repeat: int = 1

    def __post_init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._refuse

    def feed(self, chunk: bytes) -> None:
        self._parser.Parse(chunk)

    def _refuse(self, *_declared: Any) -> None:
        raise _unreadable()

    def _start(self, name: str, given: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "c":
            self._cell, self._has_formula, self._has_value = given.get("r", ""), False, False
            at = read_reference(given.get("r", ""))
            self._row, self._column = at or (self._row, self._column + 1)
            self._reach(self._row, self._column)
            if given.get("t") == "e" and len(self.wrong) < 1000:
                self.wrong.append(given.get("r", ""))
        elif tag == "f":
            self._has_formula = True
        elif tag in {"v", "is"}:
            self._has_value = True
        elif tag == "row":
            self._row, self._column = self._row + 1, -1
        elif tag == "table":
            self._row = self._bottom = self._right = 0
        elif tag == "table-row":
            self._row, self._column = self._row + self._repeat, 0
            self._repeat = _count(given, "number-rows-repeated")
        elif tag in {"table-cell", "covered-table-cell"}:
            self._column += _count(given, "number-columns-repeated")
            # The empty end of a sheet repeats to its edge and costs nothing.
            if any(key.endswith("value-type") for key in given):
                self._reach(self._row + self._repeat, self._column)

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "c" and self._has_formula and not self._has_value and len(self.unvalued) < 1000:
            self.unvalued.append(self._cell)

    def _reach(self, row: int, column: int) -> None:
        self._bottom, self._right = max(self._bottom, row), max(self._right, column)
        if (self._bottom + 1) * (self._right + 1) > self.limits.cells:
            raise _too_many_cells(self.limits)


def _count(given: Mapping[str, str], name: str) -> int:
    for key, value in given.items():
        if key.endswith(name):
            with contextlib.suppress(ValueError):
                return max(1, int(value[:9]))
    return 1


def _name_wrong(references: list[str]) -> str:
    shown = ", ".join(references[:5])
    words: str = gettext(
        "Formulas in this workbook failed (such as #N/A), so these cells were read as empty: %(cells)s%(more)s.",
        cells=shown,
        more=" ..." if len(references) > 5 else "",
    )
    return words


def _name_unvalued(references: list[str]) -> str:
    words: str = gettext(
        "These cells hold formulas without what they come to, so they were read as empty: %(cells)s%(more)s. Open the "
        "file in a spreadsheet program and save it there.",
        cells=", ".join(references[:5]),
        more=" ..." if len(references) > 5 else "",
    )
    return words


def _unreadable() -> Invalid:
    return Invalid({"file": gettext("This workbook cannot be read. Save it anew as XLSX and send that.")})


def _too_many_cells(limits: Limits) -> TooLarge:
    return TooLarge(
        gettext(
            "This sheet reaches over more than %(most)s cells. Delete what lies far from the table, such as a stray "
            "cell beyond column %(column)s, and save it again.",
            most=f"{limits.cells:,}",
            column=name_column(limits.columns),
        )
    )
