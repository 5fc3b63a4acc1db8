"""What partners deliver, and keys and submissions as they go out."""

import json
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate

from services.partners.submissions.models import ACCEPTED, PROCESSED, STATUSES
from services.partners.submissions.service.intake import Report
from shared.errors import Invalid, Problem
from shared.fields import Line
from shared.web.answers import PageQuery
from shared.web.problems import flatten_messages

MEASUREMENTS = "measurements.reported"
MOST_ITEMS = 1000
#: A thousand items with five mistakes each would make an answer longer than what was sent.
MOST_ERRORS = 100
STATUS_NAMES = {ACCEPTED: _l("Accepted, being read"), PROCESSED: _l("Processed")}
STATUS_TONES = {ACCEPTED: "info", PROCESSED: "good"}


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


class MeasurementSchema(Schema):
    kpi = Line(required=True, longest=100)
    value = Figure(required=True, longest=100)
    period_start = Day(required=True)
    period_end = Day(required=True)
    reference = Line(required=True)


class MeasurementsSchema(Schema):
    campaign = fields.UUID(required=True)
    measurements = ItemList(fields.Nested(MeasurementSchema), most=MOST_ITEMS, required=True)


class DeliverySchema(Schema):
    """The body of a delivery, in the form that Standard Webhooks recommends."""

    type = fields.String(required=True)
    timestamp = fields.AwareDateTime(
        error_messages={"invalid": "Write an instant with its offset, such as 2027-03-12T14:05:00Z."}
    )
    data = fields.Nested(MeasurementsSchema, required=True)


class WebhookKeySchema(Schema):
    id = fields.UUID(dump_only=True)
    name = Line(
        load_default=None,
        metadata={"label": _l("What is it for?"), "placeholder": _l("Nightly export")},
    )
    ending = fields.String(dump_only=True, metadata={"description": "the secret's last four characters"})
    created_by = fields.String(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)
    last_used_at = fields.AwareDateTime(dump_only=True, metadata={"description": "right to a minute"})
    revoked_at = fields.AwareDateTime(dump_only=True)


class NewWebhookKeySchema(WebhookKeySchema):
    secret = fields.String(dump_only=True, metadata={"description": "shown once"})


class RejectionSchema(Schema):
    index = fields.Integer(required=True, metadata={"description": "of the item, counted from 0"})
    reason = fields.String(required=True)


class SubmissionSchema(Schema):
    id = fields.UUID()
    organisation_id = fields.UUID()
    message_id = fields.String()
    kind = fields.String()
    campaign_id = fields.UUID()
    items = fields.Integer()
    received_at = fields.AwareDateTime(attribute="created_at")
    status = fields.String(validate=validate.OneOf(STATUSES))
    recorded = fields.Integer()
    rejected = fields.List(fields.Nested(RejectionSchema))
    processed_at = fields.AwareDateTime()


class SubmissionQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the webhook-id"})
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))


class VerdictSchema(Schema):
    """What this service reads of metrics' answer to a submission."""

    submission_id = fields.UUID(required=True)
    recorded = fields.Integer(required=True)
    rejected = fields.List(fields.Nested(RejectionSchema), required=True)


_delivery = DeliverySchema()


def read_report(body: bytes) -> Report:
    """What a delivery says.

    Raises `Problem` where the body is not JSON, `Invalid` naming each field that does not fit. Only types and
    shapes are looked at: whether a figure makes sense is for metrics, which knows the indicators.
    """
    sent = _read_json(body)
    kind = sent.get("type") if isinstance(sent, dict) else None
    if isinstance(kind, str) and kind != MEASUREMENTS:
        raise Invalid({"type": f'We don\'t know this type. Send "{MEASUREMENTS}".'})
    try:
        read = _delivery.load(sent)
    except ValidationError as error:
        found = flatten_messages(error.messages)
        raise Invalid(dict(list(found.items())[:MOST_ERRORS])) from error
    # Published as it was written, but for the id, which can be written in several ways.
    campaign_id = read["data"]["campaign"]
    data = {**sent["data"], "campaign": str(campaign_id)}
    return Report(MEASUREMENTS, campaign_id, len(data["measurements"]), data)


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise Problem("This JSON is nested too deeply to be read. Flatten it and send again.") from error
    except ValueError as error:
        raise Problem(f"The body is not JSON that can be read: {str(error)[:200]}.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")
