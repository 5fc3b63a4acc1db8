"""What the schemas of several features share."""

from datetime import date

from flask_babel import lazy_gettext as _l
from marshmallow import validate

#: A day outside these is a slip of the hand, such as the year 0027.
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)


def validate_day() -> validate.Range:
    """A day that someone can have meant."""
    return validate.Range(FIRST_DAY, LAST_DAY, error=_l("Enter a day between the years 1990 and 2100."))
