"""Files of figures as they come in and go out."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.metrics.measurements.words import SOURCE_NAMES, STATUS_NAMES
from shared.web.uploads import MB, SHEETS, TEXT, Upload

STATE_NAMES = {"ready": _l("Looked at, not taken"), "taken": _l("Taken")}
STATE_TONES = {"ready": "warning", "taken": "good"}


class UploadFiguresSchema(Schema):
    file = Upload(
        (*SHEETS, TEXT),
        most=10 * MB,
        required=True,
        metadata={
            "label": _l("File"),
            "help": _l("XLSX, CSV, ODS or XLS with up to 10,000 rows and 10 MB: the template, or an export."),
        },
    )


class ExportQuery(Schema):
    """Which figures go into a file, as in the ledger's list."""

    status = fields.String(load_default=None, validate=validate.OneOf(STATUS_NAMES), allow_none=True)
    organisation_id = fields.UUID(load_default=None, allow_none=True)
    kpi = fields.String(load_default=None, allow_none=True)
    source = fields.String(load_default=None, validate=validate.OneOf(SOURCE_NAMES), allow_none=True)
    since = fields.Date(load_default=None, allow_none=True)
    until = fields.Date(load_default=None, allow_none=True)


class PublisherQuery(Schema):
    """Who publishes a campaign's results."""

    publisher = fields.String(
        load_default="XX-UNREGISTERED",
        validate=validate.Regexp(r"[A-Za-z0-9][A-Za-z0-9._-]{1,99}\Z"),
        metadata={"description": "your identifier in IATI, such as GB-COH-01234567"},
    )


class ProblemSchema(Schema):
    place = fields.String()
    reason = fields.String()


class ExchangeFileSchema(Schema):
    id = fields.UUID()
    version = fields.Integer()
    file_name = fields.String()
    state = fields.String()
    added = fields.Integer(metadata={"description": "rows that are new figures"})
    corrected = fields.Integer(metadata={"description": "rows that correct a figure"})
    same = fields.Integer(metadata={"description": "rows that change nothing"})
    wrong = fields.Integer(metadata={"description": "rows that can't be taken"})
    problems = fields.List(fields.Nested(ProblemSchema), metadata={"description": "the first wrong cells"})
    notes = fields.List(fields.String())
    person_name = fields.String()
    created_at = fields.AwareDateTime()


class TakeSchema(Schema):
    version = fields.Integer(required=True, metadata={"description": "the file's, as you saw it"})
    good_only = fields.Boolean(
        load_default=False, metadata={"description": "take the good rows though others are wrong, and leave those out"}
    )
