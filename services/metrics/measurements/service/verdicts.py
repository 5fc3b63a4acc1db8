"""Use cases: looking at reported figures and saying which of them count."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.queries import lock_standings
from services.metrics.indicators.queries import list_kpis
from services.metrics.known.queries import get_campaign
from services.metrics.measurements.models import REJECTED, SUPERSEDED, VERIFIED, Measurement
from services.metrics.measurements.queries import lock_figures
from services.metrics.measurements.service.rollups import Moves, apply_moves
from shared.database.history import note
from shared.errors import Conflict, Invalid
from shared.identity import Identity

#: How many figures are decided on in one go.
AT_ONCE = 500


def verify_figures(session: Session, by: Identity, campaign_id: UUID, ids: Collection[UUID], now: datetime) -> int:
    """Let these figures of the campaign count as verified; returns how many did not before.

    Raises `Conflict` if one of them was corrected meanwhile, so that nobody verifies what they have not seen.
    """
    chosen = _choose(session, by, campaign_id, ids)
    return _decide(session, by, campaign_id, chosen, VERIFIED, None, now)


def reject_figures(
    session: Session, by: Identity, campaign_id: UUID, ids: Collection[UUID], reason: str, now: datetime
) -> int:
    """Let these figures of the campaign not count, for `reason`; returns how many did before. Raises as above."""
    chosen = _choose(session, by, campaign_id, ids)
    return _decide(
        session, by, campaign_id, [each for each in chosen if each.status != REJECTED], REJECTED, reason, now
    )


def _choose(session: Session, by: Identity, campaign_id: UUID, ids: Collection[UUID]) -> Sequence[Measurement]:
    get_campaign(session, by, campaign_id)
    wanted = set(ids)
    if not wanted:
        raise Invalid({"ids": "Choose at least one figure."})
    if len(wanted) > AT_ONCE:
        raise Invalid({"ids": f"Choose at most {AT_ONCE} figures at a time."})
    kpi_ids = [kpi.id for kpi in list_kpis(session, campaign_id)]
    lock_standings(session, kpi_ids)
    chosen = lock_figures(session, kpi_ids, wanted)
    if len(chosen) != len(wanted):
        raise Invalid({"ids": "Some of these are not figures of this campaign. Load the page again."})
    if any(each.status == SUPERSEDED for each in chosen):
        raise Conflict("Some of these figures were corrected by the partner meanwhile. Load the page again to see how.")
    return chosen


def _decide(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    chosen: Sequence[Measurement],
    status: str,
    reason: str | None,
    now: datetime,
) -> int:
    moves = Moves()
    chosen = [each for each in chosen if each.status != status]
    for each in chosen:
        where = (each.kpi_id, each.organisation_id, each.period_end, each.value, each.weight)
        moves.add(*where, each.status, -1)
        moves.add(*where, status)
        each.status, each.reason, each.decided_by, each.decided_at = status, reason, by.name, now
    session.flush()
    if chosen:
        apply_moves(session, lock_standings(session, {each.kpi_id for each in chosen}), moves, now)
        done = "verified" if status == VERIFIED else "rejected"
        action = f"{done} one figure" if len(chosen) == 1 else f"{done} {len(chosen)} figures"
        note(session, by, action, campaign_id, at=now, **({"reason": reason} if reason else {}))
    return len(chosen)
