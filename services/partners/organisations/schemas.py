"""An organisation as it comes in and goes out, for the API, for spreadsheets and for the page's form."""

import re
from typing import Any
from urllib.parse import urlsplit

import pycountry
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, missing, validate, validates_schema

from services.partners.organisations.keys import fold
from services.partners.organisations.models import (
    GOALS,
    KINDS,
    MOST_FOCUS_AREAS,
    MOST_HANDLES,
    MOST_PLACES,
    REACHES,
    STAGES,
)
from services.partners.organisations.words import (
    AREA_NAMES,
    KIND_NAMES,
    PLATFORM_NAMES,
    REACH_NAMES,
    STAGE_NAMES,
    name_area,
)
from shared.fields import Line, Prose
from shared.web.answers import PageQuery
from shared.web.context import identity, today
from shared.web.uploads import DOCUMENTS, MB, PICTURES, Upload

COUNTRIES = sorted(((country.alpha_2, country.name) for country in pycountry.countries), key=lambda pair: pair[1])
#: Where a handle is found by its address.
_PLATFORM_SITES = {
    "facebook.com": "facebook", "fb.com": "facebook", "instagram.com": "instagram", "linkedin.com": "linkedin",
    "tiktok.com": "tiktok", "wa.me": "whatsapp", "whatsapp.com": "whatsapp", "x.com": "x", "twitter.com": "x",
    "youtube.com": "youtube", "youtu.be": "youtube",
}  # fmt: skip
_SCHEMES = {"http", "https"}
_ADDRESS = validate.Length(max=500)


class FocusArea(fields.Field[dict[str, Any]]):
    """{"area", "goals": [1..17]}; or, from a spreadsheet or a form, "Education: 4, 10"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if isinstance(value, str):
            value = _split_focus(value)
        return dict(_FocusSchema().load(value))


class _FocusSchema(Schema):
    area = Line(required=True, longest=100)
    goals = fields.List(
        fields.Integer(validate=validate.OneOf(GOALS, error="Goals are numbered from 1 to 17.")),
        load_default=list,
        validate=validate.Length(max=len(GOALS)),
    )

    def load(self, *args: Any, **kwargs: Any) -> Any:
        focus = super().load(*args, **kwargs)
        return {"area": read_area(focus["area"]), "goals": sorted(set(focus["goals"]))}


class Handle(fields.Field[dict[str, str]]):
    """{"platform", "handle"}; or "https://www.instagram.com/tablebay", or "Instagram: @tablebay"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if isinstance(value, str):
            value = _split_handle(value)
        handle: dict[str, str] = _HandleSchema().load(value)
        # A handle becomes a link: nothing but the web may be linked to.
        if ":" in handle["handle"] and urlsplit(handle["handle"]).scheme not in {"http", "https"}:
            raise ValidationError("Use an address that starts with https://, or a name such as @tablebay.")
        return handle


class _HandleSchema(Schema):
    platform = fields.String(required=True, validate=validate.OneOf(PLATFORM_NAMES))
    handle = Line(required=True, longest=300)


class OrganisationSchema(Schema):
    """Where nothing is given for an optional field, a change leaves it as it is."""

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
        metadata={"label": _l("Website"), "placeholder": "https://www.example.org"},
        schemes=_SCHEMES,
        validate=_ADDRESS,
    )
    registration_number = Line(
        allow_none=True,
        longest=100,
        metadata={
            "label": _l("Registration number"),
            "help": _l("As a charity, company or non-profit, in its country."),
        },
    )
    mission = Prose(
        allow_none=True,
        longest=4000,
        metadata={"label": _l("Mission"), "help": _l("What it is there for, in its own words."), "rows": 4},
    )
    values = Prose(
        allow_none=True,
        longest=4000,
        metadata={"label": _l("Values"), "help": _l("What it stands for, and what it would not do."), "rows": 4},
    )
    focus = fields.List(FocusArea(), validate=validate.Length(max=MOST_FOCUS_AREAS), metadata={"form": False})
    places = fields.List(
        Line(required=True, longest=120),
        validate=validate.Length(max=MOST_PLACES),
        metadata={
            "label": _l("Places"),
            "help": _l("Where it works: towns, districts, provinces or countries, one per line."),
        },
    )
    reach = fields.String(
        allow_none=True,
        validate=validate.OneOf(REACHES),
        metadata={"label": _l("Reach"), "choices": REACH_NAMES},
    )
    people_reached = fields.Integer(
        allow_none=True,
        validate=validate.Range(0, 2_000_000_000),
        metadata={"label": _l("People reached"), "help": _l("In an ordinary year, as it says itself.")},
    )
    handles = fields.List(
        Handle(),
        validate=validate.Length(max=MOST_HANDLES),
        metadata={
            "label": _l("Found online"),
            "help": _l("One per line: an address, such as https://www.instagram.com/name, or Instagram: @name."),
            "widget": "lines",
        },
    )
    brand_notes = Prose(
        allow_none=True,
        longest=4000,
        metadata={
            "label": _l("Brand notes"),
            "help": _l("How its name and logo may be used, and who is to be asked."),
            "rows": 3,
        },
    )
    # What staff think of an organisation is not told to its liaison.
    stage = fields.Function(lambda each: each.stage if identity().is_staff else missing, dump_only=True,
                            metadata={"type": "string", "enum": list(STAGES), "description": "for staff"})  # fmt: skip
    version = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class TrackRecordSchema(Schema):
    """Something that an organisation did earlier."""

    id = fields.UUID(dump_only=True)
    title = Line(required=True, metadata={"label": _l("What it was")})
    first_year = fields.Integer(
        required=True,
        metadata={"label": _l("Year"), "help": _l("In which it was done, or in which it began.")},
    )
    last_year = fields.Integer(
        load_default=None,
        allow_none=True,
        metadata={"label": _l("Last year"), "help": _l("If it took longer than one.")},
    )
    done = Prose(required=True, longest=4000, metadata={"label": _l("What was done")})
    result = Prose(
        load_default=None,
        allow_none=True,
        longest=4000,
        metadata={"label": _l("What came of it"), "help": _l("In figures where there are any.")},
    )
    evidence = fields.URL(
        load_default=None,
        allow_none=True,
        metadata={
            "label": _l("Evidence"),
            "help": _l("The address of a report, an article or a film that shows it."),
        },
        schemes=_SCHEMES,
        validate=_ADDRESS,
    )
    version = fields.Integer(dump_only=True)

    @validates_schema(skip_on_field_errors=False)
    def _check_years(self, data: dict[str, Any], **_kwargs: Any) -> None:
        first, last, now = data.get("first_year"), data.get("last_year"), today().year
        wrong: dict[str, list[str]] = {}
        for name, year in (("first_year", first), ("last_year", last)):
            if year is not None and not 1800 <= year <= now:
                wrong[name] = [str(_l("Enter a year from 1800 to %(now)s.", now=now))]
        if first is not None and last is not None and last < first:
            wrong["last_year"] = [str(_l("Enter the year in which it began or a later one."))]
        if wrong:
            raise ValidationError(wrong)


