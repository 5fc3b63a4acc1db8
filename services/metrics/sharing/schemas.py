"""Public pages as they come in and go out, for the API and for the pages' form."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate

from services.metrics.sharing.models import ANYWHERE, EMBEDDINGS, LISTED, NOBODY
from services.metrics.sharing.origins import read_origin
from shared.fields import Line, Prose

EMBEDDING_NAMES = {
    NOBODY: _l("No other site"),
    LISTED: _l("Only the sites named below"),
    ANYWHERE: _l("Any site"),
}


class Origin(Line):
    """A site such as "https://www.example.org", without a path."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return read_origin(text)
        except ValueError as error:
            told = _l("Write the address of a site without a page on it, such as https://www.example.org.")
            raise ValidationError(str(told)) from error


class PublicPageSchema(Schema):
    id = fields.UUID(dump_only=True)
    campaign_id = fields.UUID(dump_only=True)
    heading = Line(required=True, longest=120, metadata={"label": _l("Heading")})
    intro = Prose(
        load_default="",
        longest=2000,
        metadata={
            "label": _l("Introduction"),
            "help": _l("What this is about, for someone who has never heard of it. Everybody can read it."),
            "rows": 4,
        },
    )
    kpis = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(max=200),
        metadata={
            "label": _l("KPIs to show"),
            "widget": "checkboxes",
            "description": "keys of the campaign's KPIs",
        },
    )
    shows_shares = fields.Boolean(
        load_default=False,
        metadata={
            "label": _l("Say how much each partner contributed"),
            "help": _l("Without this, partners are named and thanked, with no figures of their own."),
            "widget": "checkbox",
        },
    )
    embedding = fields.String(
        load_default=NOBODY,
        validate=validate.OneOf(EMBEDDINGS),
        metadata={
            "label": _l("Which other sites may show it in a frame"),
            "widget": "radio",
            "choices": EMBEDDING_NAMES,
        },
    )
    origins = fields.List(
        Origin(),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={
            "label": _l("Sites that may show it"),
            "help": _l("One on each line, such as https://www.example.org."),
            "widget": "lines",
            "rows": 3,
        },
    )
    is_open = fields.Boolean(dump_only=True)
    made_by = fields.String(dump_only=True, attribute="person_name")
    created_at = fields.AwareDateTime(dump_only=True)
    addressed_at = fields.AwareDateTime(dump_only=True, metadata={"description": "when its present address was made"})
    revoked_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    version = fields.Integer(dump_only=True)


class PageChangesSchema(PublicPageSchema):
    """What is to be shown from now on; what is left out stays."""


class AddressedPageSchema(PublicPageSchema):
    address = fields.String(dump_only=True, metadata={"description": "the page's address, told this one time"})
    embed_address = fields.String(dump_only=True, metadata={"description": "its compact version, for a frame"})
