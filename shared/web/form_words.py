"""What a form says when a value cannot be taken: marshmallow's messages, put so that anyone knows what to do.

The API keeps marshmallow's wording. A message that a schema's author wrote is shown as it is.
"""

import re
from typing import Final

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

LISTS: Final = ("checkboxes", "lines")

_PLAIN_WORDS: Final[list[tuple[re.Pattern[str], LazyString]]] = [
    (re.compile(pattern), words)
    for pattern, words in [
        (r"Not a valid string\.", lazy_gettext("Write this as text.")),
        (r"Not a valid integer\.", lazy_gettext("Enter a whole number, such as 25.")),
        (
            r"Not a valid number\.|Special numeric values.*",
            lazy_gettext("Enter a number, with a point before decimals, such as 4.31."),
        ),
        (r"Number too large\.", lazy_gettext("Enter a smaller number.")),
        (r"Not a valid date\.", lazy_gettext("Enter a date, such as 2027-03-12.")),
        (r"Not a valid time\.", lazy_gettext("Enter a time, such as 14:30.")),
        (r"Not a valid (aware |naive )?datetime\.", lazy_gettext("Enter a date and a time.")),
        (r"Not a valid email address\.", lazy_gettext("Enter an e-mail address, such as name@example.org.")),
        (r"Not a valid URL\.", lazy_gettext("Enter a web address that starts with https://")),
        (
            r"Must be one of: .*|Not a valid (UUID|boolean|list)\.|One or more of the choices .*",
            lazy_gettext("Choose from the list."),
        ),
        (
            r"Shorter than minimum length (?P<min>\d+)\.",
            lazy_gettext("Use at least %(min)s characters."),
        ),
        (
            r"Longer than maximum length (?P<max>\d+)\.",
            lazy_gettext("Use at most %(max)s characters."),
        ),
        (
            r"Length must be between (?P<min>\d+) and (?P<max>\d+)\.",
            lazy_gettext("Use between %(min)s and %(max)s characters."),
        ),
        (
            r"Must be greater than or equal to (?P<min>\S+) and less than or equal to (?P<max>\S+)\.",
            lazy_gettext("Enter a number from %(min)s to %(max)s."),
        ),
        (r"Must be greater than or equal to (?P<min>\S+)\.", lazy_gettext("Enter %(min)s or more.")),
        (r"Must be greater than (?P<min>\S+)\.", lazy_gettext("Enter more than %(min)s.")),
        (r"Must be less than or equal to (?P<max>\S+)\.", lazy_gettext("Enter %(max)s or less.")),
        (r"Must be less than (?P<max>\S+)\.", lazy_gettext("Enter less than %(max)s.")),
        (r"Invalid (value|input type)\.", lazy_gettext("This cannot be used here.")),
    ]
]


_WHEN_EMPTY: Final[dict[str, LazyString]] = {
    "select": lazy_gettext("Choose one."),
    "radio": lazy_gettext("Choose one."),
    "checkboxes": lazy_gettext("Choose at least one."),
    "date": lazy_gettext("Enter a date."),
    "file": lazy_gettext("Choose a file."),
}
_EMPTY: Final = {
    "Missing data for required field.",
    "Field may not be null.",
    "Shorter than minimum length 1.",
}


def say_plainly(message: str, widget: str) -> str:
    """`message` about a field drawn as `widget`, for the person filling in the form and in their language."""
    if message in _EMPTY:
        return str(_WHEN_EMPTY.get(widget, lazy_gettext("Fill this in.")))
    # Of a list, a length counts choices rather than characters.
    if widget in LISTS and (found := re.fullmatch(r"(Shorter|Longer) than \w+ length (\d+)\.", message)):
        least = found[1] == "Shorter"
        words = lazy_gettext("Give at least %(count)s.") if least else lazy_gettext("Give at most %(count)s.")
        return str(words) % {"count": found[2]}
    for pattern, words in _PLAIN_WORDS:
        if found := pattern.fullmatch(message):
            return str(words) % found.groupdict() if found.groupdict() else str(words)
    return message
