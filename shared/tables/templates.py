"""An empty table to fill in: titles, drop-downs that hold what may stand in a column, and a sheet that explains."""

from collections.abc import Mapping, Sequence
from typing import IO, Any

import xlsxwriter

from shared.tables.places import name_column

#: Rows that offer drop-downs; more can be filled in without.
_ROWS = 2000


def write_template(
    target: IO[bytes],
    sheet: str,
    columns: Sequence[tuple[str, str]],
    choices: Mapping[int, Sequence[str]],
    guide: tuple[str, Sequence[Sequence[str]]],
    lists: str,
) -> None:
    """Write a workbook with one sheet to fill in, one that explains and one with the lists behind the drop-downs.

    `columns` are titles with a sentence about each, which a spreadsheet shows beside the cell; `choices` are by
    position of the column; `guide` is the name of the explaining sheet and its rows, `lists` the name of the last.
    """
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        filled, told, listed = (book.add_worksheet(name[:31]) for name in (sheet, guide[0], lists))
        bold = book.add_format({"bold": True, "bottom": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        filled.freeze_panes(1, 0)
        for at, (title, about) in enumerate(columns):
            filled.write_string(0, at, title, bold)
            filled.set_column(at, at, max(14, len(title) + 2))
            rule: dict[str, Any] = {"validate": "any", "input_title": title[:32], "input_message": about[:255]}
            if at in choices:
                listed.write_column(0, at, list(choices[at]))
                last = max(1, len(choices[at]))
                source = f"='{lists[:31]}'!${name_column(at)}$1:${name_column(at)}${last}"
                rule |= {"validate": "list", "source": source, "error_type": "stop"}
            filled.data_validation(1, at, _ROWS, at, rule)
        told.set_column(0, 0, 28)
        told.set_column(1, 5, 36)
        for number, row in enumerate(guide[1]):
            for at, text in enumerate(row):
                told.write_string(number, at, text, bold if number == 0 else wrapped)
        listed.hide()
