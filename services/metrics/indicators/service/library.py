"""Use cases: the library of definitions that campaigns make their KPIs from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.indicators.models import Indicator
from services.metrics.indicators.queries import find_indicator_by_code, get_indicator
from shared.clock import new_id
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict
from shared.identity import Identity


class IndicatorDetails(TypedDict):
    """A definition, as `IndicatorSchema` loads it."""

    name: str
    description: str
    unit: str
    direction: str
    aggregation: str
    dimensions: list[dict[str, Any]]
    means: str
    codes: Mapping[str, Sequence[str]]


def add_indicator(
    session: Session, by: Identity, now: datetime, *, code: str, **details: Unpack[IndicatorDetails]
) -> Indicator:
    """A new definition; raises `Conflict` where another has its code."""
    if find_indicator_by_code(session, code) is not None:
        raise Conflict(f"The library has a definition with the code {code} already. Choose another code.")
    indicator = Indicator(id=new_id(), code=code, created_at=now, updated_at=now, retired=False)
    _put(indicator, details)
    session.add(indicator)
    session.flush()
    note(session, by, "added the definition", indicator.id, at=now, name=indicator.name)
    return indicator


def edit_indicator(
    session: Session,
    by: Identity,
    indicator_id: UUID,
    seen_version: int,
    now: datetime,
    **details: Unpack[IndicatorDetails],
) -> Indicator:
    """The definition as changed; KPIs that were made from it stay as they are. Raises `Stale`."""
    indicator = get_indicator(session, indicator_id)
    require_version(session, indicator, seen_version)
    before: dict[str, Any] = {
        name: value
        for name in details
        if (value := getattr(indicator, name)) != details[name]  # type: ignore[literal-required]
    }
    if not before:
        return indicator
    _put(indicator, details)
    indicator.updated_at = now
    session.flush()
    after = {name: getattr(indicator, name) for name in before}
    note(session, by, "changed the definition", indicator.id, at=now, before=before, after=after)
    return indicator


def retire_indicator(session: Session, by: Identity, indicator_id: UUID, now: datetime, *, retired: bool) -> Indicator:
    """Let nobody make new KPIs of it, or let them again; twice is the same as once."""
    indicator = get_indicator(session, indicator_id)
    if indicator.retired is not retired:
        indicator.retired, indicator.updated_at = retired, now
        session.flush()
        note(session, by, "retired the definition" if retired else "took the definition back", indicator.id, at=now)
    return indicator


def _put(indicator: Indicator, details: IndicatorDetails) -> None:
    for name, value in details.items():
        setattr(indicator, name, value)
    indicator.sort_name = indicator.name.casefold()
    goals = sorted({int(code.partition(".")[0]) for code in indicator.codes.get("sdg", ())})
    indicator.goals = "".join(f",{goal}" for goal in goals) + ("," if goals else "")
