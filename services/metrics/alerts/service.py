"""Moving a KPI's sums, judging it again, and telling others when the judgement changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import NO_DATA, REACHED, Goal, describe, judge
from services.metrics.alerts.models import Standing
from services.metrics.alerts.queries import lock_standings
from services.metrics.events import KpiStatusChanged, KpiTargetReached
from shared.database.types import EXACT
from shared.messaging.outbox import record

#: By id of KPI.
Standings = Mapping[UUID, Standing]


@dataclass(slots=True)
class Move:
    """By how much sums change: amounts, and how many figures are behind them."""

    verified: Decimal = Decimal(0)
    provisional: Decimal = Decimal(0)
    figures: int = 0
    verified_figures: int = 0

    def add(self, value: Decimal, *, verified: bool, sign: int = 1) -> None:
        """Count a figure in, or out with `sign` -1."""
        # Python's unary minus would round to 28 digits.
        amount = value if sign > 0 else value.copy_negate()
        self.figures += sign
        if verified:
            self.verified = EXACT.add(self.verified, amount)
            self.verified_figures += sign
        else:
            self.provisional = EXACT.add(self.provisional, amount)

    def __bool__(self) -> bool:
        return bool(self.verified or self.provisional or self.figures or self.verified_figures)


def open_standing(session: Session, goal: Goal, now: datetime) -> None:
    """Begin to keep the sums of a new KPI."""
    standing = Standing(
        kpi_id=goal.kpi_id,
        created_at=now,
        verified=Decimal(0),
        provisional=Decimal(0),
        figures=0,
        verified_figures=0,
        status=NO_DATA,
        reason="",
        assessed_on=now.date(),
        told_target=None,
    )
    standing.reason = describe(judge(goal, Decimal(0), 0, 0, now.date()))
    session.add(standing)
    session.flush()


def move_standings(
    session: Session,
    standings: Standings,
    goals: Iterable[Goal],
    moves: Mapping[UUID, Move],
    now: datetime,
) -> None:
    """Add `moves` to the sums of the KPIs with these goals, each once, and judge them.

    `standings` are theirs by id of KPI, locked; the goals were read after the lock was had.
    """
    for goal in goals:
        standing = standings[goal.kpi_id]
        if move := moves.get(goal.kpi_id):
            standing.verified = EXACT.add(standing.verified, move.verified)
            standing.provisional = EXACT.add(standing.provisional, move.provisional)
            standing.figures += move.figures
            standing.verified_figures += move.verified_figures
        _assess(session, goal, standing, now)
    session.flush()


def assess(session: Session, goals: Iterable[Goal], now: datetime) -> None:
    """Judge these KPIs again: their target, their campaign's dates or the day have changed."""
    goals = list(goals)
    move_standings(session, lock_standings(session, [goal.kpi_id for goal in goals]), goals, {}, now)


def put_right(session: Session, goal: Goal, sums: Move, now: datetime) -> None:
    """Make `sums`, counted anew from the ledger, what the KPI stands at."""
    standing = lock_standings(session, [goal.kpi_id])[goal.kpi_id]
    standing.verified, standing.provisional = sums.verified, sums.provisional
    standing.figures, standing.verified_figures = sums.figures, sums.verified_figures
    _assess(session, goal, standing, now)
    session.flush()


def _assess(session: Session, goal: Goal, standing: Standing, now: datetime) -> None:
    found = judge(goal, standing.verified, standing.figures, standing.verified_figures, now.date())
    before, standing.status, standing.reason = standing.status, found.status, describe(found)
    standing.assessed_on = now.date()
    if before != found.status:
        record(
            session,
            KpiStatusChanged(goal.kpi_id, goal.campaign_id, goal.key, goal.name, before, found.status, standing.reason),
            now=now,
        )
    if found.status == REACHED and standing.told_target != goal.target_number:
        standing.told_target = goal.target_number
        value = EXACT.add(goal.baseline, standing.verified)
        record(
            session,
            KpiTargetReached(goal.kpi_id, goal.campaign_id, goal.key, goal.name, goal.unit, goal.target, value, now),
            now=now,
        )
