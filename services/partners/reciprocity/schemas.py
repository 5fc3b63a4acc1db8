"""What figures were used for, for the API and the page's form, and what is read of metrics' news."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.partners.reciprocity.models import Use
from shared.fields import Line, Prose
from shared.web.answers import PageQuery

USE_NAMES = {
    Use.REPORT.value: _l("In a report"),
    Use.NEWSLETTER.value: _l("In a newsletter"),
    Use.ANNOUNCEMENT.value: _l("In an announcement"),
    Use.TARGET.value: _l("Helped to reach a target"),
    Use.PRESENTATION.value: _l("In a presentation"),
    Use.DECISION.value: _l("For a decision"),
    Use.OTHER.value: _l("For something else"),
}


class FigureUseSchema(Schema):
    id = fields.UUID(dump_only=True)
    organisation_id = fields.UUID(dump_only=True)
    use = fields.String(
        required=True,
        validate=validate.OneOf(list(USE_NAMES)),
        metadata={"label": _l("What were they used for?"), "choices": USE_NAMES, "widget": "radio"},
    )
    title = Line(
        required=True,
        metadata={"label": _l("What was it?"), "placeholder": _l("Annual report 2026, page 14")},
    )
    text = Prose(
        load_default="",
        longest=4000,
        metadata={"label": _l("What did it lead to?"), "help": _l("The partner reads it."), "rows": "5"},
    )
    used_on = fields.Date(required=True, metadata={"label": _l("When?")})
    address = fields.Url(
        load_default=None,
        allow_none=True,
        schemes={"https"},
        validate=validate.Length(max=2000),
        metadata={"label": _l("Where can it be seen?"), "placeholder": "https://www.example.org/report"},
    )
    campaign_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"label": _l("Campaign"), "widget": "select"}
    )
    created_at = fields.AwareDateTime(dump_only=True)
    withdrawn_at = fields.AwareDateTime(dump_only=True, metadata={"description": "when staff took it back"})


class NewFigureUseSchema(FigureUseSchema):
    mail = fields.Boolean(
        load_default=False, load_only=True, metadata={"description": "whether the partner's liaison is mailed"}
    )


class OutcomeQuery(PageQuery):
    """Which list the page goes on with: the reports (with the latest uses above them), or all uses."""

    show = fields.String(load_default="reports", validate=validate.OneOf(["reports", "uses"]))


class TargetReachedSchema(Schema):
    """What this service reads of metrics' news; `organisation_ids` came later than the rest."""

    kpi_id = fields.UUID(required=True)
    campaign_id = fields.UUID(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    target = fields.String(required=True)
    reached_at = fields.AwareDateTime(required=True)
    organisation_ids = fields.List(fields.UUID(), load_default=list)
