"""What pages of KPIs and definitions tell in words: terms, footnotes, what people did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.metrics.indicators.models import Kpi, TargetChange
from services.metrics.indicators.schemas.kpis import (
    AGGREGATION_NAMES,
    AGGREGATION_WORDS,
    DIRECTION_NAMES,
    FREQUENCY_NAMES,
    PACE_NAMES,
    VERIFICATION_NAMES,
)
from shared.database.history import HistoryEntry
from shared.web import history
from shared.web.filters import format_amount, format_date

#: The audit log keeps English; people read their own language.
ACTIONS = {
    "added the KPI": _l("added the KPI"),
    "changed the KPI": _l("changed the KPI"),
    "changed a KPI": _l("changed a KPI"),
    "changed a target": _l("changed the target"),
    "signed a target and asked the partners": _l("signed the target and asked the partners to sign it"),
    "signed a target for the partner": _l("signed the target for their organisation"),
    "added follow-ups": _l("added follow-ups"),
    "added the definition": _l("added the definition"),
    "changed the definition": _l("changed the definition"),
    "retired the definition": _l("retired the definition"),
    "took the definition back": _l("took the definition back into use"),
}
FIELDS = {
    "name": _l("Name"),
    "target": _l("Target"),
    "reason": _l("Reason"),
    "unit": _l("Unit"),
    "aggregation": _l("How figures make the KPI"),
    "formula": _l("Worked out as"),
    "direction": _l("Direction"),
    "baseline": _l("Baseline"),
    "verification": _l("A figure counts as verified"),
    "frequency": _l("Partners report"),
    "grace_days": _l("Days to report in"),
    "reporters": _l("Who reports it"),
    "pace": _l("Held against"),
    "dimensions": _l("Parted by"),
    "means": _l("Means of verification"),
    "description": _l("What it means"),
    "codes": _l("Codes"),
    "due_on": _l("Last day"),
    "interims": _l("Interim targets"),
    "follow_months": _l("Months after the campaign"),
}
VALUES = {
    "aggregation": lambda value: str(AGGREGATION_NAMES[value]),
    "direction": lambda value: str(DIRECTION_NAMES[value]),
    "verification": lambda value: str(VERIFICATION_NAMES[value]),
    "frequency": lambda value: str(FREQUENCY_NAMES[value]),
    "pace": lambda value: str(PACE_NAMES[value]),
    "dimensions": lambda value: "; ".join(each["name"] for each in value),
    "reporters": lambda value: str(_("%(count)s chosen", count=len(value))),
    "follow_months": lambda value: str(_("%(months)s months after the campaign", months=value)),
    "codes": lambda value: "; ".join(f"{name.upper()} {', '.join(codes)}" for name, codes in value.items()),
}


@dataclass(frozen=True)
class Footnote:
    """A target that was given up for another, or that got other terms around it."""

    former: Decimal
    target: Decimal
    reason: str
    #: What else changed, each as a sentence's part: "baseline: 0 → 5".
    changes: Sequence[str]
    person_name: str
    changed_at: datetime


def tell_footnotes(kpi: Kpi, changes: Sequence[TargetChange], names: Mapping[UUID, str]) -> list[Footnote]:
    """How the KPI's target changed, the newest first; `names` are those of organisations."""
    return [
        Footnote(
            each.former,
            each.target,
            each.reason,
            tell_changes(each.terms, kpi.unit, names),
            each.person_name,
            each.created_at,
        )
        for each in reversed(changes)
    ]


def tell_changes(terms: Mapping[str, Sequence[Any]], unit: str, names: Mapping[UUID, str]) -> list[str]:
    """What changed beside the target, as `compare_terms` found it."""
    return [
        f"{FIELDS[name]}: {tell_term(name, before, unit, names)} → {tell_term(name, after, unit, names)}"
        for name, (before, after) in terms.items()
        if name in FIELDS
    ]


def tell_term(name: str, value: Any, unit: str, names: Mapping[UUID, str]) -> str:
    """One term of a target as a person reads it."""
    if not value:
        return str(_("none"))
    if name in ("baseline", "target"):
        return format_amount(Decimal(value), unit)
    if name == "due_on":
        return format_date(date.fromisoformat(value))
    if name == "interims":
        levels = ((date.fromisoformat(day), Decimal(level)) for day, level in value)
        return "; ".join(f"{format_date(day)}: {format_amount(level, unit)}" for day, level in levels)
    if name == "reporters":
        return ", ".join(names.get(UUID(each)) or str(_("a partner")) for each in value)
    return VALUES[name](value) if name in VALUES else str(value)


def tell_terms(kpi: Kpi, terms: Mapping[str, Any], names: Mapping[UUID, str]) -> list[tuple[Any, str]]:
    """What both sides sign, term by term, as (label, value); `names` are those of organisations."""
    shown = ("target", "baseline", "due_on", "direction", "aggregation", "formula", "interims", "reporters")
    told = [(FIELDS[name], tell_term(name, terms[name], kpi.unit, names)) for name in shown if terms[name]]
    return [(_l("KPI"), str(_("%(name)s, in %(unit)s", name=kpi.name, unit=kpi.unit))), *told]


def tell_history(entries: Iterable[HistoryEntry]) -> list[history.HistoryLine]:
    """The entries in the reader's words."""
    return history.tell_actions(entries, ACTIONS, _tell_detail)


def words_of_kpis() -> dict[str, Mapping[str, Any]]:
    """The words for what a KPI's columns hold, by column."""
    return {
        "aggregation": AGGREGATION_NAMES,
        "aggregation_words": AGGREGATION_WORDS,
        "direction": DIRECTION_NAMES,
        "verification": VERIFICATION_NAMES,
        "frequency": FREQUENCY_NAMES,
        "pace": PACE_NAMES,
    }


def _tell_detail(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """A changed target stands in the history under the KPI's own name; all others under their columns."""

    def read(name: str, value: Any) -> str:
        return VALUES[name](value) if name in VALUES and value else str(value if value is not None else "")

    told: dict[str, Any] = {
        moment: {str(FIELDS.get(name, name)): read(name, value) for name, value in detail[moment].items()}
        for moment in ("before", "after")
        if moment in detail
    }
    return told | {name: read(name, value) for name, value in detail.items() if name in FIELDS}
