"""The kinds of reports that partners send, each with what one of its items holds.

The same schemas check a delivery, make the forms and lay out the spreadsheets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.partners.submissions.models import CONTRIBUTIONS, COVERAGE, HOURS, MEASUREMENTS, STORIES
from shared.fields import ExactNumber, Line, Prose

MOST_ITEMS = 1000
#: ISO 4217.
CURRENCY = validate.Regexp(r"[A-Z]{3}\Z", error="Write the currency as three capitals, such as ZAR.")
GIVEN = {
    "money": _l("Money"),
    "goods": _l("Goods"),
    "hours": _l("Working hours"),
    "space": _l("Space"),
    "transport": _l("Transport"),
    "expertise": _l("Expertise"),
}


class Figure(Line):
    """A measured value exactly as the partner wrote it; metrics says whether it is a number."""

    default_error_messages = {"invalid": 'Write it as a string, such as "4.31", so that no digit is lost.'}


class Day(fields.Date):
    """A calendar date as YYYY-MM-DD and in no other way that ISO 8601 allows."""

    default_error_messages = {"invalid": "Write a date as YYYY-MM-DD."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or len(value) != 10 or value[4] != "-" or value[7] != "-":
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return super()._deserialize(value, attr, data, **kwargs)


class ItemList(fields.List[Any]):
    """1 to `most` items, counted before any is looked at."""

    def __init__(self, inner: Any, *, most: int, **kwargs: Any) -> None:
        super().__init__(inner, **kwargs)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and not 1 <= len(value) <= self.most:
            raise ValidationError(f"Send 1 to {self.most} items at a time; these are {len(value)}.")
        return super()._deserialize(value, attr, data, **kwargs)


class Whole(fields.Integer):
    """A whole number, as a number or in digits; never half of one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, str) and value.isdecimal())):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class MeasurementSchema(Schema):
    kpi = Line(required=True, longest=100, metadata={"label": _l("KPI")})
    value = Figure(required=True, longest=100, metadata={"label": _l("Value"), "widget": "decimal"})
    period_start = Day(required=True, metadata={"label": _l("First day")})
    period_end = Day(required=True, metadata={"label": _l("Last day")})
    reference = Line(required=True, metadata={"label": _l("Reference"), "help": _l("Your own id of this figure.")})
    weight = Figure(longest=100, metadata={"label": _l("Weight"), "widget": "decimal"})
    parts = fields.Dict(
        fields.String(validate=validate.Length(1, 60)),
        fields.Dict(fields.String(validate=validate.Length(1, 60)), Figure(longest=100)),
        validate=validate.Length(max=20),
        metadata={"label": _l("Parts"), "form": False, "table": False},
    )
    parts_note = Prose(longest=1000, metadata={"label": _l("Why the parts don't add up"), "rows": "2"})
    note = Prose(longest=1000, metadata={"label": _l("Note"), "rows": "2"})
    evidence = fields.Url(
        schemes={"https"},
        validate=validate.Length(max=500),
        metadata={"label": _l("Evidence"), "help": _l("An address that shows it, starting with https://.")},
    )


class ItemSchema(Schema):
    """What items of every other kind have: the partner's own id of it, under which it can be sent again."""

    reference = Line(required=True, metadata={"label": _l("Reference"), "form": False})


class StorySchema(ItemSchema):
    title = Line(required=True, metadata={"label": _l("Title")})
    text = Prose(required=True, metadata={"label": _l("What happened")})
    happened_on = Day(metadata={"label": _l("When")})
    consent = fields.Boolean(
        required=True,
        truthy={True, "true"},
        falsy={False, "false"},
        validate=validate.Equal(True, error="A story is only taken with the consent of everyone named or shown."),
        metadata={"label": _l("Everyone named or shown has agreed to it")},
    )
    consent_note = Line(metadata={"label": _l("Who agreed, and how")})
    pictures = fields.List(
        fields.Url(schemes={"https"}),
        validate=validate.Length(max=10),
        metadata={"label": _l("Pictures"), "help": _l("Addresses that start with https://, one per line.")},
    )


