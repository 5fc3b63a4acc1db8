"""An organisation's details in sections that are filled in one at a time: forms, and how a value reads in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.partners.organisations.models import GOALS, MOST_FOCUS_AREAS
from services.partners.organisations.schemas import (
    COUNTRIES,
    LogoSchema,
    OrganisationSchema,
    TrackFileSchema,
    TrackRecordSchema,
    read_area,
    write_focus,
    write_handle,
)
from services.partners.organisations.words import AREA_NAMES, GOAL_NAMES, KIND_NAMES, REACH_NAMES, name_area, name_goal
from shared.fields import Line
from shared.web.filters import format_number

__all__ = [
    "SECTIONS",
    "LogoSchema",
    "TrackFileSchema",
    "TrackRecordSchema",
    "fill_section",
    "list_areas",
    "make_focus_schema",
    "make_section_schema",
    "name_goal",
    "read_section",
    "say_value",
]

#: Section -> the fields in it.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "about": ("name", "kind", "country", "website", "registration_number", "mission", "values"),
    "focus": ("focus",),
    "reach": ("places", "reach", "people_reached"),
    "online": ("handles", "brand_notes"),
}
#: Empty rows under those focus areas that are filled.
SPARE = 2
_COUNTRY_NAMES = dict(COUNTRIES)
_SAID: Mapping[str, Callable[[Any], str]] = {
    "kind": lambda value: str(KIND_NAMES.get(value, value)),
    "country": lambda value: _COUNTRY_NAMES.get(value, str(value)),
    "reach": lambda value: str(REACH_NAMES.get(value, value)),
    "focus": lambda value: "\n".join(map(write_focus, value)),
    "handles": lambda value: "\n".join(map(write_handle, value)),
    "places": "\n".join,
    "people_reached": format_number,
}


class _Focus(Schema):
    """Rows of a focus area and its goals: `area_0`, `goals_0`, ..."""

    @validates_schema(skip_on_field_errors=False)
    def _check_named(self, data: dict[str, Any], **_kwargs: Any) -> None:
        rows = [name.removeprefix("goals_") for name, goals in data.items() if name.startswith("goals_") and goals]
        unnamed = [row for row in rows if not data.get(f"area_{row}")]
        if unnamed:
            raise ValidationError(
                {f"area_{row}": [_("Name the focus area that serves these goals.")] for row in unnamed}
            )


def make_focus_schema(rows: int) -> Schema:
    """The form of so many focus areas, at most `MOST_FOCUS_AREAS`."""
    made: dict[str, Any] = {}
    for row in range(min(rows, MOST_FOCUS_AREAS)):
        made[f"area_{row}"] = Line(
            allow_none=True, longest=100, metadata={"label": _l("Focus area"), "list": "areas", "autocomplete": "off"}
        )
        made[f"goals_{row}"] = fields.List(
            fields.Integer(validate=validate.OneOf(GOALS)),
            metadata={"label": _l("Goals that it serves"), "choices": {goal: name_goal(goal) for goal in GOAL_NAMES}},
        )
    return _Focus.from_dict(made, name="FocusForm")()


def make_section_schema(section: str, filled: Mapping[str, Any]) -> Schema:
    """The form of a section; `filled` is what was typed into it or what stands in it, for the number of rows."""
    if section != "focus":
        return OrganisationSchema(only=SECTIONS[section])
    rows = sum(name.startswith("area_") for name in filled)
    # Typed or known, as a text or a list of one: what isn't empty, and room for more under it.
    used = [row + 1 for row in range(min(rows, MOST_FOCUS_AREAS)) if any(filled.get(f"area_{row}") or "")]
    return make_focus_schema(max(rows, max(used, default=0) + SPARE))


def fill_section(section: str, organisation: Any) -> dict[str, Any]:
    """What stands in a section, as its form shows it."""
    if section == "focus":
        shown: dict[str, Any] = {}
        rows = min(len(organisation.focus) + SPARE, MOST_FOCUS_AREAS)
        for row in range(rows):
            each: dict[str, Any] = (
                organisation.focus[row] if row < len(organisation.focus) else {"area": "", "goals": []}
            )
            shown |= {f"area_{row}": name_area(each["area"]), f"goals_{row}": each["goals"]}
        return shown
    values = {name: getattr(organisation, name) for name in SECTIONS[section]}
    if "handles" in values:
        values["handles"] = [write_handle(each) for each in organisation.handles]
    return values


def read_section(section: str, loaded: Mapping[str, Any]) -> dict[str, Any]:
    """What a section's form says, by field of the organisation."""
    if section != "focus":
        return dict(loaded)
    focus: dict[str, set[int]] = {}
    for name, area in loaded.items():
        if name.startswith("area_") and area:
            focus.setdefault(read_area(area), set()).update(loaded.get(name.replace("area_", "goals_"), ()))
    return {"focus": [{"area": area, "goals": sorted(goals)} for area, goals in focus.items()]}


def list_areas() -> Sequence[str]:
    """The focus areas that a form suggests, by name."""
    return sorted(str(name) for name in AREA_NAMES.values())


def say_value(name: str, value: Any) -> str:
    """A field's value as people read it; "" for none."""
    return _SAID.get(name, str)(value) if value not in (None, "", []) else ""
