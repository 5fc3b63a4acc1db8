"""A definition of the library as it comes in and goes out."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate

from services.metrics.alerts.levels import REPORTED
from services.metrics.indicators.models import DIRECTIONS, KEY
from services.metrics.indicators.schemas.fields import list_dimensions
from services.metrics.indicators.schemas.kpis import AGGREGATION_WORDS, DIRECTION_NAMES
from shared.fields import Line, Prose
from shared.web.answers import PageQuery, page_schema

#: The Sustainable Development Goals of the United Nations, by their numbers.
GOAL_NAMES = {
    1: _l("No poverty"), 2: _l("Zero hunger"), 3: _l("Good health and well-being"), 4: _l("Quality education"),
    5: _l("Gender equality"), 6: _l("Clean water and sanitation"), 7: _l("Affordable and clean energy"),
    8: _l("Decent work and economic growth"), 9: _l("Industry, innovation and infrastructure"),
    10: _l("Reduced inequalities"), 11: _l("Sustainable cities and communities"),
    12: _l("Responsible consumption and production"), 13: _l("Climate action"), 14: _l("Life below water"),
    15: _l("Life on land"), 16: _l("Peace, justice and strong institutions"), 17: _l("Partnerships for the goals"),
}  # fmt: skip
#: Public catalogues of indicators, and how their codes look.
CATALOGUES = {
    "sdg": (_l("SDG"), re.compile(r"(1[0-7]|[1-9])(\.[0-9a-z]{1,2}){0,2}")),
    "iris": (_l("IRIS+"), re.compile(r"[A-Z]{2}\d{4}")),
    "gri": (_l("GRI"), re.compile(r"\d{1,3}(-\d{1,2})?([a-z-]{1,6})?")),
}


class CodesField(fields.Field[dict[str, list[str]]]):
    """Codes by catalogue: {"sdg": ["14.1"]}, or the lines of a form, such as "SDG 14.1, 12.5"."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, list[str]]:
        given = _read_lines(value) if isinstance(value, str) else value
        if not isinstance(given, dict):
            raise ValidationError('Send an object such as {"sdg": ["14.1"]}.')
        codes: dict[str, list[str]] = {}
        for catalogue, found in given.items():
            if catalogue not in CATALOGUES or not isinstance(found, list) or len(found) > 20:
                raise ValidationError("The catalogues are SDG, IRIS+ and GRI, with up to 20 codes each.")
            for code in found:
                if not isinstance(code, str) or not CATALOGUES[catalogue][1].fullmatch(code):
                    name = CATALOGUES[catalogue][0]
                    raise ValidationError(f"{str(code)[:20]!r} is no code of {name}.")
            if found:
                codes[catalogue] = sorted(set(found))
        return codes


def write_codes(codes: dict[str, list[str]]) -> str:
    """Codes as the lines of a form."""
    return "\n".join(f"{CATALOGUES[name][0]} {', '.join(found)}" for name, found in codes.items())


def _read_lines(text: str) -> dict[str, list[str]]:
    names = {"sdg": "sdg", "iris+": "iris", "iris": "iris", "gri": "gri"}
    codes: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        catalogue, _space, rest = line.partition(" ")
        name = names.get(catalogue.rstrip(":").casefold())
        if name is None:
            raise ValidationError(f"Begin each line with SDG, IRIS+ or GRI: {line[:40]!r}.")
        codes.setdefault(name, []).extend(filter(None, re.split(r"[\s,;]+", rest)))
    return codes


class IndicatorEditSchema(Schema):
    """What may be changed of a definition."""

    name = Line(required=True, metadata={"label": _l("Name"), "placeholder": _l("Waste removed")})
    description = Prose(
        load_default="",
        longest=4000,
        metadata={"label": _l("What it means"), "help": _l("What counts and what doesn't."), "rows": 3},
    )
    unit = Line(required=True, longest=40, metadata={"label": _l("Unit"), "help": _l("Such as t, h, people or ZAR.")})
    aggregation = fields.String(
        load_default="sum",
        validate=validate.OneOf(REPORTED),
        metadata={"label": _l("How figures make the KPI"), "choices": AGGREGATION_WORDS, "widget": "radio"},
    )
    direction = fields.String(
        load_default="increase",
        validate=validate.OneOf(DIRECTIONS),
        metadata={"label": _l("Direction"), "choices": DIRECTION_NAMES, "widget": "radio"},
    )
    dimensions = list_dimensions()
    means = Prose(
        load_default="",
        longest=2000,
        metadata={"label": _l("Means of verification"), "help": _l("What shows that a figure is true."), "rows": 3},
    )
    codes = CodesField(
        load_default=dict,
        metadata={
            "label": _l("Codes in public catalogues"),
            "help": _l("One catalogue a line, such as “SDG 14.1, 12.5”, “IRIS+ OI1479” or “GRI 306-4”."),
            "widget": "textarea",
            "rows": 3,
        },
    )


class IndicatorSchema(IndicatorEditSchema):
    id = fields.UUID(dump_only=True)
    code = fields.String(
        required=True,
        validate=validate.Regexp(KEY, error='Use small letters, digits and underscores, such as "waste_removed".'),
        metadata={
            "label": _l("Code"),
            "help": _l("What it is known by here; campaigns use it as the KPI's key."),
            "placeholder": "waste_removed",
            "spellcheck": "false",
        },
    )
    retired = fields.Boolean(dump_only=True)
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


#: A form begins with the name; what an edit can't change stands in the other schema only.
NEW_FIELDS = ("name", "code", "description", "unit", "aggregation", "direction", "dimensions", "means", "codes")
IndicatorPageSchema = page_schema(IndicatorSchema)


class LibraryQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the name or the code"})
    goal = fields.Integer(
        load_default=None,
        allow_none=True,
        data_key="sdg",
        validate=validate.Range(1, 17),
        metadata={"description": "the number of a Sustainable Development Goal"},
    )
    retired = fields.Boolean(load_default=False)


class RetireSchema(Schema):
    retired = fields.Boolean(required=True)
