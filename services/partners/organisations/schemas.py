"""An organisation as it comes in and goes out, for the API and for the page's form."""

import pycountry
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.partners.organisations.models import KINDS
from shared.fields import Line
from shared.web.answers import PageQuery

KIND_NAMES = {
    "ngo": _l("Non-governmental organisation"),
    "charity": _l("Charity"),
    "community_group": _l("Community group"),
    "public_body": _l("Public body"),
    "company": _l("Company"),
    "school": _l("School or university"),
    "other": _l("Another kind"),
}
COUNTRIES = sorted(((country.alpha_2, country.name) for country in pycountry.countries), key=lambda pair: pair[1])


class OrganisationSchema(Schema):
    id = fields.UUID(dump_only=True)
    name = Line(required=True, metadata={"label": _l("Name"), "help": _l("As the organisation writes it itself.")})
    kind = fields.String(
        required=True,
        validate=validate.OneOf(KINDS),
        metadata={"label": _l("Kind"), "choices": KIND_NAMES},
    )
    country = fields.String(
        required=True,
        validate=validate.OneOf(
            [code for code, _name in COUNTRIES],
            [name for _code, name in COUNTRIES],
            error='Use a two-letter country code in capitals, such as "ZA" (ISO 3166-1).',
        ),
        metadata={"label": _l("Country")},
    )
    website = fields.URL(
        load_default=None,
        allow_none=True,
        schemes={"http", "https"},
        validate=validate.Length(max=500),
        metadata={"label": _l("Website"), "placeholder": "https://www.example.org"},
    )
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class OrganisationQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the name"})
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