class LogoSchema(Schema):
    logo = Upload(
        PICTURES,
        most=2 * MB,
        required=True,
        metadata={"label": _l("Picture"), "help": _l("PNG, JPEG, GIF or WebP, at most 2 MB.")},
    )


class TrackFileSchema(Schema):
    """A file that shows what an entry of the track record says."""

    file = Upload(
        DOCUMENTS,
        required=True,
        metadata={"label": _l("Evidence as a file"), "help": _l("A report, a photo or a table, at most 10 MB.")},
    )


class StageSchema(Schema):
    """A move on the board."""

    stage = fields.String(
        required=True, validate=validate.OneOf(STAGES), metadata={"label": _l("Stage"), "choices": STAGE_NAMES}
    )
    reason = Prose(
        required=True,
        longest=1000,
        metadata={"label": _l("Reason"), "help": _l("Colleagues read it; the organisation does not."), "rows": 2},
    )


class StageChangeSchema(StageSchema):
    """A move as it stands in the record."""

    stage = fields.String(attribute="after")
    before = fields.String()
    at = fields.AwareDateTime(attribute="created_at")
    by = fields.String(attribute="person_name")


class FilterSchema(Schema):
    """What a list of organisations can be narrowed down to, as it stands in the address."""

    search = Line(
        load_default="",
        data_key="q",
        metadata={"description": "words or parts of words of name, mission, places, focus or registration number"},
    )
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    country = fields.String(load_default=None, validate=validate.OneOf([code for code, _name in COUNTRIES]))
    area = Line(load_default=None, longest=100, metadata={"description": "a focus area"})
    goal = fields.Integer(load_default=None, validate=validate.OneOf(GOALS))
    reach = fields.String(load_default=None, validate=validate.OneOf(REACHES))
    stage = fields.String(load_default=None, validate=validate.OneOf(STAGES), metadata={"description": "for staff"})


class OrganisationQuery(PageQuery, FilterSchema):
    pass


class SavedViewSchema(Schema):
    """A name for the filters that are in the address."""

    name = Line(required=True, longest=80, metadata={"label": _l("Name of the view")})
    shared = fields.Boolean(load_default=False, metadata={"label": _l("Colleagues see it too")})


def read_area(text: str) -> str:
    """The key of one of our focus areas, whether its key or its name was written; else what was written."""
    known = {fold(str(name)): key for key, name in AREA_NAMES.items()} | {key: key for key in AREA_NAMES}
    return known.get(fold(text), text)


def write_focus(focus: dict[str, Any]) -> str:
    """A focus area in one line, as `FocusArea` reads it back: "Education: 4, 10"."""
    goals = ", ".join(str(goal) for goal in focus["goals"])
    return f"{name_area(focus['area'])}: {goals}" if goals else name_area(focus["area"])


def write_handle(handle: dict[str, str]) -> str:
    """A handle in one line, as `Handle` reads it back."""
    if handle["handle"].startswith(("https://", "http://")):
        return handle["handle"]
    return f"{PLATFORM_NAMES[handle['platform']]}: {handle['handle']}"


def _split_focus(text: str) -> dict[str, Any]:
    found = re.fullmatch(r"(.*?)\s*:\s*((?:\d+\s*[,;]?\s*)+)", text.strip())
    return {"area": found[1], "goals": re.findall(r"\d+", found[2])} if found else {"area": text, "goals": []}


def _split_handle(text: str) -> dict[str, str]:
    text = text.strip()
    if re.match(r"https?://", text):
        try:
            host = (urlsplit(text).hostname or "").removeprefix("www.").removeprefix("m.")
        except ValueError as error:
            raise ValidationError("This is not a web address.") from error
        return {"platform": _PLATFORM_SITES.get(host, "other"), "handle": text}
    before, colon, after = text.partition(":")
    named = {fold(str(name)): key for key, name in PLATFORM_NAMES.items()}
    if not colon or fold(before) not in named:
        raise ValidationError(f"Write {text[:60]!r} as an address, or as a platform and a name: Instagram: @tablebay.")
    return {"platform": named[fold(before)], "handle": after}
