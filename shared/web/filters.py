"""How figures, dates and times read: in the reader's language, format and time zone, to the last digit."""

import re
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import ROUND_FLOOR, Context, Decimal, localcontext
from functools import lru_cache
from typing import Final

from babel import dates, numbers
from flask import Flask
from flask_babel import get_locale, get_timezone, gettext

from shared.clock import utc_now

NO_VALUE: Final = "\N{EN DASH}"
#: What is reported has at most so many digits after the point; more come from a division, and mean nothing.
MOST_PLACES: Final = 12


def format_date(value: date | datetime | None, locale: str | None = None) -> str:
    """A calendar date as "12 March 2027"; an instant's date is the one in the reader's zone.

    `locale` is given where no request says who reads: in mails.
    """
    if value is None:
        return NO_VALUE
    if isinstance(value, datetime):
        value = value.astimezone(get_timezone())
    return dates.format_date(value, "d MMMM y", locale=locale or get_locale() or "en")


def format_instant(value: datetime | None) -> str:
    """An aware instant as "12 March 2027, 14:05" in the reader's zone."""
    if value is None:
        return NO_VALUE
    return f"{format_date(value)}, {format_clock(value)}"


def format_clock(value: datetime | None) -> str:
    """An aware instant's time of the day in the reader's zone, "14:05", where its date stands above."""
    if value is None:
        return NO_VALUE
    return dates.format_time(value.astimezone(get_timezone()), "HH:mm", locale=get_locale() or "en")


def format_period(start: date | None, end: date | None) -> str:
    """Two calendar dates, the first without what both share: 1 to 31 March 2027, with a dash."""
    if start is None or end is None or start == end:
        return format_date(start or end)
    locale = get_locale() or "en"
    first = "d MMMM y" if start.year != end.year else "d MMMM" if start.month != end.month else "d"
    gap = NO_VALUE if first == "d" else f" {NO_VALUE} "
    return dates.format_date(start, first, locale=locale) + gap + format_date(end)


def format_ago(value: datetime | None, now: datetime | None = None) -> str:
    """How long before (or after) `now`, by default the present: "3 minutes ago", "in 2 days"."""
    if value is None:
        return NO_VALUE
    elapsed = value - (now or utc_now())
    if abs(elapsed.total_seconds()) < 10:
        return str(gettext("just now"))
    words: str = dates.format_timedelta(elapsed, add_direction=True, locale=get_locale() or "en")
    return words


def format_number(value: Decimal | int | None, locale: str | None = None) -> str:
    """An exact figure with its thousands grouped; no digit is added, dropped or rounded away.

    A quotient, such as a mean, has no last digit: it is told in four, or from a hundred on with two places.
    `locale` is given where no request says who reads: in mails.
    """
    if value is None:
        return NO_VALUE
    return _write_digits(str(_tell_quotient(Decimal(value))), str(locale or get_locale() or "en"))


@lru_cache(maxsize=8192)
def _write_digits(figure: str, locale: str) -> str:
    # A dashboard holds hundreds of figures, and most are what they were: writing them took a third of its time.
    exact = Decimal(figure)
    places = max(0, -int(exact.as_tuple().exponent))
    pattern = "#,##0" + ("." + "0" * places if places else "")
    with _every_digit(exact):
        return numbers.format_decimal(exact, pattern, locale=locale, decimal_quantization=False)


def format_amount(value: Decimal | int | None, unit: str, locale: str | None = None) -> str:
    """A figure with its unit, kept on one line: "1,204.5 kg", "ZAR 1,000.00", "42%".

    An ISO 4217 code is written as money, as the reader's locale does; any other unit follows the figure.
    """
    if value is None:
        return NO_VALUE
    if unit in numbers.list_currencies():
        reader = locale or get_locale() or "en"
        exact = _tell_quotient(Decimal(value))
        with _every_digit(exact):
            money = numbers.format_currency(exact, unit, locale=reader, decimal_quantization=False)
        # A code, unlike a symbol, stands apart from the figure (Unicode TR 35, "Currency Spacing").
        return re.sub(rf"{unit}(?=\d)", f"{unit}\N{NO-BREAK SPACE}", money)
    figure = format_number(value, locale)
    return f"{figure}%" if unit == "%" else f"{figure}\N{NO-BREAK SPACE}{unit}" if unit else figure


def format_size(count: int) -> str:
    """A number of bytes as "840 KB" or "12.3 MB" (of 1024 each), rounded up: too large never reads as allowed."""
    large = count > 999 << 10
    tenths = -(-count * 10 // (1 << 20 if large else 1 << 10))
    shown = Decimal(tenths) / 10 if large and tenths % 10 and tenths < 1000 else Decimal(-(-tenths // 10))
    size = format_number(shown)
    return str(
        gettext("%(size)s\N{NO-BREAK SPACE}MB", size=size)
        if large
        else gettext("%(size)s\N{NO-BREAK SPACE}KB", size=size)
    )


def format_percent(value: Decimal | float | None) -> str:
    """A share as whole percent, rounded down so that 99.9 percent of a target never reads as reached."""
    if value is None:
        return NO_VALUE
    with localcontext(rounding=ROUND_FLOOR):
        whole = int(Decimal(str(value)) * 100)
    return numbers.format_percent(Decimal(whole) / 100, locale=get_locale() or "en")


def format_part(value: Decimal) -> str:
    """A part of a whole as whole percent, rounded to the nearest, so that parts add up as far as they can."""
    return numbers.format_percent(value, locale=get_locale() or "en")


def _tell_quotient(value: Decimal) -> Decimal:
    if int(value.as_tuple().exponent) >= -MOST_PLACES:
        return value
    return value.quantize(Decimal("0.01")) if abs(value) >= 100 else Context(prec=4).plus(value)


def _every_digit(value: Decimal) -> AbstractContextManager[Context]:
    """Room for all digits of `value`: Babel's arithmetic keeps 28 of them unless told otherwise."""
    return localcontext(prec=max(28, len(value.as_tuple().digits) + abs(int(value.as_tuple().exponent)) + 2))


def translate(words: object) -> str:
    """Words that were written where no reader was known: an error's, an action's in the history. Escaped like any text.

    `_(words)` would not do in a template: what goes through it is taken for safe HTML.
    """
    return str(gettext(str(words))) if words else ""


def register_filters(app: Flask) -> None:
    """Make these known to `app`'s templates: date, instant, clock, period, ago, number, amount, filesize, percent,
    translated."""
    app.jinja_env.filters |= {
        "date": format_date,
        "instant": format_instant,
        "clock": format_clock,
        "period": format_period,
        "ago": format_ago,
        "number": format_number,
        "amount": format_amount,
        "filesize": format_size,
        "percent": format_percent,
        "translated": translate,
    }
