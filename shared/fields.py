"""Fields for what people and partner systems type: hostile until it has passed through one of these."""

import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import ValidationError, fields, validate


class Line(fields.String):
    """One line of text, trimmed; control characters are refused. `longest` is in characters."""

    def __init__(self, *, longest: int = 200, **kwargs: Any) -> None:
        shortest = 1 if kwargs.get("required") else 0
        super().__init__(validate=[validate.Length(shortest, longest), *_listed(kwargs.pop("validate", []))], **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs)).strip()
        # What is printable holds none of them, and is told apart sooner.
        if not text.isprintable() and any(
            unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"}
            for character in text
            if character not in self.breaks
        ):
            raise ValidationError("Take out the control characters.")
        return text

    breaks = ""


class Prose(Line):
    """Text of several lines."""

    breaks = "\n\r\t"

    def __init__(self, *, longest: int = 10_000, **kwargs: Any) -> None:
        super().__init__(longest=longest, **kwargs)


class ExactNumber(fields.Field[Decimal]):
    """A decimal number as a string ("4.31"), never a float; dumped in plain notation without an exponent.

    At most 18 digits before the point and 12 after, which is more than any indicator needs and
    less than it takes to hurt a database.
    """

    def _serialize(self, value: Decimal | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else plain(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if not isinstance(value, str) or len(value) > 40:
            raise ValidationError('Write the number as a string of digits, such as "4.31".')
        return parse_exact(value)


def parse_exact(text: str) -> Decimal:
    """The exact decimal in `text`; raises `ValidationError` saying what to write instead."""
    try:
        number = Decimal(text.strip()) if text.isascii() and "_" not in text else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise ValidationError(f"{text[:40]!r} is not a number. Write digits, such as 4.31.")
    exponent = int(number.as_tuple().exponent)
    if number.adjusted() >= 18 or exponent < -12:
        raise ValidationError("Use at most 18 digits before the point and 12 after it.")
    return number if exponent <= 0 else number.quantize(Decimal(1))


def plain(number: Decimal) -> str:
    """`number` without an exponent, a sign or zeros that say nothing: 1E+3 is "1000", 2.50 is "2.5", -0.0 is "0"."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _listed(validators: Any) -> list[Any]:
    return list(validators) if isinstance(validators, (list, tuple)) else [validators]
