"""Use cases: what a KPI is to reach, and changing that with a reason that stays."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.service import assess
from services.metrics.indicators.models import DECREASE, INCREASE, Kpi, TargetChange
from services.metrics.indicators.queries import get_kpi, list_goals
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Invalid
from shared.fields import plain
from shared.identity import Identity
from shared.messaging.wake import announce


def change_target(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    key: str,
    seen_version: int,
    now: datetime,
    *,
    target: Decimal,
    reason: str,
) -> Kpi:
    """The KPI with another target; the former one is kept with the reason. Raises `Stale` if it changed meanwhile."""
    kpi = get_kpi(session, by, campaign_id, key)
    require_version(session, kpi, seen_version)
    check_target(kpi.direction, kpi.baseline, target)
    if target == kpi.target:
        raise Invalid({"target": "This is the target already."})
    former, kpi.target, kpi.updated_at = kpi.target, target, now
    kpi.target_number += 1
    session.add(
        TargetChange(
            kpi_id=kpi.id,
            number=kpi.target_number,
            former=former,
            target=target,
            reason=reason,
            person_name=by.name,
            created_at=now,
        )
    )
    session.flush()
    # Standings are locked before the history everywhere, so that two who change things can't wait for each other.
    assess(session, list_goals(session, [kpi]), now)
    before, after = {kpi.name: plain(former)}, {kpi.name: plain(target)}
    for subject in (campaign_id, kpi.id):
        note(session, by, "changed a target", subject, at=now, before=before, after=after, reason=reason)
    announce(session, f"campaign:{campaign_id}")
    return kpi


def check_target(direction: str, baseline: Decimal, target: Decimal) -> None:
    """Raise `Invalid` unless getting from `baseline` to `target` is what `direction` calls better."""
    if target == baseline:
        raise Invalid({"target": "The target must differ from the baseline, or there is nothing to reach."})
    if direction == INCREASE and target < baseline:
        raise Invalid({"target": "Where more is better, the target must be above the baseline."})
    if direction == DECREASE and target > baseline:
        raise Invalid({"target": "Where less is better, the target must be below the baseline."})
