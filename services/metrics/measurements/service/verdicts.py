"""Use cases: looking at reported figures and saying which of them count.

However many are decided on, it is one transaction and a fixed number of statements.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Unpack
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import lock_standings
from services.metrics.alerts.service import Standings
from services.metrics.events import DecidedFigure, FiguresDecided
from services.metrics.indicators.queries import get_kpi, list_kpis
from services.metrics.known.queries import get_campaign
from services.metrics.measurements.models import (
    ADJUSTMENT,
    JOINT,
    PROVISIONAL,
    REJECTED,
    RETURNED,
    SUPERSEDED,
    VERIFIED,
    FigureVerdict,
    Measurement,
)
from services.metrics.measurements.queries import Chosen, Filters, list_matching, read_chosen
from services.metrics.measurements.service.ledger import Restatements, Side
from services.metrics.measurements.service.rollups import Moves, apply_moves
from shared.clock import new_id
from shared.database.bulk import insert_rows
from shared.database.history import note
from shared.errors import Conflict, Invalid
from shared.identity import Identity
from shared.messaging.outbox import record

#: How many figures are ticked in one go, and how many are decided on by a filter.
AT_ONCE = 1000
MATCHING_AT_ONCE = 5000
_DONE = {VERIFIED: "verified", REJECTED: "rejected", RETURNED: "returned"}


def verify_figures(session: Session, by: Identity, campaign_id: UUID, ids: Collection[UUID], now: datetime) -> int:
    """Let these figures of the campaign count as verified; returns how many did not before.

    Of a joint claim all shares are decided on together. Raises `Conflict` if one of them was corrected meanwhile, so
    that nobody verifies what they have not seen.
    """
    return decide_figures(session, by, campaign_id, ids, VERIFIED, None, now)


def reject_figures(
    session: Session, by: Identity, campaign_id: UUID, ids: Collection[UUID], reason: str, now: datetime
) -> int:
    """Let these figures of the campaign not count, for `reason`; returns how many did before. Raises as above."""
    return decide_figures(session, by, campaign_id, ids, REJECTED, reason, now)


def return_figures(
    session: Session, by: Identity, campaign_id: UUID, ids: Collection[UUID], reason: str, now: datetime
) -> int:
    """Give these figures back to their partners, with `reason` as a note; they don't count until they come again.

    Raises as above, and `Invalid` for joint work and adjustments, which we entered ourselves.
    """
    return decide_figures(session, by, campaign_id, ids, RETURNED, reason, now)


def decide_figures(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    ids: Collection[UUID],
    verdict: str,
    reason: str | None,
    now: datetime,
) -> int:
    """Decide on the figures with these ids; raises as the above."""
    get_campaign(session, by, campaign_id)
    wanted = set(ids)
    if not wanted:
        raise Invalid({"ids": "Choose at least one figure."})
    if len(wanted) > AT_ONCE:
        raise Invalid({"ids": f"Choose at most {AT_ONCE} figures at a time."})
    kpis = {kpi.id: kpi.key for kpi in list_kpis(session, campaign_id)}
    standings = lock_standings(session, kpis)
    chosen = read_chosen(session, kpis, wanted)
    if not wanted <= {each.id for each in chosen}:
        raise Invalid({"ids": "Some of these are not figures of this campaign. Load the page again."})
    if any(each.status == SUPERSEDED for each in chosen):
        raise Conflict("Some of these figures were corrected by the partner meanwhile. Load the page again to see how.")
    return _decide(session, by, campaign_id, kpis, standings, chosen, verdict, reason, now)


def decide_matching(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    verdict: str,
    reason: str | None,
    now: datetime,
    *,
    up_to: UUID,
    kpi: str | None = None,
    **filters: Unpack[Filters],
) -> int:
    """Decide on all figures that fit the filters, provisional ones unless another status is asked for.

    Those that came after `up_to`, the newest figure that was seen, are left alone. Returns how many changed; raises
    `Invalid` where more than `MATCHING_AT_ONCE` fit.
    """
    get_campaign(session, by, campaign_id)
    kpis = {each.id: each.key for each in list_kpis(session, campaign_id)}
    wanted = {get_kpi(session, by, campaign_id, kpi).id} if kpi else set(kpis)
    standings = lock_standings(session, kpis)
    if not filters.get("status"):
        filters["status"] = PROVISIONAL
    ids = list_matching(session, wanted, up_to, MATCHING_AT_ONCE + 1, **filters)
    if len(ids) > MATCHING_AT_ONCE:
        raise Invalid({"": f"More than {MATCHING_AT_ONCE} figures fit. Narrow the choice, for instance to a period."})
    chosen = [each for each in read_chosen(session, kpis, ids) if each.status != SUPERSEDED]
    return _decide(session, by, campaign_id, kpis, standings, chosen, verdict, reason, now)


def _decide(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    kpis: Mapping[UUID, str],
    standings: Standings,
    chosen: Sequence[Chosen],
    verdict: str,
    reason: str | None,
    now: datetime,
) -> int:
    if verdict == RETURNED and any(each.source in (JOINT, ADJUSTMENT) for each in chosen):
        raise Invalid({"ids": "Joint work and adjustments are entered by us: reject them instead."})
    moves, restatements = Moves(), Restatements(standings, dict.fromkeys(kpis, campaign_id), now)
    chosen = [each for each in chosen if each.status != verdict]
    restated = []
    for each in chosen:
        where = (each.kpi_id, each.organisation_id, each.period_end, each.value, each.weight)
        moves.add(*where, each.status, -1, parts=each.parts)
        moves.add(*where, verdict, parts=each.parts)
        month = each.period_end.replace(day=1)
        sides = Side(month, each.value, each.status), Side(month, each.value, verdict)
        place = (each.kpi_id, each.organisation_id, each.id)
        if restatements.add(place, *sides, reason or _DONE[verdict], by.name):
            restated.append(each.id)
    if chosen:
        _write(session, by, [each.id for each in chosen], restated, verdict, reason, now)
        restatements.write(session)
        apply_moves(session, standings, moves, now)
        _tell_partners(session, kpis, chosen, verdict, reason, now)
        done = _DONE[verdict]
        action = f"{done} one figure" if len(chosen) == 1 else f"{done} {len(chosen)} figures"
        note(session, by, action, campaign_id, at=now, **({"reason": reason} if reason else {}))
    return len(chosen)


def _write(
    session: Session,
    by: Identity,
    ids: Sequence[UUID],
    restated: Sequence[UUID],
    verdict: str,
    reason: str | None,
    now: datetime,
) -> None:
    decided = {"status": verdict, "reason": reason, "decided_by": by.name, "decided_at": now}
    session.execute(update(Measurement).where(Measurement.id.in_(ids)).values(decided))
    if restated:
        session.execute(update(Measurement).where(Measurement.id.in_(restated)).values(restated=True))
    told = {"status": verdict, "reason": reason, "person_name": by.name, "created_at": now}
    insert_rows(session, FigureVerdict, [{"id": new_id(), "figure_id": each, **told} for each in ids])


def _tell_partners(
    session: Session,
    kpis: Mapping[UUID, str],
    chosen: Sequence[Chosen],
    verdict: str,
    reason: str | None,
    now: datetime,
) -> None:
    """Publish, by submission, what its partner should know: what no longer counts, and what does so after all."""
    told: defaultdict[tuple[UUID, UUID], list[DecidedFigure]] = defaultdict(list)
    for each in chosen:
        if each.submission_id and (verdict != VERIFIED or each.status in (REJECTED, RETURNED)):
            figure = DecidedFigure(kpis[each.kpi_id], each.reference)
            told[(each.submission_id, each.organisation_id)].append(figure)
    for (submission_id, organisation_id), figures in told.items():
        record(session, FiguresDecided(submission_id, organisation_id, verdict, reason or "", figures), now=now)
