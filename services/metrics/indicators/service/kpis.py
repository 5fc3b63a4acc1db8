"""Use cases: giving a campaign its KPIs, and changing what may still change of one."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.levels import DERIVED
from services.metrics.alerts.queries import map_standings
from services.metrics.alerts.service import assess, open_standing
from services.metrics.events import KpiChanged
from services.metrics.indicators.models import Kpi
from services.metrics.indicators.queries import find_kpi, get_indicator, get_kpi, list_fed, list_goals, list_goals_by_id
from services.metrics.indicators.service.deriving import check_formula, keep_inputs, move_derived
from services.metrics.indicators.service.targets import (
    Interim,
    add_interims,
    check_interims,
    check_target,
    keep_reason,
    read_terms,
)
from services.metrics.known.queries import get_campaign, list_partners
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.fields import plain
from shared.identity import Identity
from shared.messaging.outbox import record
from shared.messaging.wake import announce

#: What can't be changed any more once there are figures, which were reported in that unit and for that use.
FIXED_BY_FIGURES = ("unit", "aggregation", "direction", "formula")
#: A KPI's page has the address that ends in its key.
TAKEN_KEYS = frozenset({"new"})


class _Settings(TypedDict, total=False):
    """What may be left out, as `SettingsSchema` loads it."""

    formula: str | None
    frequency: str
    grace_days: int
    reporters: Sequence[UUID]
    pace: str
    dimensions: list[dict[str, Any]]
    means: str
    indicator_id: UUID | None
    begins_on: date | None
    due_on: date | None
    follows_id: UUID | None
    follow_months: int | None


class KpiDetails(_Settings):
    """What is decided when a KPI is made, as `KpiSchema` loads it."""

    key: str
    name: str
    unit: str
    aggregation: str
    direction: str
    baseline: Decimal
    target: Decimal
    verification: str


class KpiChanges(_Settings, total=False):
    """What is decided anew of a KPI; what is left out stays."""

    name: str
    unit: str
    aggregation: str
    direction: str
    baseline: Decimal
    verification: str


def create_kpi(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    now: datetime,
    *,
    interims: Sequence[Interim] = (),
    **details: Unpack[KpiDetails],
) -> Kpi:
    """A new KPI of the campaign. Raises `NotYetKnown`, `Conflict` for a key in use, `Invalid` for an odd target."""
    campaign = get_campaign(session, by, campaign_id)
    check_target(details["direction"], details["baseline"], details["target"])
    key, reporters = details["key"], details.pop("reporters", ())
    if key in TAKEN_KEYS:
        raise Invalid({"key": f"{key} can't be a key. Choose another."})
    if find_kpi(session, campaign.id, key) is not None:
        raise Conflict(f"This campaign already has a KPI with the key {key}. Choose another key.")
    indicator_id = details.get("indicator_id")
    if indicator_id and get_indicator(session, indicator_id).retired:
        raise Invalid({"indicator_id": "This definition is retired. Choose another, or none."})
    _check_reporters(session, campaign.id, reporters)
    check_formula(session, campaign.id, details["aggregation"], details.get("formula"), details["unit"])
    kpi = Kpi(campaign_id=campaign.id, created_at=now, updated_at=now, target_number=1, **details)
    kpi.reporters = sorted(set(reporters))
    session.add(kpi)
    session.flush()
    [goal] = list_goals(session, [kpi])
    check_interims(goal, interims)
    add_interims(session, kpi, interims, now)
    open_standing(session, goal, now)
    keep_inputs(session, kpi, now)
    record(session, KpiChanged(kpi.id, campaign.id, kpi.key, kpi.name, kpi.unit, active=_is_reported(kpi)), now=now)
    for subject in (campaign.id, kpi.id):
        note(session, by, "added the KPI", subject, at=now, name=kpi.name, target=f"{plain(kpi.target)} {kpi.unit}")
    announce(session, f"campaign:{campaign.id}")
    return kpi


def edit_kpi(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    key: str,
    seen_version: int,
    now: datetime,
    *,
    reason: str = "",
    **changes: Unpack[KpiChanges],
) -> Kpi:
    """The KPI with these changes. Raises `Stale`, or `Invalid` for what can't be changed any more.

    What was signed changes only for a `reason`, which stays as a footnote; the signatures then no longer hold.
    """
    kpi = get_kpi(session, by, campaign_id, key)
    require_version(session, kpi, seen_version)
    wanted: dict[str, Any] = {**changes}
    if "reporters" in wanted:
        wanted["reporters"] = sorted(set(wanted["reporters"]))
    before = {name: value for name in wanted if (value := _read(kpi, name)) != wanted[name]}
    if not before:
        return kpi
    _check_edit(session, kpi, wanted, before)
    former_terms = read_terms(session, kpi)
    for name in before:
        setattr(kpi, name, wanted[name])
    # Only reporters may have changed, which are rows of their own: the KPI's version counts all the same.
    kpi.updated_at = now
    session.flush()
    keep_reason(session, by, kpi, former_terms, reason, now)
    if "formula" in before:
        keep_inputs(session, kpi, now)
    goals = list_goals_by_id(session, [kpi.id])
    assess(session, goals, now)
    move_derived(session, goals, now)
    if {"name", "unit", "aggregation"} & before.keys():
        active = _is_reported(kpi)
        record(session, KpiChanged(kpi.id, campaign_id, kpi.key, kpi.name, kpi.unit, active=active), now=now)
    told = {name: _tell(value) for name, value in before.items()}
    after = {name: _tell(wanted[name]) for name in before}
    note(session, by, "changed the KPI", kpi.id, at=now, before=told, after=after, reason=reason)
    note(session, by, "changed a KPI", campaign_id, at=now, name=kpi.name, reason=reason)
    announce(session, f"campaign:{campaign_id}")
    return kpi


def may_be_remade(session: Session, kpi: Kpi) -> bool:
    """Whether the KPI's unit, aggregation, direction and formula may still change: nobody has reported yet."""
    return kpi.aggregation in DERIVED or not map_standings(session, [kpi.id])[kpi.id].figures


