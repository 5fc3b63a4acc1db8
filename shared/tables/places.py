"""Cells, and where they stand in words that a person finds again: row 17, column C (Country)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeAlias

from flask_babel import gettext

#: What a cell holds: text, an exact number, a date, an instant without a zone, a time, yes or no, or nothing.
Cell: TypeAlias = str | Decimal | date | datetime | time | bool | None


@dataclass(frozen=True)
class Row:
    """One row as it stands in the file; `number` is what the spreadsheet shows beside it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Limits:
    """The most that is taken: `size` and `unpacked` in bytes, rows beneath the titles, columns, cells of a sheet."""

    size: int = 20 * 1024 * 1024
    unpacked: int = 500 * 1024 * 1024
    rows: int = 200_000
    columns: int = 200
    cells: int = 5_000_000


def name_column(position: int) -> str:
    """The letters over the column at `position`, counted from 0: A, B, ... Z, AA."""
    letters, rest = "", position + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def read_reference(reference: str) -> tuple[int, int] | None:
    """Row and column, both counted from 0, of a reference such as "C17"; None where it is none."""
    letters = reference.rstrip("0123456789")
    digits = reference[len(letters) :]
    if not (letters.isascii() and letters.isalpha() and 1 <= len(letters) <= 3 and 1 <= len(digits) <= 7):
        return None
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(digits) - 1, column - 1


def name_place(row: int, position: int, title: str = "") -> str:
    """A cell's place in words; `row` as the spreadsheet numbers it, `position` counted from 0."""
    place: str = gettext("row %(row)s, column %(column)s", row=row, column=name_column(position))
    return f"{place} ({title})" if title else place
