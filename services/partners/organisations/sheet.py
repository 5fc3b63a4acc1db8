"""An organisation as a row of a spreadsheet: what is exported imports again unchanged."""

from collections.abc import Mapping
from typing import Any

import pycountry
from flask_babel import lazy_gettext as _l
from marshmallow import fields

from services.partners.organisations.models import Organisation
from services.partners.organisations.schemas import FilterSchema, OrganisationSchema, write_focus, write_handle
from services.partners.organisations.words import STAGE_NAMES
from shared.tables.cells import write_cell
from shared.tables.matching import table_fields, title_of
from shared.tables.places import Cell

__all__ = ["FilterSchema", "SheetSchema", "list_titles", "name_fields", "write_row"]

#: What people call countries where ISO 3166 is more formal.
_SPOKEN = {
    "RSA": "ZA",
    "UK": "GB",
    "England": "GB",
    "Scotland": "GB",
    "Wales": "GB",
    "USA": "US",
    "South Korea": "KR",
    "Russia": "RU",
}


def _list_spoken_countries() -> dict[str, str]:
    names = dict(_SPOKEN)
    for country in pycountry.countries:
        for attribute in ("alpha_3", "common_name", "official_name"):
            if name := getattr(country, attribute, None):
                names[name] = country.alpha_2
        # "Tanzania, United Republic of" is Tanzania.
        names.setdefault(country.name.split(",")[0], country.alpha_2)
    return names


class SheetSchema(OrganisationSchema):
    """A row; `id` is there where the row came from us."""

    id = fields.UUID(load_default=None, metadata={"label": _l("SayPro id")})

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        """Give columns the other names that people have for them, and cells the other names of countries."""
        more = _ALIASES.get(field_name)
        if more:
            field_obj.metadata = {**field_obj.metadata, **more}


_ALIASES: Mapping[str, Mapping[str, Any]] = {
    "name": {"aliases": ["Organisation", "Organization", "Organisation name", "Partner"]},
    "kind": {"aliases": ["Type", "Organisation type", "Category"]},
    "country": {"aliases": ["Country code", "Nation"], "also": _list_spoken_countries()},
    "website": {"aliases": ["Web", "Web site", "URL", "Homepage", "Internet", "Web address"]},
    "registration_number": {"aliases": ["Reg no", "Registration", "Reg number", "NPO number", "Charity number"]},
    "mission": {"aliases": ["Purpose", "Mission statement", "Description"]},
    "focus": {"label": _l("Focus areas"), "aliases": ["Focus", "Sectors", "Causes"]},
    "places": {"aliases": ["Location", "Locations", "City", "Town", "Where"]},
    "people_reached": {"aliases": ["Beneficiaries", "Reached"]},
    "handles": {"aliases": ["Social media", "Online handles", "Handles"]},
}


def name_fields(schema: SheetSchema) -> dict[str, str]:
    """Field -> the title of its column, in the reader's language."""
    return {name: title_of(name, each) for name, each in table_fields(schema).items()}


def list_titles(schema: SheetSchema) -> list[str]:
    """The titles of an export."""
    return [*name_fields(schema).values(), str(_l("Stage"))]


def write_row(schema: SheetSchema, organisation: Organisation) -> list[Cell]:
    """The organisation's cells, in the order of `list_titles`."""
    values = {
        **{name: getattr(organisation, name) for name in table_fields(schema)},
        "focus": [write_focus(each) for each in organisation.focus],
        "handles": [write_handle(each) for each in organisation.handles],
    }
    cells = [write_cell(each, values[name]) for name, each in table_fields(schema).items()]
    return [*cells, str(STAGE_NAMES[organisation.stage])]
