"""Forms for people, made from the same marshmallow schemas that the API loads.

A schema's field says how it is shown in its `metadata`: `label`, `help`, `placeholder`, `widget`, `choices`
(labels by value), `autocomplete`, `rows`, `accept`, `list`; `form: False` leaves it out. What is required, how long,
and which choices there are is read from the field and its validators, so that it is written once. What was
typed is kept exactly as typed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeAlias

from flask_babel import get_timezone, gettext
from marshmallow import Schema, ValidationError, fields, missing, validate
from werkzeug.datastructures import MultiDict

from shared.web.form_words import say_plainly

LONG_TEXT: Final = 400  # characters; a text that may be longer gets several lines

Text: TypeAlias = Any  # a str or a lazily translated string
Errors: TypeAlias = Mapping[Any, Any]
Choices: TypeAlias = Mapping[str, Iterable[tuple[Any, Text]]]


@dataclass(frozen=True)
class Choice:
    """One way to answer a field: `value` is sent, `label` is read."""

    value: str
    label: Text


@dataclass(frozen=True)
class ErrorLine:
    """A line of the summary above the form; `target` is the control's id, or "" for the form as a whole."""

    target: str
    label: Text
    message: str


@dataclass(frozen=True)
class BoundField:
    """One field, ready to be drawn: its words, its control, what is in it and what is wrong with it."""

    name: str
    label: Text
    help: Text
    widget: str
    required: bool
    optional: bool = False
    values: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    errors: tuple[str, ...] = ()
    placeholder: Text = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"field-{self.name}"

    @property
    def value(self) -> str:
        return "\n".join(self.values)

    @property
    def checked(self) -> bool:
        """Whether a single checkbox is ticked."""
        return self.value.lower() in {"true", "on", "1", "yes"}

    @property
    def first_control_id(self) -> str:
        """Where a link from the error summary puts the focus."""
        return f"{self.id}-1" if self.widget in {"radio", "checkboxes"} and self.choices else self.id

    @property
    def described_by(self) -> str:
        """The ids of the help and the error, for `aria-describedby`."""
        parts = [f"{self.id}-help"] if self.help else []
        parts += [f"{self.id}-error"] if self.errors else []
        return " ".join(parts)


class BoundForm:
    """The fields of `schema` with `values` in them and `errors` beside them.

    `values` is either what was typed (a `MultiDict`, shown unchanged) or things as the domain knows them
    (`Decimal`, `date`, `bool`, lists...), or None for the schema's defaults. `errors` takes marshmallow's
    messages as well as the flat paths of `shared.errors.Invalid.fields`. `choices` gives the answers that
    only the page knows, such as the partners to pick from: `{"partners": [(id, name), ...]}`.
    """

    def __init__(
        self,
        schema: Schema,
        values: Mapping[str, Any] | None = None,
        errors: Errors | None = None,
        *,
        choices: Choices | None = None,
    ) -> None:
        self.schema = schema
        self.values = values
        self.choices = {name: tuple(_to_choices(given)) for name, given in (choices or {}).items()}
        messages = _flatten_errors(errors or {})
        zone = get_timezone()
        self._fields: dict[str, BoundField] = {}
        for attribute, each in schema.load_fields.items():
            if not _is_shown(each):
                continue
            name = each.data_key or attribute
            bound = _bind(each, name, self.choices.get(name), messages.pop(name, ()))
            self._fields[name] = replace(bound, values=tuple(_show_values(each, name, values, zone)))
        self.whole_form_errors = tuple(text for texts in messages.values() for text in texts)

    def __iter__(self) -> Iterator[BoundField]:
        return iter(self._fields.values())

    def __getitem__(self, name: str) -> BoundField:
        return self._fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    @property
    def error_lines(self) -> list[ErrorLine]:
        """The summary: first what is wrong with the whole, then field by field in the order of the form."""
        lines = [ErrorLine("", "", message) for message in self.whole_form_errors]
        return lines + [
            ErrorLine(each.first_control_id, each.label, message) for each in self for message in each.errors
        ]

    @property
    def multipart(self) -> bool:
        """Whether the form carries files, so that it must be sent as multipart/form-data."""
        return any(each.widget == "file" for each in self)

    def with_errors(self, errors: Errors) -> "BoundForm":
        """The same form with what a use case found wrong, for instance `Invalid.fields`."""
        return BoundForm(self.schema, self.values, errors, choices=self.choice_pairs())

    def choice_pairs(self) -> dict[str, list[tuple[str, Text]]]:
        """The page's own choices, as they were given."""
        return {name: [(each.value, each.label) for each in given] for name, given in self.choices.items()}


