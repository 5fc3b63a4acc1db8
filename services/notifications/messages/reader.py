"""How one recipient reads: their language, their formats, their time zone. A worker has no request to ask."""

import gettext
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError, dates

from shared.fields import plain
from shared.web import filters

#: The kit's translations, for mails as for pages.
TRANSLATIONS = Path(filters.__file__).parent / "translations"


@dataclass(frozen=True)
class Reader:
    """Someone who reads a letter. An unknown language reads as English, an unknown zone as UTC."""

    locale: str = "en"
    time_zone: str = "UTC"

    def say(self, message: str, **values: object) -> str:
        """`message` in the reader's language, with `%(name)s` filled in."""
        words = _translations_of(_known_locale(self.locale)).gettext(message)
        return words % values if values else words

    def amount(self, value: Decimal, unit: str) -> str:
        """An exact figure with its unit, without zeros that say nothing."""
        return filters.format_amount(Decimal(plain(value)), unit, _known_locale(self.locale))

    def instant(self, value: datetime) -> str:
        """An aware instant as "12 March 2027, 14:05 (South Africa Standard Time)"."""
        locale, local = _known_locale(self.locale), value.astimezone(_zone(self.time_zone))
        day = dates.format_date(local, "d MMMM y", locale=locale)
        return f"{day}, {dates.format_time(local, 'HH:mm (zzzz)', locale=locale)}"

    def day(self, value: datetime) -> str:
        """The calendar day of an instant where the reader is: "12 March 2027"."""
        local = value.astimezone(_zone(self.time_zone))
        return dates.format_date(local, "d MMMM y", locale=_known_locale(self.locale))

    def calendar_day(self, value: date) -> str:
        """A calendar date, the same wherever the reader is: "12 March 2027"."""
        return dates.format_date(value, "d MMMM y", locale=_known_locale(self.locale))

    def list(self, names: list[str]) -> str:
        """Names in a sentence: "A, B and C"."""
        if len(names) < 2:
            return "".join(names)
        return self.say("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])


@cache
def _known_locale(tag: str) -> str:
    try:
        return str(Locale.parse(tag.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return "en"


@cache
def _translations_of(locale: str) -> gettext.NullTranslations:
    return gettext.translation("messages", TRANSLATIONS, [locale, locale.partition("_")[0]], fallback=True)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
