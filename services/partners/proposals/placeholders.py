"""Words in double braces: which a text may hold, and how they are filled in. Nothing in them is ever run."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from shared import markdown
from shared.errors import Invalid
from shared.web.filters import format_amount, format_date

#: What every proposal knows by itself.
KNOWN = ("organisation", "liaison", "our_person", "date")
KINDS = ("text", "date", "amount")
_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")


def require_known(text: str, names: Iterable[str]) -> None:
    """Raise `Invalid` for the text if it holds a placeholder that nothing would be put in place of."""
    allowed = [*names]
    unknown = sorted({each.strip() for each in _PLACEHOLDER.findall(text)} - set(allowed))
    if unknown:
        listed, there = (", ".join("{{" + each + "}}" for each in names) for names in (unknown, allowed))
        hint = f"There are {there}." if allowed else "This proposal has no fields."
        raise Invalid({"text": f"Nothing stands behind {listed}. {hint}"})


def fill(text: str, words: Mapping[str, str]) -> str:
    """`text` with `words` in place of their placeholders, as plain words even where they look like Markdown."""

    def put(found: re.Match[str]) -> str:
        name = found[1].strip()
        return markdown.escape(words[name]) if name in words else found[0]

    return _PLACEHOLDER.sub(put, text)


def reopen(text: str, source: str, filled: str) -> str:
    """`text` with those of its lines that stand in `filled` as they were in `source`, from which it was filled in.

    A line that somebody has rewritten since is theirs, and stays.
    """
    lines = dict(zip(filled.split("\n"), source.split("\n"), strict=True))
    return "\n".join(lines.get(line, line) for line in text.split("\n"))


def say_values(
    fields: Sequence[Mapping[str, Any]], values: Mapping[str, str], locale: str | None = None
) -> dict[str, str]:
    """Field's name -> its value as it reads. `locale` is given where no request says who reads."""
    return {each["name"]: say_value(each, values.get(each["name"], ""), locale) for each in fields}


def say_value(field: Mapping[str, Any], value: str, locale: str | None = None) -> str:
    if not value:
        return "…"
    if field["kind"] == "date":
        return format_date(date.fromisoformat(value), locale)
    if field["kind"] == "amount":
        return format_amount(Decimal(value), field["unit"], locale)
    return value