class ContributionSchema(ItemSchema):
    kind = fields.String(
        required=True, validate=validate.OneOf(GIVEN), metadata={"label": _l("Kind"), "choices": GIVEN}
    )
    what = Line(required=True, metadata={"label": _l("What was given")})
    amount = ExactNumber(metadata={"label": _l("Amount of money"), "widget": "decimal"})
    currency = Line(longest=3, validate=CURRENCY, metadata={"label": _l("Currency"), "placeholder": "ZAR"})
    quantity = ExactNumber(metadata={"label": _l("Quantity"), "widget": "decimal"})
    unit = Line(longest=40, metadata={"label": _l("Unit")})
    given_on = Day(required=True, metadata={"label": _l("Given on")})

    @validates_schema
    def check_measure(self, data: Mapping[str, Any], **_given: Any) -> None:
        pairs = (("amount", "currency"), ("quantity", "unit"))
        for one, other in pairs:
            for present, absent in ((one, other), (other, one)):
                if present in data and absent not in data:
                    raise ValidationError(f"Send {absent} together with {present}.", absent)
        if data.get("kind") == "money" and "amount" not in data:
            raise ValidationError("Say how much money, and in which currency.", "amount")
        if not any(pair[0] in data for pair in pairs):
            raise ValidationError("Say how much it was: a quantity with its unit.", "quantity")


class HoursSchema(ItemSchema):
    activity = Line(metadata={"label": _l("Event or activity")})
    on = Day(metadata={"label": _l("Day")})
    people = Whole(required=True, validate=validate.Range(1), metadata={"label": _l("People")})
    hours = ExactNumber(
        required=True,
        metadata={"label": _l("Hours"), "help": _l("Of all of them together."), "widget": "decimal"},
    )

    @validates_schema
    def check_occasion(self, data: Mapping[str, Any], **_given: Any) -> None:
        if "activity" not in data and "on" not in data:
            raise ValidationError("Say at which activity or on which day it was.", "activity")
        if data.get("hours", 1) <= 0:
            raise ValidationError("Send more than no hours.", "hours")


class CoverageSchema(ItemSchema):
    outlet = Line(required=True, metadata={"label": _l("Newspaper, channel or site")})
    title = Line(required=True, longest=300, metadata={"label": _l("Title")})
    url = fields.Url(schemes={"http", "https"}, metadata={"label": _l("Address")})
    published_on = Day(required=True, metadata={"label": _l("Published on")})
    reach = Whole(
        validate=validate.Range(0),
        metadata={"label": _l("Reach"), "help": _l("How many people it reached, if that is known.")},
    )


@dataclass(frozen=True)
class Kind:
    """A kind of report: `items` is the name of its list, `item` the schema of what stands in it."""

    code: str
    name: Any
    items: str
    item: type[Schema]

    def delivery(self) -> Schema:
        """What a delivery of this kind holds, in the form that Standard Webhooks recommends."""
        data = Schema.from_dict(
            {
                "campaign": fields.UUID(required=True),
                self.items: ItemList(fields.Nested(self.item), most=MOST_ITEMS, required=True),
            },
            name=f"{self.items.title().replace('_', '')}DataSchema",
        )
        sent_at = fields.AwareDateTime(
            error_messages={"invalid": "Write an instant with its offset, such as 2027-03-12T14:05:00Z."}
        )
        return Schema.from_dict(
            {"type": fields.String(required=True), "timestamp": sent_at, "data": fields.Nested(data, required=True)},
            name=f"{self.items.title().replace('_', '')}DeliverySchema",
        )()


KINDS = {
    each.code: each
    for each in (
        Kind(MEASUREMENTS, _l("Figures"), "measurements", MeasurementSchema),
        Kind(STORIES, _l("Stories"), "stories", StorySchema),
        Kind(CONTRIBUTIONS, _l("Contributions"), "contributions", ContributionSchema),
        Kind(HOURS, _l("Volunteer hours"), "volunteer_hours", HoursSchema),
        Kind(COVERAGE, _l("Media coverage"), "coverage", CoverageSchema),
    )
}
KIND_NAMES = {code: kind.name for code, kind in KINDS.items()}
DELIVERIES = {code: kind.delivery() for code, kind in KINDS.items()}
