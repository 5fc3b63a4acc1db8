"""Fields that several features of partners ask people for: an address, a language, a time zone."""

from typing import Any
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate

from shared.web.i18n import LOCALES

ZONES = tuple(
    sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right")))
)
LOCALE_NAMES = {
    "en": _l("English"),
    "en_ZA": _l("English (South Africa)"),
    "en_GB": _l("English (United Kingdom)"),
    "en_US": _l("English (United States)"),
}


class Address(fields.String):
    """An e-mail address that could exist, by its form alone; no look-up."""

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> str:
        try:
            return validate_email(str(value).strip(), check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError as error:
            raise ValidationError(f"This is not an e-mail address: {error}") from error


class LocaleCode(fields.String):
    """The language and formats that someone reads."""

    def __init__(self, **kwargs: Any) -> None:
        words = {"label": _l("Language and formats"), "choices": LOCALE_NAMES}
        super().__init__(load_default="en", validate=validate.OneOf(LOCALES), metadata=words, **kwargs)


class ZoneName(fields.String):
    """The time zone that someone lives in, or None for the installation's."""

    def __init__(self, **kwargs: Any) -> None:
        words = {"label": _l("Time zone"), "choices": {zone: zone.replace("_", " ") for zone in ZONES}}
        super().__init__(load_default=None, allow_none=True, validate=validate.OneOf(ZONES), metadata=words, **kwargs)
