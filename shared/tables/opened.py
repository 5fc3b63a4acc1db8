"""A sheet or a text file as its reader hands it over, before anyone knows which row holds the titles."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.tables.places import Row


@dataclass
class Opened:
    """All rows from the first on, and what was learned of the file."""

    rows: Iterable[Row]
    sheet: str | None = None
    sheets: list[str] = field(default_factory=list)
    decimal_comma: bool | None = None
    encoding: str | None = None
    notes: list[str] = field(default_factory=list)
    #: Cells, such as "C17", that hold a formula without the value that it came to.
    unvalued: list[str] = field(default_factory=list)
    #: Where cells were merged downwards: (first row, last row, column), counted from 0.
    merged: list[tuple[int, int, int]] = field(default_factory=list)