def parse_form(
    schema: Schema,
    typed: MultiDict[str, str],
    *,
    files: Mapping[str, Any] | None = None,
    choices: Choices | None = None,
) -> tuple[dict[str, Any] | None, BoundForm]:
    """What `typed` (`request.form`) means by `schema`, and the form to show again.

    The first is None when something is wrong; the form then holds the errors beside what was typed. An empty
    answer to an optional field counts as not given, or as None where the field allows it, so that an edit can
    clear it. `files` is `request.files`.
    """
    form = BoundForm(schema, typed, choices=choices)
    raw: dict[str, Any] = {}
    zone = get_timezone()
    for attribute, each in schema.load_fields.items():
        name = each.data_key or attribute
        if name not in form:
            continue
        bound = form[name]
        value = _read_file(files, name) if bound.widget == "file" else _read(each, bound, typed, zone)
        if value is not missing:
            raw[name] = value
    messages: dict[str | int, Any] = _unlisted_choices(form, raw)
    try:
        data: dict[str, Any] = schema.load(raw)
    except ValidationError as error:
        messages = {**messages, **error.normalized_messages()}  # type: ignore[no-untyped-call]
    if messages:
        return None, form.with_errors(messages)
    return data, form


def _unlisted_choices(form: BoundForm, raw: Mapping[str, Any]) -> dict[str | int, Any]:
    problems: dict[str | int, Any] = {}
    for name, given in form.choices.items():
        allowed = {each.value for each in given}
        answers = raw.get(name)
        answers = answers if isinstance(answers, list) else [answers] if answers is not None else []
        if not allowed.issuperset(answers):
            problems[name] = [gettext("Choose from the list.")]
    return problems


def _read(each: fields.Field[Any], bound: BoundField, typed: MultiDict[str, str], zone: tzinfo | None) -> Any:
    """The answer as marshmallow takes it, or `missing`."""
    if isinstance(each, fields.Boolean) and bound.widget == "checkbox":
        return replace(bound, values=tuple(typed.getlist(bound.name))).checked
    if isinstance(each, fields.List):
        texts = typed.getlist(bound.name)
        if bound.widget == "lines":
            texts = [line for text in texts for line in text.splitlines()]
        texts = [text.strip() for text in texts if text.strip()]
        return texts if texts or not each.required else missing
    text = typed.get(bound.name)
    if text is None:
        return missing
    if bound.widget == "textarea":
        text = text.replace("\r\n", "\n")
    if bound.widget != "password":
        text = text.strip()
    if not text:
        return None if each.allow_none and not each.required else missing
    if isinstance(each, fields.Number):
        # People group thousands with spaces, and paste the no-break spaces that this product prints.
        text = "".join(text.split())
    if isinstance(each, fields.DateTime) and not isinstance(each, fields.Date | fields.Time) and zone:
        text = _in_zone(text, zone)
    return text


def _read_file(files: Mapping[str, Any] | None, name: str) -> Any:
    # A file input left empty is sent as a file without a name, which counts as false.
    return (files or {}).get(name) or missing


