"""What partners deliver, and keys and submissions as they go out."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate

from services.partners.submissions.kinds import DELIVERIES, KIND_NAMES, KINDS, Kind
from services.partners.submissions.models import ACCEPTED, CHANNELS, MEASUREMENTS, PROCESSED, STATUSES
from services.partners.submissions.service.intake import Report
from shared.errors import Invalid, Problem
from shared.fields import Line, Prose
from shared.web.answers import PageQuery
from shared.web.problems import flatten_messages
from shared.web.uploads import MB, PICTURES, Upload

#: A thousand items with five mistakes each would make an answer longer than what was sent.
MOST_ERRORS = 100
STATUS_NAMES = {ACCEPTED: _l("Accepted, being read"), PROCESSED: _l("Processed")}
STATUS_TONES = {ACCEPTED: "info", PROCESSED: "good"}


class WebhookKeySchema(Schema):
    id = fields.UUID(dump_only=True)
    name = Line(
        load_default=None,
        metadata={"label": _l("What is it for?"), "placeholder": _l("Nightly export")},
    )
    kinds = fields.List(
        fields.String(validate=validate.OneOf(KINDS)),
        load_default=list,
        metadata={
            "label": _l("What may be sent with it?"),
            "help": _l("Nothing ticked means everything."),
            "choices": KIND_NAMES,
            "description": "types of reports; an empty list is all",
        },
    )
    campaigns = fields.List(
        fields.UUID(),
        load_default=list,
        metadata={
            "label": _l("For which campaigns?"),
            "help": _l("Nothing ticked means all that the organisation is part of."),
            "widget": "checkboxes",
            "description": "ids of campaigns; an empty list is all",
        },
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


class TrialSchema(Schema):
    body = Prose(
        required=True,
        longest=100_000,
        metadata={"label": _l("Body"), "help": _l("JSON, exactly as a system would send it."), "rows": 14,
                  "spellcheck": "false"},
    )  # fmt: skip


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
    channel = fields.String(validate=validate.OneOf(CHANNELS))
    trial = fields.Boolean(metadata={"description": "from the test console: checked, and nothing recorded"})
    sent_by = fields.String(metadata={"description": "the person, where one sent it"})
    corrects_id = fields.UUID(metadata={"description": "the submission whose rejected items these are, corrected"})

    read_at = fields.AwareDateTime(
        metadata={"description": "when one of us said that they had read it; null until then"}
    )


class ReplySchema(Schema):
    id = fields.UUID(dump_only=True)
    submission_id = fields.UUID(dump_only=True)
    at = fields.AwareDateTime(attribute="created_at", dump_only=True)
    text = Prose(
        required=True,
        metadata={
            "label": _l("Reply"),
            "help": _l("The partner reads it. A reply is never changed: correct it by another one."),
            "rows": "8",
        },
    )


class NewReplySchema(ReplySchema):
    mail = fields.Boolean(
        load_default=False, load_only=True, metadata={"description": "whether the partner's liaison gets it as a mail"}
    )


class MarkedSchema(Schema):
    marked = fields.Integer(metadata={"description": "how many were unread until now"})


class ReportPictureSchema(Schema):
    id = fields.UUID()
    description = fields.String()
    name = fields.String(attribute="file_name")
    media_type = fields.String()
    size = fields.Integer(metadata={"description": "in bytes"})


class WholeSubmissionSchema(SubmissionSchema):
    pictures = fields.List(fields.Nested(ReportPictureSchema), metadata={"description": "of a story from the form"})


class PictureSchema(Schema):
    """A picture that goes along with a story."""

    picture = Upload(
        PICTURES,
        most=10 * MB,
        required=True,
        metadata={
            "label": _l("Picture"),
            "help": _l("JPEG, PNG, WebP or GIF, up to 10 MB. On a phone, you can take it now."),
        },
    )
    picture_description = Line(
        required=True,
        longest=300,
        metadata={"label": _l("What does it show?"), "help": _l("For those who can't see it.")},
    )


class SubmissionQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the webhook-id"})
    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    days = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 3660),
        metadata={"description": "only what came within so many days"},
    )
    read = fields.Boolean(load_default=None, allow_none=True, metadata={"description": "whether one of us has read it"})


class RefusalSchema(Schema):
    id = fields.UUID()
    organisation_id = fields.UUID()
    at = fields.AwareDateTime(attribute="created_at")
    status = fields.Integer(metadata={"description": "the HTTP status that it was answered with"})
    reason = fields.String()
    errors = fields.Dict(metadata={"description": "path -> what is wrong there"})
    message_id = fields.String()
    key_id = fields.UUID(metadata={"description": "the key that signed it; null where none of yours did"})


class VerdictSchema(Schema):
    """What this service reads of metrics' answer to a submission."""

    submission_id = fields.UUID(required=True)
    recorded = fields.Integer(required=True)
    rejected = fields.List(fields.Nested(RejectionSchema), required=True)


class NamedSchema(Schema):
    kpi = fields.String(required=True)
    reference = fields.String(required=True)


class DecisionHeardSchema(Schema):
    """What this service reads of a later decision on figures of a submission."""

    submission_id = fields.UUID(required=True)
    verdict = fields.String(required=True)
    reason = fields.String(required=True)
    figures = fields.List(fields.Nested(NamedSchema), required=True)


def read_report(body: bytes) -> Report:
    """What a delivery says.

    Raises `Problem` where the body is not JSON, `Invalid` naming each field that does not fit. Only types and
    shapes are looked at: whether a figure makes sense is for metrics, which knows the indicators.
    """
    sent = _read_json(body)
    named = sent.get("type") if isinstance(sent, dict) else None
    if isinstance(named, str) and named not in KINDS:
        raise Invalid({"type": f"We don't know this type. Send one of these: {', '.join(KINDS)}."})
    kind = KINDS[named if isinstance(named, str) else MEASUREMENTS]
    try:
        read = DELIVERIES[kind.code].load(sent)
    except ValidationError as error:
        found = flatten_messages(error.messages)
        raise Invalid(dict(list(found.items())[:MOST_ERRORS])) from error
    # Published as it was written, but for the id, which can be written in several ways.
    campaign_id = read["data"]["campaign"]
    data = {**sent["data"], "campaign": str(campaign_id)}
    return Report(kind.code, campaign_id, len(data[kind.items]), data)


def write_report(kind: Kind, campaign_id: UUID, items: Sequence[Mapping[str, Any]], now: datetime) -> bytes:
    """A body as a partner's system would send it, for what people reported in a form or a spreadsheet."""
    data = {"campaign": str(campaign_id), kind.items: [kind.item().dump(each) for each in items]}
    return json.dumps({"type": kind.code, "timestamp": now.isoformat(), "data": data}, ensure_ascii=False).encode()


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise Problem("This JSON is nested too deeply to be read. Flatten it and send again.") from error
    except ValueError as error:
        raise Problem(f"The body is not JSON that can be read: {str(error)[:200]}.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")
