"""Figures as they come in and go out: from submissions, in lists, and when someone decides on them."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.metrics.measurements.models import STATUSES
from services.metrics.measurements.service.verdicts import AT_ONCE
from shared.fields import ExactNumber, Prose
from shared.web.answers import PageQuery

STATUS_NAMES = {
    "provisional": _l("Provisional"),
    "verified": _l("Verified"),
    "rejected": _l("Rejected"),
    "returned": _l("Returned"),
    "superseded": _l("Corrected since"),
}


class SubmissionHeardSchema(Schema):
    """What metrics reads of an accepted submission; its items are looked at one by one, later."""

    submission_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    received_at = fields.AwareDateTime(required=True)
    data = fields.Dict(required=True)
    trial = fields.Boolean(load_default=False)


class FigureSchema(Schema):
    id = fields.UUID()
    kpi_id = fields.UUID()
    organisation_id = fields.UUID()
    submission_id = fields.UUID()
    reference = fields.String()
    value = ExactNumber()
    period_start = fields.Date()
    period_end = fields.Date()
    status = fields.String()
    superseded_by = fields.UUID(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class FigureQuery(PageQuery):
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES), allow_none=True)
    organisation_id = fields.UUID(load_default=None, allow_none=True)
    kpi = fields.String(load_default=None, allow_none=True, metadata={"description": "a KPI's key"})


class VerifySchema(Schema):
    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, AT_ONCE))


class RejectSchema(VerifySchema):
    reason = Prose(
        required=True,
        longest=1000,
        metadata={
            "label": _l("Reason"),
            "help": _l("The partner sees it when they send the same figure again."),
            "rows": 2,
        },
    )


class DecidedSchema(Schema):
    changed = fields.Integer(metadata={"description": "how many figures are different now"})