def _in_zone(text: str, zone: tzinfo) -> str:
    """A browser sends local time without an offset: read it in the person's zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is not None:
        return text
    # pytz zones, which Flask-Babel uses, only know the right offset through `localize`.
    localize = getattr(zone, "localize", None)
    local: datetime = localize(moment) if localize else moment.replace(tzinfo=zone)
    return local.isoformat()


def _show_values(
    each: fields.Field[Any], name: str, values: Mapping[str, Any] | None, zone: tzinfo | None
) -> list[str]:
    if isinstance(values, MultiDict):
        return values.getlist(name)
    known = values is not None and name in values
    value = values[name] if known and values is not None else each.load_default
    if value is missing or value is None or callable(value):
        return []
    items = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return [_show(each, item, zone) for item in items]


def _show(each: fields.Field[Any], value: Any, zone: tzinfo | None) -> str:
    inner = each.inner if isinstance(each, fields.List) else each
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value) if isinstance(inner, fields.Enum) and inner.by_value else value.name
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        local = value.astimezone(zone) if zone is not None and value.tzinfo is not None else value
        return local.strftime("%Y-%m-%dT%H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def _is_shown(each: fields.Field[Any]) -> bool:
    return not isinstance(each, fields.Nested) and each.metadata.get("form", True) is not False


def _bind(each: fields.Field[Any], name: str, given: tuple[Choice, ...] | None, errors: Sequence[str]) -> BoundField:
    words = each.metadata
    choices = given if given is not None else tuple(_find_choices(each))
    widget = words.get("widget") or _choose_widget(each, bool(choices) or given is not None)
    return BoundField(
        name=name,
        label=words.get("label") or name.replace("_", " ").capitalize(),
        help=words.get("help", ""),
        widget=widget,
        required=each.required,
        # What has a default is always answered, so calling it optional would only puzzle.
        optional=not each.required and (each.load_default is missing or each.load_default in (None, "")),
        choices=choices,
        errors=tuple(say_plainly(message, widget) for message in errors),
        placeholder=words.get("placeholder", ""),
        attributes=_read_limits(each),
    )


def _to_choices(pairs: Iterable[tuple[Any, Text]]) -> Iterator[Choice]:
    return (Choice(str(value), label) for value, label in pairs)


def _find_choices(each: fields.Field[Any]) -> Iterator[Choice]:
    labels: Mapping[Any, Text] = each.metadata.get("choices", {})
    inner = each.inner if isinstance(each, fields.List) else each
    if isinstance(inner, fields.Enum):
        for member in inner.enum:
            value = str(member.value) if inner.by_value else member.name
            yield Choice(value, labels.get(value) or member.name.replace("_", " ").capitalize())
        return
    for validator in [*inner.validators, *each.validators]:
        if isinstance(validator, validate.OneOf):  # ContainsOnly, for lists, is one too
            named = dict(zip(validator.choices, validator.labels, strict=False))
            for value in validator.choices:
                fallback = str(value).replace("_", " ").capitalize()
                yield Choice(str(value), labels.get(value) or named.get(value) or fallback)
            return


def _choose_widget(each: fields.Field[Any], has_choices: bool) -> str:
    if isinstance(each, fields.List):
        return "checkboxes" if has_choices else "lines"
    if has_choices:
        return "select"
    # Subclasses first: marshmallow's Date and Time are DateTimes, its Email and Url are Strings.
    by_type: list[tuple[type[Any], str]] = [
        (fields.Boolean, "checkbox"),
        (fields.Date, "date"),
        (fields.Time, "time"),
        (fields.DateTime, "datetime"),
        (fields.Email, "email"),
        (fields.Url, "url"),
        (fields.Integer, "whole"),
        (fields.Number, "decimal"),
    ]
    for kind, widget in by_type:
        if isinstance(each, kind):
            return widget
    return "textarea" if int(_read_limits(each).get("maxlength", 0)) >= LONG_TEXT else "text"


def _read_limits(each: fields.Field[Any]) -> dict[str, str]:
    """What the browser may know of the field's limits, as attributes of its control."""
    limits: dict[str, str] = {}
    for validator in each.validators:
        if isinstance(validator, validate.Length) and isinstance(each, fields.String):
            most = validator.max or validator.equal
            limits |= {"maxlength": str(most)} if most else {}
        elif isinstance(validator, validate.Range) and isinstance(each, fields.Date):
            limits |= {"min": str(validator.min)} if validator.min is not None else {}
            limits |= {"max": str(validator.max)} if validator.max is not None else {}
    for name in ("autocomplete", "rows", "accept", "spellcheck", "list"):
        if name in each.metadata:
            limits[name] = str(each.metadata[name])
    return limits


def _flatten_errors(errors: Errors) -> dict[str, tuple[str, ...]]:
    """Messages by top-level field, from marshmallow's nesting or from flat paths such as `partners.0`."""
    flat: dict[str, tuple[str, ...]] = {}
    for path, found in errors.items():
        name = str(path).partition(".")[0]
        texts = tuple(dict.fromkeys((*flat.get(name, ()), *_list_messages(found))))
        flat[name] = texts
    return flat


def _list_messages(found: Any) -> Iterator[str]:
    if isinstance(found, Mapping):
        for inner in found.values():
            yield from _list_messages(inner)
    elif isinstance(found, list | tuple):
        for inner in found:
            yield from _list_messages(inner)
    else:
        yield str(found)
