"""What a cell means to a schema's field, and how a field's value is written into a cell that means it again."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from marshmallow import ValidationError, fields, missing, validate

from shared.fields import ExactNumber, plain
from shared.tables.places import Cell
from shared.tables.text_files import UNREADABLE
from shared.tables.words import fold_title

YES = {"yes", "y", "true", "1", "x"}
NO = {"no", "n", "false", "0"}
_NUMBERS = (ExactNumber, fields.Number)
#: Thousands are also set apart by spaces, broken or not, and apostrophes.
_BLANKS = re.compile(r"[\s\u00a0\u202f'\u2019]")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00)?)?")


def read_cell(each: fields.Field[Any], cell: Cell, decimal_comma: bool | None = None) -> Any:
    """`cell` as `each` loads it, or `missing`; raises `ValidationError` for what could mean two things.

    `decimal_comma` says how the file writes numbers that are text; None where it is not known.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return missing
    if isinstance(cell, str) and UNREADABLE in cell:
        raise ValidationError(gettext("Some characters could not be read. Type this cell anew."))
    if isinstance(each, fields.List):
        return [read_cell(each.inner, part, decimal_comma) for part in _split(cell, bool(list_choices(each.inner)))]
    if choices := list_choices(each):
        return _choose(choices, each.metadata.get("also", {}), cell)
    for kind, read in _READERS:
        if isinstance(each, kind):
            return read(cell, decimal_comma)
    return say_cell(cell)


def write_cell(each: fields.Field[Any], value: Any) -> Cell:
    """The cell for `value`, as the schema dumps it; `read_cell` makes the same of it."""
    if value is None:
        return None
    if isinstance(each, fields.List):
        parts = [say_cell(write_cell(each.inner, part)) for part in value]
        # A part that holds a semicolon must not be cut in two.
        return "".join(f"{part}\n" for part in parts) if any(";" in part for part in parts) else "; ".join(parts)
    if choices := list_choices(each):
        return str(choices.get(value, value))
    if isinstance(each, _NUMBERS):
        return Decimal(str(value))
    if isinstance(each, fields.Date) and isinstance(value, str):
        return date.fromisoformat(value)
    return value if isinstance(value, (bool, date, Decimal)) else str(value)


def say_cell(cell: Cell) -> str:
    """`cell` as text."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, Decimal):
        return plain(cell)
    return cell if isinstance(cell, str) else cell.isoformat()


def list_choices(each: fields.Field[Any]) -> Mapping[Any, Any]:
    """Value -> label of a field that is answered from a list; empty for any other.

    Its metadata may name other words for a value: `"also": {"UK": "GB"}`.
    """
    given = each.metadata.get("choices", {})
    for validator in each.validators:
        if isinstance(validator, validate.OneOf):
            labels = dict(zip(validator.choices, validator.labels, strict=False))
            return {value: given.get(value) or labels.get(value) or value for value in validator.choices}
    return {}


def read_number(text: str, decimal_comma: bool | None = None) -> str:
    """The number in `text` with a point before its decimals; raises `ValidationError` where it could be two."""
    digits = _BLANKS.sub("", text)
    marks = [character for character in digits if character in ".,"]
    if not any(character.isdigit() for character in digits):
        raise ValidationError(gettext("“%(text)s” is not a number. Enter one such as 4.31.", text=text[:40]))
    if not marks:
        return digits
    last = marks[-1]
    if len(set(marks)) == 1:
        if _grouped(digits, last) and (len(marks) > 1 or _means_thousands(digits, last, decimal_comma)):
            return digits.replace(last, "")
        thousands = ""
    else:
        thousands = "," if last == "." else "."
    whole, _mark, decimals = digits.rpartition(last)
    if last in whole or (thousands and not _grouped(whole, thousands)):
        raise ValidationError(gettext("Enter a number, such as 4.31."))
    return f"{whole.replace(thousands, '') if thousands else whole}.{decimals}"


def _means_thousands(digits: str, mark: str, decimal_comma: bool | None) -> bool:
    """Whether the only mark of 1,234 or 1.234 parts thousands, by how the file writes other numbers."""
    if decimal_comma is not None:
        return (mark == ",") is not decimal_comma
    if mark == ",":
        whole, decimal = digits.replace(",", ""), digits.replace(",", ".")
        raise ValidationError(
            gettext("Write %(whole)s or %(decimal)s, whichever is meant.", whole=whole, decimal=decimal)
        )
    return False


def read_date(cell: Cell) -> str:
    """The date in `cell` as 2027-03-12; raises `ValidationError` where day and month could be exchanged."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = say_cell(cell).strip()
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _SLASHED.fullmatch(text):
        first, second, year = map(int, found.groups())
        if first <= 12 and second <= 12 and first != second:
            raise ValidationError(gettext("Is the day or the month first? Write it as %(date)s.", date="2027-03-12"))
        day, month = (first, second) if first > 12 else (second, first)
    else:
        raise ValidationError(gettext("Enter a date, such as 2027-03-12."))
    try:
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise ValidationError(gettext("There is no such day. Write the date as 2027-03-12.")) from error


def _grouped(digits: str, mark: str) -> bool:
    return bool(re.fullmatch(rf"[-+]?[1-9]\d{{0,2}}({re.escape(mark)}\d{{3}})+", digits))


def _split(cell: Cell, from_list: bool) -> list[str]:
    text = say_cell(cell)
    if "\n" in text:
        parts = text.split("\n")
    elif ";" in text:
        parts = text.split(";")
    else:
        parts = text.split(",") if from_list else [text]
    return [part.strip() for part in parts if part.strip()]


def _choose(choices: Mapping[Any, Any], also: Mapping[str, Any], cell: Cell) -> Any:
    text = say_cell(cell)
    folded = fold_title(text)
    for value, label in choices.items():
        if folded in {fold_title(str(value)), fold_title(str(label))}:
            return value
    for word, value in also.items():
        if folded == fold_title(word):
            return value
    shown = ", ".join(str(label) for label in list(choices.values())[:8])
    if len(choices) > 8:
        raise ValidationError(gettext("“%(text)s” is not one of the names we know here.", text=text[:40]))
    raise ValidationError(gettext("“%(text)s” is none of: %(choices)s.", text=text[:40], choices=shown))


def _read_yes_or_no(cell: Cell) -> bool:
    word = fold_title(say_cell(cell))
    if word in YES | {fold_title(gettext("Yes"))}:
        return True
    if word in NO | {fold_title(gettext("No"))}:
        return False
    raise ValidationError(gettext("Write yes or no."))


def _read_figure(cell: Cell, decimal_comma: bool | None) -> str:
    return plain(cell) if isinstance(cell, Decimal) else read_number(say_cell(cell), decimal_comma)


def _read_address(cell: Cell, _decimal_comma: bool | None) -> str:
    """A web address; people leave out what browsers add."""
    text = say_cell(cell).strip()
    return f"https://{text}" if "://" not in text and "." in text else text


_READERS: tuple[tuple[type[Any] | tuple[type[Any], ...], Callable[[Cell, bool | None], Any]], ...] = (
    (fields.Boolean, lambda cell, _comma: _read_yes_or_no(cell)),
    (_NUMBERS, _read_figure),
    (fields.Date, lambda cell, _comma: read_date(cell)),
    (fields.Url, _read_address),
)
