"""Use cases: asking again, months after a campaign has closed, whether what a KPI measured lasts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.levels import DERIVED, LATEST
from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.models import Kpi
from services.metrics.indicators.queries import get_kpi, list_follow_ups, list_goals
from services.metrics.indicators.rhythm import add_months
from services.metrics.indicators.service.kpis import create_kpi
from services.metrics.known.queries import get_campaign
from shared.database.history import note
from shared.database.types import EXACT
from shared.errors import Invalid
from shared.identity import Identity

#: After how many months it is asked.
MONTHS = (3, 6, 12)


def add_follow_ups(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    key: str,
    now: datetime,
    *,
    months: Collection[int],
    target: Decimal | None = None,
) -> Sequence[Kpi]:
    """A KPI for each of `months` after the campaign's last day that asks where things stand then, from the baseline.

    Each is a KPI of its own: partners report the level that they find, until its own last day. Those that are there
    already stay as they are. `target` is the level that should be there still, by default the KPI's own target.
    """
    kpi = get_kpi(session, by, campaign_id, key)
    if kpi.follows_id is not None:
        raise Invalid({"months": "This is a follow-up itself. Go to the KPI that it follows."})
    if kpi.aggregation in DERIVED:
        raise Invalid({"months": "This is worked out from other KPIs. Follow those up."})
    campaign = get_campaign(session, by, campaign_id)
    present = {each.follow_months for each in list_follow_ups(session, [kpi.id])}
    made = [
        create_kpi(
            session, by, campaign_id, now,
            key=f"{kpi.key[:50]}_after_{each}", name=f"{kpi.name[:170]}, {each} months after", unit=kpi.unit,
            aggregation=LATEST, direction=kpi.direction, baseline=kpi.baseline,
            target=kpi.target if target is None else target, verification=kpi.verification,
            reporters=list(kpi.reporters), dimensions=kpi.dimensions, means=kpi.means, indicator_id=None,
            begins_on=campaign.ends_on + timedelta(days=1), due_on=add_months(campaign.ends_on, each),
            follows_id=kpi.id, follow_months=each,
        )
        for each in sorted(set(months) - present)
    ]  # fmt: skip
    if made:
        told = ", ".join(str(each.follow_months) for each in made)
        note(session, by, "added follow-ups", kpi.id, at=now, follow_months=told)
    return made


@dataclass(frozen=True)
class Level:
    """Where a KPI stands by its verified figures, by its last day; None if nobody can say."""

    kpi: Kpi
    due_on: date
    level: Decimal | None


def list_levels(session: Session, kpis: Sequence[Kpi]) -> list[Level]:
    """Where these KPIs stand, in their order."""
    standings, found = map_standings(session, [kpi.id for kpi in kpis]), []
    for kpi, goal in zip(kpis, list_goals(session, kpis), strict=True):
        standing = standings[kpi.id]
        change = goal.find_change(standing.verified, standing.verified_figures, standing.verified_weight)
        level = EXACT.add(goal.baseline, change) if change is not None and standing.verified_figures else None
        found.append(Level(kpi, goal.ends_on, level))
    return found


def move_follow_ups(session: Session, kpis: Sequence[Kpi], ends_on: date, now: datetime) -> None:
    """Let the follow-ups among these KPIs of a campaign that now ends on `ends_on` begin and be due after that."""
    for kpi in kpis:
        if kpi.follow_months is None:
            continue
        days = ends_on + timedelta(days=1), add_months(ends_on, kpi.follow_months)
        if days != (kpi.begins_on, kpi.due_on):
            kpi.begins_on, kpi.due_on, kpi.updated_at = *days, now
    session.flush()
