"""Reading one reported item, which is hostile until it has passed through here.

Reasons are words for the partner's developer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from services.metrics.alerts.levels import DERIVED, SUM, WEIGHTED_MEAN
from services.metrics.indicators.queries import Name
from shared.database.types import EXACT
from shared.fields import parse_exact, plain

#: Partners' clocks and time zones differ from ours by up to a day.
AHEAD = timedelta(days=1)
_OTHERS = {"hours": "volunteer hours", "contribution": "contributions", "coverage": "media coverage"}
EARLIEST = date(1900, 1, 1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# No control characters, which databases refuse, and no halves of surrogate pairs, which have no UTF-8 form.
_TEXT = re.compile(r"(?:[^\x00-\x1f\x7f-\x9f\ud800-\udfff]|[\n\r\t]){1,1000}")
_LINK = re.compile(r"https://[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>\"]{1,492}")
_REFERENCE = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}")


Parts = Mapping[str, Mapping[str, str]]
#: Value, weight, first and last day, parts and the note on them.
Said = tuple[Decimal, Decimal | None, date, date, Parts | None, str | None]


@dataclass(frozen=True, slots=True)
class Item:
    """A figure as reported, checked."""

    kpi_id: UUID
    reference: str
    value: Decimal
    period_start: date
    period_end: date
    #: How much the value weighs, for a weighted mean.
    weight: Decimal | None = None
    #: The value by dimension and category, in plain notation; and why they don't add up to it.
    parts: Parts | None = None
    parts_note: str | None = None
    #: What the reporter says of it, and where it can be seen.
    note: str | None = None
    evidence: Mapping[str, Any] | None = None

    @property
    def said(self) -> Said:
        """What a correction changes."""
        return self.value, self.weight, self.period_start, self.period_end, self.parts, self.parts_note


class Refused(Exception):
    """The item can't be taken; the text says why and what to send instead, `field` which of its fields is wrong."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


def read_item(raw: Any, kpis: Mapping[str, Name], today: date, *, reported: bool = True) -> Item:
    """The item in `raw`; `kpis` has the campaign's KPIs by key. Raises `Refused`.

    It is `reported` as a measurement, or else entered by us or taken from another report.
    """
    if not isinstance(raw, dict):
        raise Refused("This is not an object with kpi, value, period_start, period_end and reference.")
    key = raw.get("kpi")
    kpi = kpis.get(key) if isinstance(key, str) else None
    if kpi is None:
        raise Refused(f"This campaign has no KPI with the key {quote(key)}.", "kpi")
    if kpi.aggregation in DERIVED:
        raise Refused("This KPI is worked out from others. Report those.", "kpi")
    if kpi.source and reported:
        raise Refused(
            f"This KPI takes its figures from your reports of {_OTHERS[kpi.source]}. Report them there.", "kpi"
        )
    value, weight = _read_number(raw, "value"), _read_weight(raw, kpi)
    start, end = _read_day(raw, "period_start"), _read_day(raw, "period_end")
    if end < start:
        raise Refused("The period ends before it starts.", "period_end")
    if end > today + AHEAD:
        raise Refused(f"The period ends on {end}, which is still to come. Report it when it is over.", "period_end")
    reference = raw.get("reference")
    if not isinstance(reference, str) or not _REFERENCE.fullmatch(reference):
        raise Refused("Give each figure a reference of your own: 1 to 200 characters on one line.", "reference")
    parts, parts_note = _read_parts(raw, kpi, value)
    about = _read_text(raw, "note"), _read_evidence(raw)
    return Item(kpi.kpi_id, reference, value, start, end, weight, parts, parts_note, *about)


def _read_number(raw: Mapping[str, Any], name: str) -> Decimal:
    return _parse_number(raw.get(name), name)


def _parse_number(value: Any, name: str) -> Decimal:
    if not isinstance(value, str) or len(value) > 40:
        raise Refused(f'Write the {name} as a string of at most 40 characters, such as "4.31".', name)
    try:
        return parse_exact(value)
    except ValidationError as error:
        raise Refused(f"The {name} can't be used: {error.messages[0]}", name) from error


