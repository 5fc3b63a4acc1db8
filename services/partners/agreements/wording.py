"""Terms in words: the same for the page, for the PDF and for what changed between two versions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, fields

from services.partners.agreements.terms import COUNTED, PARTIES, PARTS, Part
from shared.differences import Piece, compare_whole, compare_words
from shared.web.filters import format_amount, format_date, format_number


@dataclass(frozen=True)
class PartView:
    """One part of the terms, ready to be read: either lines under columns, or facts and a text.

    A line also has its `position` among the kept ones, from 0.
    """

    part: Part
    columns: Mapping[str, str] = field(default_factory=dict)
    lines: Sequence[Mapping[str, str]] = ()
    facts: Sequence[tuple[str, str]] = ()
    text: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.lines or self.text or any(value for _label, value in self.facts))


@dataclass(frozen=True)
class Change:
    """What became of one thing between two versions: `how` is added, removed or changed, field by field."""

    part: Part
    title: str
    how: str
    fields: Sequence[tuple[str, Sequence[Piece]]]


def read_terms(kept: Mapping[str, Any], us: str, partner: str) -> list[PartView]:
    """Kept terms, part by part, in the reader's words; the sides by their names, as both sides read them."""
    sides = _name_sides(us, partner)
    return [_read_part(part, kept[part.name], sides) for part in PARTS.values()]


def compare_terms(before: Mapping[str, Any], after: Mapping[str, Any], us: str, partner: str) -> list[Change]:
    """What changed from one version's kept terms to another's, in the order of the parts; empty if nothing did."""
    sides = _name_sides(us, partner)
    return [
        change for part in PARTS.values() for change in _compare_part(part, before[part.name], after[part.name], sides)
    ]


def _name_sides(us: str, partner: str) -> Mapping[str, str]:
    return {"us": us, "partner": partner, "both": str(PARTIES["both"])}


def _read_part(part: Part, kept: Any, sides: Mapping[str, str]) -> PartView:
    schema = part.schema()
    labels = _label_fields(schema)
    if part.listed:
        lines = [{**_read_line(schema, line, sides), "position": str(place)} for place, line in enumerate(kept)]
        return PartView(part, columns=labels, lines=lines)
    told = _read_line(schema, kept, sides)
    text = told.pop("text", "")
    return PartView(part, facts=[(labels[name], value) for name, value in told.items()], text=text)


def _label_fields(schema: Schema) -> dict[str, str]:
    """The fields that are read, by name; a unit is read with its number."""
    units = {unit for number, unit in COUNTED.items() if number in schema.fields}
    return {name: str(each.metadata["label"]) for name, each in schema.fields.items() if name not in units}


def _read_line(schema: Schema, kept: Mapping[str, Any], sides: Mapping[str, str]) -> dict[str, str]:
    return {name: _say(schema.fields[name], name, kept, sides) for name in _label_fields(schema)}


def _say(each: fields.Field[Any], name: str, kept: Mapping[str, Any], sides: Mapping[str, str]) -> str:
    value = kept[name]
    if value is None or value == "":
        return ""
    if name in COUNTED:
        return format_amount(Decimal(value), kept[COUNTED[name]])
    if "choices" in each.metadata:
        words = sides if each.metadata["choices"] is PARTIES else each.metadata["choices"]
        return str(words[value])
    match each:
        case fields.Boolean():
            text = _("Yes") if value else _("No")
        case fields.Date():
            text = format_date(date.fromisoformat(value))
        case fields.Integer():
            text = format_number(value)
        case _:
            text = value
    return str(text)


def _compare_part(part: Part, before: Any, after: Any, sides: Mapping[str, str]) -> Iterator[Change]:
    if before == after:
        return
    schema = part.schema()
    if not part.listed:
        yield Change(part, str(part.label), "changed", list(_compare_fields(schema, before, after, sides)))
        return
    # Lines are told apart by their names; a second line of the same name is the second of that name.
    were, are = _name_lines(part, before), _name_lines(part, after)
    for key in [*were, *(key for key in are if key not in were)]:
        was, now = were.get(key), are.get(key)
        if was != now:
            how = "added" if was is None else "removed" if now is None else "changed"
            yield Change(part, key[0], how, list(_compare_fields(schema, was, now, sides)))


def _name_lines(part: Part, lines: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    named: dict[tuple[str, int], Mapping[str, Any]] = {}
    for line in lines:
        name, count = str(line[part.named]), 0
        while (name, count) in named:
            count += 1
        named[name, count] = line
    return named


def _compare_fields(
    schema: Schema, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, sides: Mapping[str, str]
) -> Iterator[tuple[str, Sequence[Piece]]]:
    was = _read_line(schema, before, sides) if before else {}
    now = _read_line(schema, after, sides) if after else {}
    for name, label in _label_fields(schema).items():
        if was.get(name, "") != now.get(name, ""):
            compare = compare_words if name == "text" else compare_whole
            yield label, compare(was.get(name, ""), now.get(name, ""))
