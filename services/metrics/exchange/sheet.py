"""The columns of a spreadsheet of figures: the same in templates, exports and uploads."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields

from services.metrics.known.queries import Partner
from shared.fields import ExactNumber, plain
from shared.tables.cells import write_cell
from shared.tables.matching import table_fields, title_of
from shared.tables.places import Cell

#: What a refusal of the ledger's rules calls a field, where the sheet calls it otherwise.
NAMES_HERE = {"link": "evidence"}


class SheetSchema(Schema):
    """One figure as a row. What its cells must hold beyond their form is checked by the rules for deliveries."""

    kpi = fields.String(
        required=True, metadata={"label": _l("KPI"), "aliases": ["key"], "help": _l("The KPI's key, from the list.")}
    )
    partner = fields.String(
        required=True,
        metadata={
            "label": _l("Partner"),
            "aliases": ["organisation", "organisation_id"],
            "help": _l("Who the figure is from, from the list."),
        },
    )
    value = ExactNumber(
        required=True,
        metadata={"label": _l("Figure"), "aliases": ["value"], "help": _l("In the KPI's unit, without it: 4.31")},
    )
    period_start = fields.Date(
        required=True, metadata={"label": _l("From"), "help": _l("The first day it is about: 2027-03-01")}
    )
    period_end = fields.Date(
        required=True, metadata={"label": _l("Until"), "help": _l("The last day it is about: 2027-03-31")}
    )
    reference = fields.String(
        required=True,
        metadata={
            "label": _l("Reference"),
            "help": _l("The figure's own name or number. The same one again corrects the figure."),
        },
    )
    weight = ExactNumber(
        metadata={"label": _l("Weight"), "help": _l("Only for weighted averages: how many people were asked, say.")}
    )
    parts = fields.String(
        metadata={
            "label": _l("Parts"),
            "help": _l("Only for KPIs that are parted, by the keys of the lists: sex: f=10, m=12; age: u18=22"),
        }
    )
    parts_note = fields.String(
        metadata={"label": _l("Note on parts"), "help": _l("Why the parts don't add up, if they don't.")}
    )
    note = fields.String(metadata={"label": _l("Note"), "help": _l("What is to be known of the figure.")})
    evidence = fields.String(
        metadata={"label": _l("Evidence"), "help": _l("An address that starts with https:// and shows it.")}
    )


class SheetFormatError(Exception):
    """A cell's text has not the form that it needs; the text says which."""


def list_titles(schema: Schema) -> list[str]:
    return [title_of(name, each) for name, each in table_fields(schema).items()]


def name_partners(partners: Sequence[Partner]) -> dict[UUID, str]:
    """What a sheet calls each partner: its name, with its id where two have the same or none is known."""
    names = [each.name for each in partners]
    return {
        each.organisation_id: each.name
        if each.name and names.count(each.name) == 1
        else f"{each.name or ''} {each.organisation_id}".strip()
        for each in partners
    }


def write_row(schema: Schema, figure: Any, kpi: str, partner: str) -> list[Cell]:
    """The figure as cells, which read again mean the same."""
    values: dict[str, Any] = {
        **{name: getattr(figure, name) for name in ("reference", "period_start", "period_end", "parts_note", "note")},
        "kpi": kpi,
        "partner": partner,
        "value": figure.value,
        "weight": figure.weight,
        "parts": write_parts(figure.parts),
        "evidence": (figure.evidence or {}).get("link"),
    }
    return [write_cell(each, values[name]) for name, each in table_fields(schema).items()]


def write_parts(parts: Mapping[str, Mapping[str, str]] | None) -> str | None:
    """Parts as one cell: "sex: f=10, m=12; age: u18=22"."""
    if not parts:
        return None
    return "; ".join(
        f"{name}: {', '.join(f'{key}={value}' for key, value in given.items())}" for name, given in parts.items()
    )


def read_parts(text: str) -> dict[str, dict[str, str]]:
    """What `write_parts` wrote; raises `SheetFormatError` for what it could not have."""
    found: dict[str, dict[str, str]] = {}
    for dimension in filter(str.strip, text.split(";")):
        name, colon, rest = dimension.partition(":")
        pairs = [pair.partition("=") for pair in rest.split(",")]
        given = {key.strip(): value.strip() for key, _equals, value in pairs}
        if not colon or not all(equals and value.strip() for _key, equals, value in pairs):
            raise SheetFormatError(_("Write parts as in this example: sex: f=10, m=12; age: u18=22"))
        if name.strip() in found or len(given) != len(pairs):
            raise SheetFormatError(_("A part is there twice. Write each once."))
        found[name.strip()] = given
    return found


def make_item(data: Mapping[str, Any]) -> dict[str, Any]:
    """The row as partners' deliveries would hold it; raises `SheetFormatError` for parts that can't be read."""
    weight = data.get("weight")
    return {
        "kpi": data["kpi"].strip(),
        "value": plain(data["value"]),
        "period_start": data["period_start"].isoformat(),
        "period_end": data["period_end"].isoformat(),
        "reference": data["reference"].strip(),
        "weight": None if weight is None else plain(weight),
        "parts": read_parts(data.get("parts") or ""),
        "parts_note": data.get("parts_note"),
        "note": data.get("note"),
        "evidence": data.get("evidence"),
    }
