"""The rejected figures of a submission as a form, to be sent again corrected."""

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from services.partners.submissions.kinds import MeasurementSchema
from services.partners.submissions.models import MEASUREMENTS, Submission
from shared.web.forms import BoundForm, parse_form

#: As many as one can look through in one form; the rest is corrected in the next.
MOST_AT_ONCE = 20


def find_rejected(submission: Submission) -> list[tuple[int, Mapping[str, Any], str]]:
    """Number from 1, the figure as it was told, and why it was rejected."""
    if submission.kind != MEASUREMENTS or submission.trial:
        return []
    told = json.loads(submission.body)["data"]["measurements"]
    return [(each["index"] + 1, told[each["index"]], each["reason"]) for each in submission.rejected[:MOST_AT_ONCE]]


def make_form(submission: Submission) -> BoundForm:
    """A field for each part of each rejected figure, named such as `value-3`."""
    values = {
        f"{name}-{number}": value for number, told, _reason in find_rejected(submission) for name, value in told.items()
    }
    return BoundForm(_schema(submission), values)


def read_corrections(submission: Submission, typed: Any) -> tuple[list[dict[str, Any]] | None, BoundForm]:
    """The corrected figures, or None with the form that says what is wrong."""
    data, form = parse_form(_schema(submission), typed)
    if data is None:
        return None, form
    return [
        {name: value for name in _shown(told) if (value := data.get(f"{name}-{number}")) is not None}
        # Parts are sent again as they were: where they no longer add up, the note beside them says why.
        | {name: told[name] for name in ("parts",) if name in told}
        for number, told, _reason in find_rejected(submission)
    ], form


def _schema(submission: Submission) -> Schema:
    made: dict[str, fields.Field[Any]] = {
        f"{name}-{number}": field
        for number, told, _reason in find_rejected(submission)
        for name, field in _shown(told).items()
    }
    return Schema.from_dict(made, name="CorrectionSchema")()


def _shown(told: Mapping[str, Any]) -> Mapping[str, fields.Field[Any]]:
    """The fields that every figure has, a note to say why it is right after all, and what else this one came with."""
    wanted = {*told, *(["parts_note"] if "parts" in told else [])} - {"parts"}
    optional = {"weight", "parts", "parts_note", "evidence"}
    return {name: field for name, field in MeasurementSchema().fields.items() if name in wanted or name not in optional}
