"""An import as it comes in and goes out, for the API and for the page's forms."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.partners.imports import models
from shared.tables.places import name_column
from shared.web.answers import PageQuery
from shared.web.uploads import SHEETS, TEXT, Upload

MB = 1 << 20
STATE_NAMES = {
    models.READING: _l("Being read"),
    models.CHECKING: _l("Being checked"),
    models.READY: _l("Waits for you"),
    models.RUNNING: _l("Being carried out"),
    models.DONE: _l("Done"),
    models.FAILED: _l("Failed"),
}
STATE_TONES = {models.READY: "warning", models.DONE: "good", models.FAILED: "bad"}
VERDICT_NAMES = {
    models.UNSEEN: _l("Not checked yet"),
    models.GOOD: _l("Can go in"),
    models.WRONG: _l("Needs mending"),
    models.LIKELY: _l("May be there already"),
    models.SAME: _l("There already, unchanged"),
}
VERDICT_TONES = {models.GOOD: "good", models.WRONG: "bad", models.LIKELY: "warning", models.SAME: "neutral"}
ACTION_NAMES = {
    models.ADD: _l("Add it"),
    models.SKIP: _l("Leave it out"),
    models.FILL: _l("Fill in what is empty there"),
    models.REPLACE: _l("Take what the file says"),
}
OUTCOME_NAMES = {
    models.WAITING: _l("Not yet"),
    models.ADDED: _l("Added"),
    models.CHANGED: _l("Changed"),
    models.LEFT: _l("Left as it was"),
    models.REFUSED: _l("Needs mending"),
}
OUTCOME_TONES = {models.ADDED: "good", models.CHANGED: "good", models.REFUSED: "bad"}
REASON_NAMES = {
    "id": _l("same SayPro id"),
    "number": _l("same registration number"),
    "domain": _l("same web domain"),
    "name": _l("similar name"),
}


class UploadSchema(Schema):
    """The file that an import starts with."""

    file = Upload(
        (*SHEETS, TEXT),
        most=20 * MB,
        required=True,
        metadata={
            "label": _l("File"),
            "help": _l("CSV, XLSX, ODS or XLS, up to 20 MB. The first row that holds titles names the columns."),
        },
    )


class RowsQuery(PageQuery):
    """A page of an import's rows."""

    verdict = fields.String(load_default=None, validate=validate.OneOf([name for name in VERDICT_NAMES if name]))


class LikelySchema(Schema):
    """What to do with rows that may be in the register already."""

    likely = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(models.ACTIONS),
        metadata={"choices": ACTION_NAMES, "description": "what to do with every row that may be there already"},
    )


class CountSchema(Schema):
    """How many rows there are of each verdict and of each outcome."""

    verdicts = fields.Dict(keys=fields.String(), values=fields.Integer())
    outcomes = fields.Dict(keys=fields.String(), values=fields.Integer())


class ImportSchema(Schema):
    """Where an import stands."""

    id = fields.UUID()
    name = fields.String(attribute="file_name")
    state = fields.String(validate=validate.OneOf(list(STATE_NAMES)))
    problem = fields.String(allow_none=True, metadata={"description": "why it failed"})
    retry_at = fields.AwareDateTime(allow_none=True, metadata={"description": "when what failed is tried again"})
    titles = fields.List(fields.String())
    matched = fields.Dict(keys=fields.String(), values=fields.Integer())
    notes = fields.List(fields.String())
    rows = fields.Integer()
    progress = fields.Integer(metadata={"description": "how many rows the step under way has dealt with"})
    counts = fields.Nested(CountSchema)
    by = fields.String(attribute="person_name")
    created_at = fields.AwareDateTime()


class ImportRowSchema(Schema):
    """A row with what was found in it."""

    number = fields.Integer(metadata={"description": "as the spreadsheet shows it"})
    verdict = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.String())
    same_as = fields.Integer(allow_none=True, metadata={"description": "the earlier row that is likely the same"})
    organisation_id = fields.UUID(allow_none=True)
    likeness = fields.Dict()
    action = fields.String()
    outcome = fields.String()


def make_columns_schema(names: dict[str, str], required: set[str]) -> Schema:
    """A form with a menu of the file's columns for each field; `names` are the fields' titles."""
    menus: dict[str, Any] = {
        name: fields.Integer(load_default=None, allow_none=True, required=False, metadata={"label": title})
        if name not in required
        else fields.Integer(required=True, metadata={"label": title})
        for name, title in names.items()
    }
    return Schema.from_dict(menus, name="Columns")()


def list_columns(titles: list[str]) -> list[tuple[str, str]]:
    """The file's columns for a menu: "C: Country"."""
    return [(str(at), f"{name_column(at)}: {title}" if title else name_column(at)) for at, title in enumerate(titles)]
