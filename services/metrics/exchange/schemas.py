"""Files of figures as they come in and go out."""

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields, validate

from services.metrics.measurements.words import SOURCE_NAMES, STATUS_NAMES
from shared.web.uploads import MB, SHEETS, TEXT, XML, Upload

STATE_NAMES = {
    "reading": _l("Being read"),
    "checking": _l("Being looked at"),
    "ready": _l("Looked at, not taken"),
    "taking": _l("Being taken"),
    "taken": _l("Taken"),
    "failed": _l("Failed"),
}
STATE_TONES = {
    "reading": "info",
    "checking": "info",
    "ready": "warning",
    "taking": "info",
    "taken": "good",
    "failed": "bad",
}
#: What a value of a file of results is, and what becomes of it.
STEP_NAMES = {
    "baseline": _l("Baseline"),
    "target": _l("Target"),
    "interim": _l("Interim target"),
    "actual": _l("Figure"),
    "other": _l("Indicator"),
}
BECOMES_NAMES = {
    "added": _l("New"),
    "corrected": _l("Changes"),
    "same": _l("The same already"),
    "wrong": _l("Can't go in"),
    "left": _l("Not kept here"),
}
BECOMES_TONES = {"added": "good", "corrected": "info", "same": "neutral", "wrong": "bad", "left": "neutral"}
#: By what the KPI of an indicator was found.
HOW_NAMES = {
    "key": _l("Found by its reference, the KPI's key."),
    "code": _l("Found by a code that its definition has in the library."),
    "title": _l("Found by its title, which is the KPI's name."),
    "choice": _l("As chosen."),
}


class UploadFiguresSchema(Schema):
    file = Upload(
        (*SHEETS, TEXT, XML),
        most=20 * MB,
        required=True,
        metadata={
            "label": _l("File"),
            "help": _l("XLSX, CSV, ODS or XLS with up to 200,000 rows and 20 MB, or results in IATI 2.03 (XML)."),
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
    kind = fields.String(metadata={"description": "a spreadsheet of figures, or results in IATI"})
    state = fields.String(metadata={"description": "one that is being read, looked at or taken is not done yet"})
    rows = fields.Integer(metadata={"description": "of a long spreadsheet, so far as they are read"})
    progress = fields.Integer(metadata={"description": "rows that the step under way has dealt with"})
    problem = fields.String(allow_none=True, metadata={"description": "why it failed"})
    targets = fields.Integer(metadata={"description": "KPIs that get another baseline, target or interim targets"})
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


class StepSchema(Schema):
    """One value of a file of results, and what becomes of it."""

    what = fields.String(metadata={"description": "baseline, target, interim, actual, or other"})
    period_start = fields.Function(lambda step: step.period[0].isoformat() if step.period else None)
    period_end = fields.Function(lambda step: step.period[1].isoformat() if step.period else None)
    parts = fields.String()
    before = fields.String(metadata={"description": "what stands here"})
    after = fields.String(metadata={"description": "what stands in the file"})
    becomes = fields.String(metadata={"description": "added, corrected, same, wrong (can't go in), or left (not kept)"})
    reason = fields.String()
    line = fields.Integer()
    path = fields.String()


class PlannedIndicatorSchema(Schema):
    place = fields.String(metadata={"description": "what a choice calls it"})
    title = fields.Function(lambda each: each.indicator.title)
    kpi = fields.Function(lambda each: each.kpi.key if each.kpi else None)
    found_by = fields.String(attribute="how")
    steps = fields.List(fields.Nested(StepSchema))


class PlannedActivitySchema(Schema):
    place = fields.String(metadata={"description": "what a choice calls it"})
    identifier = fields.Function(lambda each: each.activity.identifier)
    title = fields.Function(lambda each: each.activity.title)
    source = fields.Function(
        lambda each: str(each.source),
        metadata={"description": 'the partner whose figures these are, "all", "skip", ""'},
    )
    takes_targets = fields.Boolean()
    indicators = fields.List(fields.Nested(PlannedIndicatorSchema), attribute="kpis")


class PlanSchema(Schema):
    """What a file of results would do."""

    plan = fields.String(attribute="digest", metadata={"description": "to be sent with the word to import it"})
    activities = fields.List(fields.Nested(PlannedActivitySchema))


class ChoicesSchema(Schema):
    version = fields.Integer(required=True, metadata={"description": "the file's, as you saw it"})
    choices = fields.Dict(
        fields.String(),
        fields.String(),
        required=True,
        metadata={
            "description": 'place of an activity -> partner\'s id, "all" or "skip"; the same and "targets" -> "yes" or '
            '"no"; place of an indicator -> KPI\'s key or "skip"'
        },
    )


class ImportResultsSchema(Schema):
    version = fields.Integer(required=True, metadata={"description": "the file's, as you saw it"})
    plan = fields.String(required=True, metadata={"description": "that of what you saw"})
    reason = fields.String(load_default="", validate=validate.Length(max=1000))
    good_only = fields.Boolean(load_default=False, metadata={"description": "leave out what can't go in"})
