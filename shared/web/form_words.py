"""What a form says when a value cannot be taken: marshmallow's own messages, put so that anyone knows what to do.

The API keeps marshmallow's wording. A message that a schema's author wrote is shown as it is.
"""

import re
from typing import Final

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

_PLAIN_WORDS: Final[list[tuple[re.Pattern[str], LazyString]]] = [
    (re.compile(pattern), words)
    for pattern, words in [
        (r"Missing data for required field\.|Field may not be null\.", lazy_gettext("Fill this in.")),
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
        (r"Shorter than minimum length 1\.", lazy_gettext("Fill this in.")),
        (
            r"Shorter than minimum length (?P<min>\d+)\.",
            lazy_gettext("Use at least %(min)s characters.", min="{min}"),
        ),
        (
            r"Longer than maximum length (?P<max>\d+)\.",
            lazy_gettext("Use at most %(max)s characters.", max="{max}"),
        ),
        (
            r"Length must be between (?P<min>\d+) and (?P<max>\d+)\.",
            lazy_gettext("Use between %(min)s and %(max)s characters.", min="{min}", max="{max}"),
        ),
        (
            r"Must be greater than or equal to (?P<min>\S+) and less than or equal to (?P<max>\S+)\.",
            lazy_gettext("Enter a number from %(min)s to %(max)s.", min="{min}", max="{max}"),
        ),
        (
            r"Must be greater than or equal to (?P<min>\S+)\.",
            lazy_gettext("Enter %(min)s or more.", min="{min}"),
        ),
        (r"Must be greater than (?P<min>\S+)\.", lazy_gettext("Enter more than %(min)s.", min="{min}")),
        (
            r"Must be less than or equal to (?P<max>\S+)\.",
            lazy_gettext("Enter %(max)s or less.", max="{max}"),
        ),
        (r"Must be less than (?P<max>\S+)\.", lazy_gettext("Enter less than %(max)s.", max="{max}")),
        (r"Invalid (value|input type)\.", lazy_gettext("This cannot be used here.")),
    ]
]


def say_plainly(message: str, *, counts_items: bool = False) -> str:
    """`message` in words for the person filling in the form, in their language.

    `counts_items` is true for a list, where a length is a number of choices rather than of characters.
    """
    if counts_items and (
        found := re.fullmatch(r"(?:Shorter|Longer) than (min|max)imum length (\d+)\.", message)
    ):
        if found[1] == "min":
            return gettext("Choose at least %(count)s.", count=found[2])
        return gettext("Choose at most %(count)s.", count=found[2])
    for pattern, words in _PLAIN_WORDS:
        if found := pattern.fullmatch(message):
            text = str(words)
            for name, value in found.groupdict().items():
                text = text.replace(f"{{{name}}}", value)
            return text
    return message
