"""Rows held against a schema, cell by cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, missing

from shared.tables.cells import list_choices, read_cell
from shared.tables.matching import table_fields
from shared.tables.places import Row, name_place
from shared.tables.reading import Table
from shared.web.form_words import say_plainly


@dataclass(frozen=True)
class CheckedRow:
    """A row as it was given; `data` is what the schema made of it, or None where `errors` say why not.

    `errors` is field -> what is wrong; the field is "" for the row as a whole.
    """

    row: Row
    data: dict[str, Any] | None
    errors: Mapping[str, str]

    def name_errors(self, matched: Mapping[str, int], titles: list[str]) -> Iterator[str]:
        """Each error with its place: "row 17, column C (Country): ..."."""
        for name, reason in self.errors.items():
            if name in matched:
                position = matched[name]
                yield f"{name_place(self.row.number, position, titles[position])}: {reason}"
            else:
                yield f"{name_place(self.row.number, 0)}: {reason}"


def check_rows(schema: Schema, matched: Mapping[str, int], table: Table) -> Iterator[CheckedRow]:
    """The rows of `table`, one by one; `matched` is field -> position of its column."""
    for row in table.rows:
        yield check_row(schema, matched, row, table.decimal_comma)


def check_row(schema: Schema, matched: Mapping[str, int], row: Row, decimal_comma: bool | None = None) -> CheckedRow:
    """`row` as `schema` reads it."""
    known = table_fields(schema)
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, position in matched.items():
        try:
            value = read_cell(known[name], row.cells[position], decimal_comma)
        except ValidationError as error:
            errors[name] = " ".join(map(str, error.messages))
            continue
        if value is not missing:
            given[name] = value
    try:
        data: dict[str, Any] | None = schema.load(given, unknown=EXCLUDE)
    except ValidationError as error:
        data = None
        for name, found in error.normalized_messages().items():  # type: ignore[no-untyped-call]
            widget = "select" if name in known and list_choices(known[name]) else ""
            # What could not even be read is not missing.
            errors.setdefault(
                name if name in known else "",
                " ".join(dict.fromkeys(say_plainly(text, widget) for text in _list_messages(found))),
            )
    return CheckedRow(row, None if errors else data, errors)


def _list_messages(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    else:
        for inner in found.values() if isinstance(found, Mapping) else found:
            yield from _list_messages(inner)