def _check_edit(session: Session, kpi: Kpi, wanted: dict[str, Any], before: dict[str, Any]) -> None:
    fixed = [name for name in FIXED_BY_FIGURES if name in before]
    if "unit" in before and list_fed(session, [kpi.id]):
        raise Invalid({"unit": "Another KPI is worked out from this one in its unit. Change that one first."})
    if fixed and not may_be_remade(session, kpi):
        raise Invalid(dict.fromkeys(fixed, "Figures were reported for it already. Add another KPI instead."))
    if "aggregation" in before and (kpi.aggregation in DERIVED) is not (wanted["aggregation"] in DERIVED):
        raise Invalid({"aggregation": "What is reported can't become what is worked out, or back. Add another KPI."})
    if {"direction", "baseline"} & before.keys():
        _check_way(wanted.get("direction", kpi.direction), wanted.get("baseline", kpi.baseline), kpi.target)
    if {"aggregation", "formula", "unit"} & before.keys():
        names = ("aggregation", "formula", "unit")
        check_formula(session, kpi.campaign_id, *(wanted.get(name, getattr(kpi, name)) for name in names))
    if "reporters" in before:
        _check_reporters(session, kpi.campaign_id, wanted["reporters"])


def _check_way(direction: str, baseline: Decimal, target: Decimal) -> None:
    try:
        check_target(direction, baseline, target)
    except Invalid as problem:
        raise Invalid({"baseline": f"{problem.fields['target']} The target is {plain(target)}."}) from problem


def _check_reporters(session: Session, campaign_id: UUID, reporters: Collection[UUID]) -> None:
    if reporters and not {each.organisation_id for each in list_partners(session, campaign_id)}.issuperset(reporters):
        raise Invalid({"reporters": "Choose among the campaign's partners."})


def _is_reported(kpi: Kpi) -> bool:
    return kpi.aggregation not in DERIVED


def _read(kpi: Kpi, name: str) -> Any:
    return list(kpi.reporters) if name == "reporters" else getattr(kpi, name)


def _tell(value: Any) -> Any:
    """A value as plain JSON for the history."""
    if isinstance(value, Decimal):
        return plain(value)
    return [str(each) for each in value] if isinstance(value, list) and value and isinstance(value[0], UUID) else value
