"""Forms keep what was typed, understand what it means, and say in plain words what is wrong."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from flask_babel import Babel
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from werkzeug.datastructures import FileStorage, MultiDict

from shared.web.forms import BoundForm, ErrorLine, parse_form

GREEN_HANDS = "018f0000-0000-7000-8000-000000000001"


class Kind(Enum):
    charity = "A charity"
    public_body = "A public body"


class CampaignSchema(Schema):
    title = fields.String(
        required=True,
        validate=validate.Length(1, 20),
        metadata={"label": "Title", "help": "Short and clear."},
    )
    cause = fields.String(required=True, validate=validate.OneOf(["health", "education"], ["Health", "Education"]))
    kind = fields.Enum(Kind)
    story = fields.String(validate=validate.Length(max=2000))
    starts_on = fields.Date()
    ends_on = fields.Date(allow_none=True)
    opens_at = fields.AwareDateTime()
    budget = fields.Decimal(validate=validate.Range(min=0))
    places = fields.Integer()
    partners = fields.List(fields.UUID())
    tags = fields.List(fields.String(), metadata={"widget": "lines"})
    public = fields.Boolean(load_default=True)
    logo = fields.Raw(metadata={"widget": "file"})
    id = fields.UUID(dump_only=True)
    internal = fields.String(metadata={"form": False})

    @validates_schema
    def ends_after_it_starts(self, data: dict[str, object], **_: object) -> None:
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:  # type: ignore[operator]
            raise ValidationError("It ends before it starts.")


@pytest.fixture(autouse=True)
def reader() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app, default_timezone="Africa/Johannesburg")
    with app.test_request_context():
        yield


def typed(*pairs: tuple[str, str]) -> MultiDict[str, str]:
    return MultiDict([("title", "Clean rivers"), ("cause", "health"), *pairs])


def test_a_field_takes_its_words_its_control_and_its_limits_from_the_schema() -> None:
    form = BoundForm(CampaignSchema())
    title = form["title"]
    assert (title.label, title.help, title.required, title.widget) == (
        "Title",
        "Short and clear.",
        True,
        "text",
    )
    assert title.attributes == {"maxlength": "20"}
    assert form["starts_on"].label == "Starts on"
    assert {each.name: each.widget for each in form} == {
        "title": "text",
        "cause": "select",
        "kind": "select",
        "story": "textarea",
        "starts_on": "date",
        "ends_on": "date",
        "opens_at": "datetime",
        "budget": "decimal",
        "places": "whole",
        "partners": "lines",
        "tags": "lines",
        "public": "checkbox",
        "logo": "file",
    }
    assert form.multipart


def test_choices_come_from_validators_enums_and_the_page() -> None:
    form = BoundForm(CampaignSchema(), choices={"partners": [(UUID(GREEN_HANDS), "Green Hands")]})
    assert [(each.value, each.label) for each in form["cause"].choices] == [
        ("health", "Health"),
        ("education", "Education"),
    ]
    assert [(each.value, each.label) for each in form["kind"].choices] == [
        ("charity", "Charity"),
        ("public_body", "Public body"),
    ]
    assert form["partners"].widget == "checkboxes"
    assert form["partners"].choices[0].value == GREEN_HANDS


def test_what_has_a_default_is_shown_filled_in_and_not_called_optional() -> None:
    form = BoundForm(CampaignSchema())
    assert form["public"].checked
    assert not form["public"].optional
    assert form["story"].optional
    assert not form["title"].optional


def test_values_of_the_domain_are_shown_as_a_person_would_type_them() -> None:
    values = {
        "title": "Clean rivers",
        "kind": Kind.public_body,
        "starts_on": date(2027, 3, 12),
        "budget": Decimal("1E+3"),
        "opens_at": datetime(2027, 3, 12, 6, 30, tzinfo=UTC),
        "partners": [UUID(GREEN_HANDS)],
        "public": False,
        "tags": ["water", "youth"],
        "story": None,
    }
    form = BoundForm(CampaignSchema(), values)
    assert form["kind"].value == "public_body"
    assert form["starts_on"].value == "2027-03-12"
    assert form["budget"].value == "1000"
    assert form["opens_at"].value == "2027-03-12T08:30"
    assert form["partners"].values == (GREEN_HANDS,)
    assert form["tags"].value == "water\nyouth"
    assert form["story"].value == ""
    assert not form["public"].checked


def test_typed_answers_become_data() -> None:
    answers = typed(
        ("kind", "charity"),
        ("starts_on", "2027-03-12"),
        ("opens_at", "2027-03-12T08:30"),
        ("budget", "1 250.50"),
        ("places", " 40 "),
        ("partners", GREEN_HANDS),
        ("tags", "water\r\n\r\n youth \r\n"),
        ("story", " First line\r\nSecond "),
        ("public", "true"),
    )
    data, _ = parse_form(CampaignSchema(), answers, choices={"partners": [(GREEN_HANDS, "Green Hands")]})
    assert data == {
        "title": "Clean rivers",
        "cause": "health",
        "kind": Kind.charity,
        "starts_on": date(2027, 3, 12),
        "opens_at": datetime(2027, 3, 12, 6, 30, tzinfo=UTC),
        "budget": Decimal("1250.50"),
        "places": 40,
        "partners": [UUID(GREEN_HANDS)],
        "tags": ["water", "youth"],
        "story": "First line\nSecond",
        "public": True,
    }


def test_an_empty_answer_to_an_optional_field_is_not_given_or_clears_what_may_be_cleared() -> None:
    answers = typed(("starts_on", ""), ("ends_on", "  "), ("budget", ""), ("story", ""))
    data, _ = parse_form(CampaignSchema(), answers)
    assert data == {
        "title": "Clean rivers",
        "cause": "health",
        "ends_on": None,
        "public": False,
        "partners": [],
        "tags": [],
    }


def test_an_unticked_checkbox_is_false_though_its_default_is_true() -> None:
    data, form = parse_form(CampaignSchema(), typed())
    assert data is not None
    assert data["public"] is False
    assert not form["public"].checked


def test_what_was_typed_comes_back_unchanged_with_the_errors_beside_it() -> None:
    data, form = parse_form(
        CampaignSchema(),
        MultiDict([("title", "  far too long a title for this  "), ("budget", "12,5"), ("cause", "")]),
    )
    assert data is None
    assert form["title"].value == "  far too long a title for this  "
    assert form["title"].errors == ("Use between 1 and 20 characters.",)
    assert form["budget"].value == "12,5"
    assert form["budget"].errors == ("Enter a number, with a point before decimals, such as 4.31.",)
    assert form["cause"].errors == ("Choose one.",)
    assert form["title"].described_by == "field-title-help field-title-error"
    assert form.error_lines == [
        ErrorLine("field-title", "Title", "Use between 1 and 20 characters."),
        ErrorLine("field-cause", "Cause", "Choose one."),
        ErrorLine("field-budget", "Budget", "Enter a number, with a point before decimals, such as 4.31."),
    ]


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("title", "", "Fill this in."),
        ("budget", "-1", "Enter 0 or more."),
        ("budget", "NaN", "Enter a number, with a point before decimals, such as 4.31."),
        ("places", "4.5", "Enter a whole number, such as 25."),
        ("starts_on", "12/03/2027", "Enter a date, such as 2027-03-12."),
        ("opens_at", "tomorrow", "Enter a date and a time."),
        ("kind", "club", "Choose from the list."),
        ("cause", "fame", "Choose from the list."),
    ],
)
def test_errors_say_what_to_do(name: str, answer: str, said: str) -> None:
    answers = typed()
    answers[name] = answer
    data, form = parse_form(CampaignSchema(), answers)
    assert data is None
    assert form[name].errors == (said,)


def test_an_answer_that_the_page_did_not_offer_is_refused() -> None:
    stranger = "018f0000-0000-7000-8000-00000000ffff"
    data, form = parse_form(
        CampaignSchema(), typed(("partners", stranger)), choices={"partners": [(GREEN_HANDS, "Green Hands")]}
    )
    assert data is None
    assert form["partners"].errors == ("Choose from the list.",)
    assert form.error_lines[0].target == "field-partners-1"


def test_an_error_of_the_whole_form_stands_in_the_summary_alone() -> None:
    data, form = parse_form(CampaignSchema(), typed(("starts_on", "2027-03-12"), ("ends_on", "2027-03-11")))
    assert data is None
    assert form.error_lines == [ErrorLine("", "", "It ends before it starts.")]


def test_what_a_use_case_found_wrong_is_shown_like_any_other_error() -> None:
    choices = {"partners": [(GREEN_HANDS, "Green Hands")]}
    _, form = parse_form(CampaignSchema(), typed(("partners", GREEN_HANDS)), choices=choices)
    again = form.with_errors({"partners.0": "This partner's agreement has ended.", "elsewhere": "Not now."})
    assert again["partners"].errors == ("This partner's agreement has ended.",)
    assert again["partners"].values == (GREEN_HANDS,)
    assert again["partners"].choices == form["partners"].choices
    assert [line.message for line in again.error_lines] == ["Not now.", "This partner's agreement has ended."]


def test_a_file_is_taken_and_an_empty_file_input_is_not_given() -> None:
    chosen = FileStorage(BytesIO(b"PNG"), filename="logo.png", name="logo")
    data, _ = parse_form(CampaignSchema(), typed(), files=MultiDict([("logo", chosen)]))
    assert data is not None
    assert data["logo"] is chosen
    data, _ = parse_form(CampaignSchema(), typed(), files=MultiDict([("logo", FileStorage(filename=""))]))
    assert data is not None
    assert "logo" not in data


def test_fields_that_the_form_does_not_show_cannot_be_slipped_in() -> None:
    data, _ = parse_form(CampaignSchema(), typed(("internal", "x"), ("id", GREEN_HANDS), ("csrf_token", "x")))
    assert data is not None
    assert not {"internal", "id", "csrf_token"} & set(data)


def test_a_list_says_how_many_to_choose() -> None:
    class Schedule(Schema):
        days = fields.List(
            fields.String(validate=validate.OneOf(["mon", "tue", "wed"])),
            required=True,
            validate=validate.Length(min=2),
        )

    _, none_chosen = parse_form(Schedule(), MultiDict())
    _, one_chosen = parse_form(Schedule(), MultiDict([("days", "mon")]))
    assert none_chosen["days"].errors == ("Choose at least one.",)
    assert one_chosen["days"].errors == ("Give at least 2.",)