def _read_text(raw: Mapping[str, Any], name: str) -> str | None:
    text = raw.get(name)
    if text is None or text == "":
        return None
    if not isinstance(text, str) or not _TEXT.fullmatch(text):
        raise Refused(f"Write the {name} as a text of at most 1,000 characters.", name)
    return text


def _read_evidence(raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
    link = raw.get("evidence")
    if link is None:
        return None
    if not isinstance(link, str) or not _LINK.fullmatch(link):
        raise Refused("Send as evidence an address that starts with https:// and has at most 500 characters.", "link")
    return {"link": link}


def _read_parts(raw: Mapping[str, Any], kpi: Name, value: Decimal) -> tuple[Parts | None, str | None]:
    """The value as it is parted, with the note that says why the parts don't add up to it, if one is needed."""
    told, note = raw.get("parts"), _read_text(raw, "parts_note")
    if told is None or told == {}:
        return None, None
    if kpi.aggregation != SUM:
        raise Refused(
            "Only figures that are added up can be parted, and those of this KPI are not. Leave parts out.", "parts"
        )
    if not isinstance(told, dict) or not all(isinstance(each, dict) for each in told.values()):
        raise Refused('Write parts by dimension and category, such as {"sex": {"f": "10", "m": "12"}}.', "parts")
    known = {each["key"]: [category["key"] for category in each["categories"]] for each in kpi.dimensions}
    parts = {name: _read_categories(name, given, known) for name, given in sorted(told.items())}
    unequal = [name for name, given in parts.items() if _add_up(given) != value]
    if unequal and note is None:
        raise Refused(
            f"The parts by {unequal[0]} add up to {plain(_add_up(parts[unequal[0]]))}, not to {plain(value)}. "
            "Correct them, or say in parts_note why.",
            "parts_note",
        )
    return {name: {key: plain(each) for key, each in given.items()} for name, given in parts.items()}, note


def _read_categories(name: str, given: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> dict[str, Decimal]:
    if name not in known:
        those = f"It has these: {', '.join(known)}." if known else "It has none."
        raise Refused(f"This KPI has no dimension {quote(name)}. {those}", "parts")
    if not given:
        raise Refused(f"Send at least one category of the dimension {quote(name)}, or leave it out.", "parts")
    for category in given:
        if category not in known[name]:
            those = ", ".join(known[name])
            raise Refused(
                f"The dimension {quote(name)} has no category {quote(category)}. It has these: {those}.", "parts"
            )
    return {key: _parse_number(each, f"part {name}.{key}") for key, each in sorted(given.items())}


def _add_up(given: Mapping[str, Decimal]) -> Decimal:
    total = Decimal(0)
    for each in given.values():
        total = EXACT.add(total, each)
    return total


def _read_weight(raw: Mapping[str, Any], kpi: Name) -> Decimal | None:
    if kpi.aggregation != WEIGHTED_MEAN:
        return None
    if raw.get("weight") is None:
        raise Refused("Send a weight too, such as how many people were asked: this KPI is a weighted mean.", "weight")
    weight = _read_number(raw, "weight")
    if weight <= 0:
        raise Refused("The weight must be more than 0.", "weight")
    return weight


def _read_day(raw: Mapping[str, Any], name: str) -> date:
    text = raw.get(name)
    try:
        # Python also reads other ISO 8601 forms, such as 2014W205, that hardly anyone means.
        day = date.fromisoformat(text) if isinstance(text, str) and _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise Refused(f"{name} is not a calendar date such as 2014-05-16.", name)
    if day < EARLIEST:
        raise Refused(f"{name} is before 1900. Look at the year.", name)
    return day


def quote(value: Any) -> str:
    """What was sent, short and printable, to show it back; `null` for nothing."""
    if not isinstance(value, str):
        return "null" if value is None else f"that is no text ({type(value).__name__})"
    shown = "".join(letter if letter.isprintable() else "?" for letter in value[:60])
    return f'"{shown}"' + ("..." if len(value) > 60 else "")
