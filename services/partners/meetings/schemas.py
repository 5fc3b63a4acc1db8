"""Meetings as they come in and go out, for the API and for the pages' forms."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.partners.fields import ZONES
from services.partners.meetings.models import Answer
from services.partners.meetings.recurrence import MOST_DATES, Repeats
from services.partners.meetings.words import ANSWER_NAMES
from shared.fields import Line, Prose
from shared.web.answers import PageQuery

REPEAT_NAMES = {
    Repeats.ONCE.value: _l("Once"),
    Repeats.WEEKLY.value: _l("Every week, or every few weeks"),
    Repeats.MONTH_DAY.value: _l("Every month on the same day, such as the 15th"),
    Repeats.MONTH_WEEKDAY.value: _l("Every month on the same weekday, such as the second Tuesday"),
}
LONGEST = 24 * 60  # minutes


class AttendeeSchema(Schema):
    person_id = fields.UUID()
    contact_id = fields.UUID()
    answer = fields.String()
    answered_at = fields.AwareDateTime()
    remark = fields.String()
    proposed_at = fields.AwareDateTime(metadata={"description": "another time that suits them better"})
    told_at = fields.AwareDateTime(metadata={"description": "when they were mailed last"})


class DateSchema(Schema):
    id = fields.UUID(dump_only=True)
    meeting_id = fields.UUID(dump_only=True)
    local_start = fields.NaiveDateTime(dump_only=True, metadata={"description": "in the meeting's time zone"})
    minutes = fields.Integer(dump_only=True)
    starts_at = fields.AwareDateTime(dump_only=True)
    ends_at = fields.AwareDateTime(dump_only=True)
    cancelled = fields.Boolean(dump_only=True)
    version = fields.Integer(dump_only=True)


class MeetingSchema(Schema):
    id = fields.UUID(dump_only=True)
    title = Line(required=True, metadata={"label": _l("Title"), "placeholder": _l("Planning the clean-up day")})
    purpose = Prose(
        load_default="", longest=2000, metadata={"label": _l("What it is for"), "rows": "3"},
    )  # fmt: skip
    starts_on = fields.Date(required=True, metadata={"label": _l("Day")})
    starts_at = fields.Time(required=True, format="%H:%M", metadata={"label": _l("Time")})
    time_zone = fields.String(
        required=True,
        validate=validate.OneOf(ZONES),
        metadata={
            "label": _l("Time zone"),
            "help": _l("Where it takes place. The time stays the same there when the clock changes."),
            "choices": {zone: zone.replace("_", " ") for zone in ZONES},
        },
    )
    minutes = fields.Integer(
        load_default=60,
        validate=validate.Range(5, LONGEST),
        metadata={"label": _l("How long"), "help": _l("In minutes.")},
    )
    repeats = fields.String(
        load_default=Repeats.ONCE.value,
        validate=validate.OneOf(list(REPEAT_NAMES)),
        metadata={"label": _l("How often"), "choices": REPEAT_NAMES, "widget": "radio"},
    )
    every = fields.Integer(
        load_default=1,
        validate=validate.Range(1, 12),
        metadata={"label": _l("Every how many weeks or months"), "help": _l("2 with weeks is every other week.")},
    )
    until = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"label": _l("Until"), "help": _l("The last day that may be one. Or say how many dates there are.")},
    )
    count = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MOST_DATES),
        metadata={"label": _l("How many dates")},
    )
    place = Line(load_default="", metadata={"label": _l("Place"), "placeholder": _l("Room 3, 12 Long Street")})
    directions = Prose(
        load_default="", longest=2000, metadata={"label": _l("How to get there"), "rows": "2"},
    )  # fmt: skip
    online = fields.URL(
        load_default=None,
        allow_none=True,
        schemes={"http", "https"},
        validate=validate.Length(max=500),
        metadata={"label": _l("Link to the call"), "help": _l("A place, a link, or both.")},
    )
    organiser_id = fields.UUID(
        required=True,
        metadata={"label": _l("Who organises it"), "help": _l("Answers go to them."), "widget": "select"},
    )
    organisation_ids = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(1, 20),
        metadata={"label": _l("With"), "widget": "checkboxes"},
    )
    contact_ids = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"label": _l("Who comes from them"), "widget": "checkboxes"},
    )
    person_ids = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"label": _l("Who else of us comes"), "widget": "checkboxes"},
    )
    sequence = fields.Integer(dump_only=True)
    cancelled_at = fields.AwareDateTime(dump_only=True)
    reason = fields.String(dump_only=True)
    attendees = fields.List(fields.Nested(AttendeeSchema), dump_only=True, attribute="invited")
    dates = fields.List(fields.Nested(DateSchema), dump_only=True)
    version = fields.Integer(dump_only=True)

    @validates_schema(skip_on_field_errors=True)
    def check_whole(self, data: dict[str, Any], **_: Any) -> None:
        """It is somewhere, and it ends."""
        if not data["place"] and not data["online"]:
            raise ValidationError("Say where it is: a place, or the link to the call.", "place")
        if data["repeats"] == Repeats.ONCE:
            return
        if (data["until"] is None) == (data["count"] is None):
            raise ValidationError("Say until when, or how many dates there are: one of the two.", "until")


class MeetingQuery(PageQuery):
    search = Line(load_default="", data_key="q", metadata={"description": "a part of the title"})
    past = fields.Boolean(load_default=False, metadata={"description": "what is over, the latest first"})
    mine = fields.Boolean(load_default=False, metadata={"description": "only those that you organise or come to"})


class MeetingApiQuery(MeetingQuery):
    organisation_id = fields.UUID(load_default=None, data_key="organisation")


class CancelSchema(Schema):
    reason = Prose(
        required=True,
        longest=1000,
        metadata={"label": _l("Why"), "help": _l("Everyone who was invited reads this."), "rows": "2"},
    )


class MoveSchema(Schema):
    day = fields.Date(required=True, metadata={"label": _l("Day")})
    at = fields.Time(required=True, format="%H:%M", metadata={"label": _l("Time")})
    minutes = fields.Integer(
        required=True,
        validate=validate.Range(5, LONGEST),
        metadata={"label": _l("How long"), "help": _l("In minutes.")},
    )


class AnswerSchema(Schema):
    answer = fields.String(
        required=True,
        validate=validate.OneOf([Answer.YES.value, Answer.MAYBE.value, Answer.NO.value]),
        metadata={
            "label": _l("Will you come?"),
            "widget": "radio",
            "choices": {name: words for name, words in ANSWER_NAMES.items() if name != Answer.NONE},
        },
    )
    proposed_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={"label": _l("A time that suits you better"), "help": _l("It changes nothing by itself.")},
    )
    remark = Prose(load_default="", longest=1000, metadata={"label": _l("A remark"), "rows": "2"})


class OwnAnswerSchema(AnswerSchema):
    meeting_id = fields.UUID(required=True)


class AgendaItemSchema(Schema):
    id = fields.UUID(dump_only=True)
    title = Line(required=True, metadata={"label": _l("What is to be talked about")})
    minutes = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, 480),
        metadata={"label": _l("Minutes")},
    )
    led_by = fields.UUID(load_default=None, allow_none=True, metadata={"label": _l("Who leads it"), "widget": "select"})


class MinutesSchema(Schema):
    attended = fields.List(
        fields.UUID(), load_default=list, metadata={"label": _l("Who was there"), "widget": "checkboxes"}
    )
    notes = Prose(
        load_default="",
        longest=20_000,
        metadata={
            "label": _l("Minutes"),
            "help": _l("Markdown works: # a heading, - a list, **bold**. It stays a draft until you publish it."),
            "rows": "14",
        },
    )


class PublishedMinutesSchema(Schema):
    number = fields.Integer()
    text = fields.String()
    attended = fields.List(fields.UUID())
    promised = fields.List(fields.Dict())
    recipients = fields.Integer()
    created_at = fields.AwareDateTime()
