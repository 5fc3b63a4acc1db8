"""Fields that only KPIs have: dimensions, by which figures are parted, and interim targets."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate

from services.metrics.indicators.models import KEY
from services.metrics.indicators.service.targets import Interim
from shared.fields import parse_exact, plain

#: As many dimensions, and as many categories of each, as a partner can be asked to fill in.
DIMENSIONS, CATEGORIES, INTERIMS = 5, 30, 40
#: A dimension or a category: {"key", "name"}, and of a dimension "categories".
Dimension = dict[str, Any]


class DimensionField(fields.Field[Dimension]):
    """A dimension: {"key", "name", "categories": [{"key", "name"}]}, or one line "Sex: women, men"; keys may be left
    out and are then made of the names."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Dimension:
        if isinstance(value, str):
            name, colon, rest = value.partition(":")
            if not colon:
                raise ValidationError('Write a line such as "Sex: women, men, not said".')
            value = {"name": name, "categories": [{"name": each} for each in rest.split(",") if each.strip()]}
        if not isinstance(value, Mapping) or not isinstance(value.get("categories"), Sequence):
            raise ValidationError("Give a name and categories.")
        categories = [_read_named(each) for each in value["categories"]]
        if not 2 <= len(categories) <= CATEGORIES:
            raise ValidationError(f"Name 2 to {CATEGORIES} categories, with commas between them.")
        if len({each["key"] for each in categories}) < len(categories):
            raise ValidationError("Two categories are called the same.")
        return {**_read_named(value), "categories": categories}


def list_dimensions(**options: Any) -> fields.List[Any]:
    """The field for all dimensions of a KPI or a definition; on a form one per line."""
    return fields.List(
        DimensionField(),
        load_default=list,
        validate=[validate.Length(max=DIMENSIONS), _differ],
        metadata={
            "label": _l("Figures are parted by"),
            "help": _l("One a line: by what, a colon, and the parts, such as “Sex: women, men, not said”."),
            "rows": 3,
            "widget": "lines",
        },
        **options,
    )


def write_dimensions(dimensions: Sequence[Dimension]) -> list[str]:
    """Dimensions as the lines of a form."""
    return [f"{each['name']}: {', '.join(part['name'] for part in each['categories'])}" for each in dimensions]


def keep_keys(wanted: Sequence[Dimension], present: Sequence[Dimension]) -> list[Dimension]:
    """`wanted` with the keys that dimensions and categories of the same name have at present."""
    kept = []
    for each in wanted:
        former = _find(each["name"], present)
        parts = former["categories"] if former else []
        categories = [_keep_key(part, _find(part["name"], parts)) for part in each["categories"]]
        kept.append({**_keep_key(each, former), "categories": categories})
    return kept


def _find(name: str, among: Collection[Dimension]) -> Dimension | None:
    return next((each for each in among if each["name"].casefold() == name.casefold()), None)


def _keep_key(wanted: Dimension, present: Dimension | None) -> Dimension:
    return {"key": present["key"] if present else wanted["key"], "name": wanted["name"]}


def _differ(dimensions: Sequence[Dimension]) -> None:
    if len({each["key"] for each in dimensions}) < len(dimensions):
        raise ValidationError("Two lines are called the same.")


def _read_named(raw: Any) -> Dimension:
    """{"key", "name"} of what was given; raises `ValidationError`."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("name"), str):
        raise ValidationError("Give each a name.")
    name = unicodedata.normalize("NFC", " ".join(raw["name"].split()))
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise ValidationError("Names have 1 to 60 characters.")
    key = raw.get("key") or make_key(name)
    if not isinstance(key, str) or not KEY.match(key):
        raise ValidationError('Use small letters, digits and underscores in keys, such as "not_said".')
    return {"key": key, "name": name}


def make_key(name: str) -> str:
    """A key made of a name: "Under 18" is "under_18", "0-17 years" is "n0_17_years"."""
    words = unicodedata.normalize("NFKD", re.sub(r"\W+", "_", name.casefold())).encode("ascii", "ignore").decode()
    key = re.sub(r"_+", "_", words).strip("_")[:60]
    if KEY.match(key):
        return key
    # Letters that have no likeness in a to z are told by their numbers, so that no two names share a key.
    return f"n{key or ''.join(f'{ord(letter):x}' for letter in name)}"[:60]


class InterimField(fields.Field[Interim]):
    """An interim target: {"due_on", "value"}, or one line "2027-06-30: 500"."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return {"due_on": value.due_on.isoformat(), "value": plain(value.value)}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Interim:
        if isinstance(value, str):
            written, _colon, number = value.partition(":")
            value = {
                "due_on": written.strip(),
                "value": number.strip().replace(" ", "").replace("\N{NO-BREAK SPACE}", ""),
            }
        if not isinstance(value, Mapping) or not isinstance(value.get("value"), str):
            raise ValidationError('Give a day and a level, such as "2027-06-30: 500".')
        try:
            day = date.fromisoformat(str(value.get("due_on")))
        except ValueError as error:
            raise ValidationError('Begin with the day as year-month-day, such as "2027-06-30: 500".') from error
        return Interim(day, parse_exact(value["value"]))


def list_interims(**options: Any) -> fields.List[Any]:
    """The field for all interim targets of a KPI; on a form one per line."""
    return fields.List(
        InterimField(),
        load_default=list,
        validate=validate.Length(max=INTERIMS),
        metadata={
            "label": _l("Interim targets"),
            "help": _l("One a line: a day, a colon, and where things should stand by then, such as 2027-06-30: 500."),
            "rows": 3,
            "widget": "lines",
        },
        **options,
    )


def write_interims(interims: Sequence[Any]) -> list[str]:
    """Interim targets as the lines of a form."""
    return [f"{each.due_on.isoformat()}: {plain(each.value)}" for each in interims]
