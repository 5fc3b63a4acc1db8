"""Reading one reported item, which is hostile until it has passed through here.

Reasons are words for the partner's developer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from services.metrics.alerts.levels import DERIVED, WEIGHTED_MEAN
from services.metrics.indicators.queries import Name
from shared.fields import parse_exact

#: Partners' clocks and time zones differ from ours by up to a day.
AHEAD = timedelta(days=1)
EARLIEST = date(1900, 1, 1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# No control characters, which databases refuse, and no halves of surrogate pairs, which have no UTF-8 form.
_REFERENCE = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}")


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

    @property
    def said(self) -> tuple[Decimal, Decimal | None, date, date]:
        """What a correction changes."""
        return self.value, self.weight, self.period_start, self.period_end


class Refused(Exception):
    """The item can't be taken; the text says why and what to send instead."""


def read_item(raw: Any, kpis: Mapping[str, Name], today: date) -> Item:
    """The item in `raw`; `kpis` has the campaign's KPIs by key. Raises `Refused`."""
    if not isinstance(raw, dict):
        raise Refused("This is not an object with kpi, value, period_start, period_end and reference.")
    key = raw.get("kpi")
    kpi = kpis.get(key) if isinstance(key, str) else None
    if kpi is None:
        raise Refused(f"This campaign has no KPI with the key {quote(key)}.")
    if kpi.aggregation in DERIVED:
        raise Refused("This KPI is worked out from others. Report those.")
    value, weight = _read_number(raw, "value"), _read_weight(raw, kpi)
    start, end = _read_day(raw, "period_start"), _read_day(raw, "period_end")
    if end < start:
        raise Refused("The period ends before it starts.")
    if end > today + AHEAD:
        raise Refused(f"The period ends on {end}, which is still to come. Report it when it is over.")
    reference = raw.get("reference")
    if not isinstance(reference, str) or not _REFERENCE.fullmatch(reference):
        raise Refused("Give each figure a reference of your own: 1 to 200 characters on one line.")
    return Item(kpi.kpi_id, reference, value, start, end, weight)


def _read_number(raw: Mapping[str, Any], name: str) -> Decimal:
    value = raw.get(name)
    if not isinstance(value, str) or len(value) > 40:
        raise Refused(f'Write the {name} as a string of at most 40 characters, such as "4.31".')
    try:
        return parse_exact(value)
    except ValidationError as error:
        raise Refused(f"The {name} can't be used: {error.messages[0]}") from error


def _read_weight(raw: Mapping[str, Any], kpi: Name) -> Decimal | None:
    if kpi.aggregation != WEIGHTED_MEAN:
        return None
    if raw.get("weight") is None:
        raise Refused("Send a weight too, such as how many people were asked: this KPI is a weighted mean.")
    weight = _read_number(raw, "weight")
    if weight <= 0:
        raise Refused("The weight must be more than 0.")
    return weight


def _read_day(raw: Mapping[str, Any], name: str) -> date:
    text = raw.get(name)
    try:
        # Python also reads other ISO 8601 forms, such as 2014W205, that hardly anyone means.
        day = date.fromisoformat(text) if isinstance(text, str) and _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise Refused(f"{name} is not a calendar date such as 2014-05-16.")
    if day < EARLIEST:
        raise Refused(f"{name} is before 1900. Look at the year.")
    return day


def quote(value: Any) -> str:
    """What was sent, short and printable, to show it back; `null` for nothing."""
    if not isinstance(value, str):
        return "null" if value is None else f"that is no text ({type(value).__name__})"
    shown = "".join(letter if letter.isprintable() else "?" for letter in value[:60])
    return f'"{shown}"' + ("..." if len(value) > 60 else "")
