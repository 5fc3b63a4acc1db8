"""The terms of an agreement as data: their parts, in the order in which people read them.

A part is either one form (`purpose`) or a list of lines (`responsibilities`), each line a form of its own. Terms are
kept as the plain JSON that these schemas dump.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pycountry
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.fields import ExactNumber, Line, Prose

PARTIES = {"us": _l("We"), "partner": _l("The partner"), "both": _l("Both together")}
CONTRIBUTION_KINDS = {
    "money": _l("Money"),
    "goods": _l("Goods"),
    "hours": _l("Hours of work"),
    "space": _l("Space"),
    "transport": _l("Transport"),
    "expertise": _l("Expertise"),
}
RHYTHMS = {
    "weekly": _l("Every week"),
    "monthly": _l("Every month"),
    "quarterly": _l("Every quarter"),
    "yearly": _l("Every year"),
    "once": _l("Once, at the end"),
    "needed": _l("When needed"),
}
FORMS = {
    "webhook": _l("From their system, by signed webhook"),
    "form": _l("In a form"),
    "spreadsheet": _l("As a spreadsheet"),
    "document": _l("As a document"),
}
RENEWALS = {
    "none": _l("It ends, and that is that"),
    "talk": _l("We talk about renewing it before it ends"),
}
#: A number's field -> the field of what it counts; the two are read as one.
COUNTED = {"quantity": "unit", "value": "unit", "amount": "currency"}
CURRENCIES = sorted(currency.alpha_3 for currency in pycountry.currencies)


def _party(label: Any) -> fields.String:
    return fields.String(
        required=True, validate=validate.OneOf(list(PARTIES)), metadata={"label": label, "choices": PARTIES}
    )


class PurposeSchema(Schema):
    text = Prose(
        load_default="",
        metadata={"label": _l("Purpose"), "help": _l("What we want to achieve together, and for whom."), "rows": 6},
    )


class DatesSchema(Schema):
    starts_on = fields.Date(load_default=None, allow_none=True, metadata={"label": _l("First day")})
    ends_on = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"label": _l("Last day"), "help": _l("Leave it empty if it runs until one side ends it.")},
    )
    renewal = fields.String(
        load_default="talk",
        validate=validate.OneOf(list(RENEWALS)),
        metadata={"label": _l("When it comes to its end"), "choices": RENEWALS},
    )
    notice_days = fields.Integer(
        load_default=60,
        validate=validate.Range(0, 730),
        metadata={
            "label": _l("Days of notice"),
            "help": _l("How long before its end we talk, and how long before an earlier end one side tells the other."),
        },
    )

    @validates_schema
    def check_order(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            raise ValidationError("The last day lies before the first.", "ends_on")


class ResponsibilitySchema(Schema):
    """One area and its people, in the four roles of a responsibility assignment matrix (RACI)."""

    area = Line(required=True, metadata={"label": _l("Area"), "placeholder": _l("Volunteers, permits, reporting …")})
    responsible = Line(
        required=True, metadata={"label": _l("Responsible"), "help": _l("Who does it: a side, a role or a person.")}
    )
    accountable = Line(
        required=True, metadata={"label": _l("Accountable"), "help": _l("The one who answers for it and decides.")}
    )
    consulted = Line(load_default="", metadata={"label": _l("Consulted"), "help": _l("Who is asked before.")})
    informed = Line(load_default="", metadata={"label": _l("Informed"), "help": _l("Who is told after.")})


class ContributionSchema(Schema):
    party = _party(_l("Who gives it"))
    kind = fields.String(
        required=True,
        validate=validate.OneOf(list(CONTRIBUTION_KINDS)),
        metadata={"label": _l("Kind"), "choices": CONTRIBUTION_KINDS},
    )
    what = Line(required=True, metadata={"label": _l("What")})
    quantity = ExactNumber(load_default=None, allow_none=True, metadata={"label": _l("How much"), "widget": "decimal"})
    unit = Line(
        load_default="",
        longest=30,
        metadata={"label": _l("Unit"), "help": _l("Hours, t, ZAR …: what the number counts.")},
    )
    due_on = fields.Date(load_default=None, allow_none=True, metadata={"label": _l("By when")})

    @validates_schema
    def check_unit(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if data.get("quantity") is not None and not data.get("unit"):
            raise ValidationError("Say what the number counts.", "unit")
        if data.get("kind") == "money" and data.get("quantity") is not None and data.get("unit") not in CURRENCIES:
            raise ValidationError("For money, use the currency's three letters, such as ZAR.", "unit")


class TargetSchema(Schema):
    name = Line(required=True, metadata={"label": _l("What is counted")})
    value = ExactNumber(required=True, metadata={"label": _l("Target"), "widget": "decimal"})
    unit = Line(required=True, longest=30, metadata={"label": _l("Unit")})
    due_on = fields.Date(load_default=None, allow_none=True, metadata={"label": _l("By when")})
    key = Line(
        load_default="",
        longest=80,
        metadata={"label": _l("KPI's key"), "help": _l("As on the campaign's dashboard, if it has one already.")},
    )


class PaymentSchema(Schema):
    payer = _party(_l("Who pays"))
    amount = ExactNumber(required=True, metadata={"label": _l("Amount"), "widget": "decimal"})
    currency = fields.String(required=True, validate=validate.OneOf(CURRENCIES), metadata={"label": _l("Currency")})
    condition = Line(required=True, metadata={"label": _l("When"), "help": _l("A date, or what has to happen first.")})


class MoneySchema(Schema):
    text = Prose(
        load_default="",
        metadata={"label": _l("Terms of money"), "help": _l("How it is asked for, accounted for and paid back."),
                  "rows": 5},
    )  # fmt: skip


class ChannelSchema(Schema):
    occasion = Line(required=True, metadata={"label": _l("For what")})
    channel = Line(required=True, metadata={"label": _l("How"), "placeholder": _l("Mail, telephone, a weekly call …")})
    rhythm = fields.String(
        required=True, validate=validate.OneOf(list(RHYTHMS)), metadata={"label": _l("How often"), "choices": RHYTHMS}
    )


class ReportingSchema(Schema):
    what = Line(required=True, metadata={"label": _l("What is reported")})
    party = _party(_l("Who reports"))
    rhythm = fields.String(
        required=True, validate=validate.OneOf(list(RHYTHMS)), metadata={"label": _l("How often"), "choices": RHYTHMS}
    )
    form = fields.String(
        required=True, validate=validate.OneOf(list(FORMS)), metadata={"label": _l("In which form"), "choices": FORMS}
    )
    days = fields.Integer(
        load_default=14,
        validate=validate.Range(0, 366),
        metadata={"label": _l("Days after the period's end")},
    )


class DataSharingSchema(Schema):
    named_publicly = fields.Boolean(load_default=True, metadata={"label": _l("Each side may name the other in public")})
    shares_provisional = fields.Boolean(
        load_default=False,
        metadata={"label": _l("Other partners of a campaign may see this partner's figures before they are verified")},
    )
    text = Prose(
        load_default="",
        metadata={"label": _l("Data sharing"), "help": _l("Which data go where, what for, and when they are deleted."),
                  "rows": 5},
    )  # fmt: skip


class OtherSchema(Schema):
    text = Prose(load_default="", metadata={"label": _l("What else we agree on"), "rows": 5})


@dataclass(frozen=True)
class Part:
    """A part of the terms: one form, or as many lines as there are, each called by its field `named`."""

    name: str
    label: Any
    schema: type[Schema]
    named: str = ""
    #: What the button says that adds a line.
    add: Any = ""

    @property
    def listed(self) -> bool:
        return bool(self.named)


PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        Part("purpose", _l("Purpose"), PurposeSchema),
        Part("dates", _l("Dates and renewal"), DatesSchema),
        Part("responsibilities", _l("Responsibilities"), ResponsibilitySchema, "area", _l("Add an area")),
        Part("contributions", _l("Contributions promised"), ContributionSchema, "what", _l("Add a contribution")),
        Part("targets", _l("Shared targets"), TargetSchema, "name", _l("Add a target")),
        Part("payments", _l("Payments"), PaymentSchema, "condition", _l("Add a payment")),
        Part("money", _l("Terms of money"), MoneySchema),
        Part("channels", _l("How we talk"), ChannelSchema, "occasion", _l("Add a channel")),
        Part("reporting", _l("Reporting"), ReportingSchema, "what", _l("Add a report")),
        Part("data_sharing", _l("Data sharing"), DataSharingSchema),
        Part("other", _l("What else"), OtherSchema),
    )
}


class TermsSchema(Schema):
    """All parts; what is left out has its defaults."""

    purpose = fields.Nested(PurposeSchema)
    dates = fields.Nested(DatesSchema)
    responsibilities = fields.List(fields.Nested(ResponsibilitySchema), validate=validate.Length(max=100))
    contributions = fields.List(fields.Nested(ContributionSchema), validate=validate.Length(max=100))
    targets = fields.List(fields.Nested(TargetSchema), validate=validate.Length(max=100))
    payments = fields.List(fields.Nested(PaymentSchema), validate=validate.Length(max=100))
    money = fields.Nested(MoneySchema)
    channels = fields.List(fields.Nested(ChannelSchema), validate=validate.Length(max=100))
    reporting = fields.List(fields.Nested(ReportingSchema), validate=validate.Length(max=100))
    data_sharing = fields.Nested(DataSharingSchema)
    other = fields.Nested(OtherSchema)


def dump_part(part: Part, value: Any) -> Any:
    """What the part's schema has loaded, as the plain JSON that is kept."""
    return part.schema(many=part.listed).dump(value)


def complete_terms(loaded: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The whole terms as kept: what `TermsSchema` has loaded, every other part as its defaults say."""
    given = loaded or {}
    return {
        part.name: dump_part(part, given.get(part.name, [] if part.listed else part.schema().load({})))
        for part in PARTS.values()
    }


def load_terms(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Kept terms as Python values: dates, decimals, booleans."""
    return dict(TermsSchema().load(kept))


def find_gaps(kept: Mapping[str, Any]) -> list[str]:
    """The names of the parts that an offer can't do without and that are still empty."""
    wanted = {"purpose": kept["purpose"]["text"], "dates": kept["dates"]["starts_on"],
              "responsibilities": kept["responsibilities"]}  # fmt: skip
    return [name for name, content in wanted.items() if not content]
