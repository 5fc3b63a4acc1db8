"""Moving a KPI's sums, judging it again, and telling others when the judgement changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import NO_DATA, REACHED, Goal, describe, judge
from services.metrics.alerts.levels import DERIVED
from services.metrics.alerts.models import Season, Standing
from services.metrics.alerts.queries import list_contributors, lock_standings
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
    verified_weight: Decimal = Decimal(0)
    provisional_weight: Decimal = Decimal(0)

    def add(self, value: Decimal, weight: Decimal | None, *, verified: bool, sign: int = 1) -> None:
        """Count a figure in, or out with `sign` -1; one that has a weight counts as its value times that."""
        amount = value if weight is None else EXACT.multiply(value, weight)
        weighs = weight or Decimal(0)
        if sign < 0:
            # Python's unary minus would round to 28 digits.
            amount, weighs = amount.copy_negate(), weighs.copy_negate()
        self.figures += sign
        if verified:
            self.verified = EXACT.add(self.verified, amount)
            self.verified_weight = EXACT.add(self.verified_weight, weighs)
            self.verified_figures += sign
        else:
            self.provisional = EXACT.add(self.provisional, amount)
            self.provisional_weight = EXACT.add(self.provisional_weight, weighs)

    def join(self, other: "Move") -> None:
        """Add another move to this one."""
        self.verified = EXACT.add(self.verified, other.verified)
        self.provisional = EXACT.add(self.provisional, other.provisional)
        self.figures += other.figures
        self.verified_figures += other.verified_figures
        self.verified_weight = EXACT.add(self.verified_weight, other.verified_weight)
        self.provisional_weight = EXACT.add(self.provisional_weight, other.provisional_weight)

    def __bool__(self) -> bool:
        amounts = self.verified or self.provisional or self.verified_weight or self.provisional_weight
        return bool(amounts or self.figures or self.verified_figures)


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
        verified_weight=Decimal(0),
        provisional_weight=Decimal(0),
        derived=goal.aggregation in DERIVED,
        told_target=None,
    )
    standing.reason = describe(judge(goal, None, 0, 0, now.date()))
    session.add(standing)
    session.flush()


def keep_season(session: Session, kpi_id: UUID, weights: Iterable[Decimal], now: datetime) -> None:
    """Hold the KPI against these shares of the months from now on; none if the past year says nothing."""
    season = session.get(Season, kpi_id)
    if season is None:
        season = Season(kpi_id=kpi_id, created_at=now)
        session.add(season)
    season.weights, season.learned_on = [str(each) for each in weights], now.date()
    session.flush()


def move_standings(
    session: Session,
    standings: Standings,
    goals: Iterable[Goal],
    moves: Mapping[UUID, Move],
    now: datetime,
    picked: Mapping[UUID, tuple[Decimal, Decimal]] | None = None,
) -> None:
    """Add `moves` to the sums of the KPIs with these goals, each once, and judge them.

    `standings` are theirs by id of KPI, locked; the goals were read after the lock was had. `picked` has the verified
    and the provisional amount of KPIs whose aggregation picks one: they take the place of what stood there.
    """
    for goal in goals:
        standing = standings[goal.kpi_id]
        if move := moves.get(goal.kpi_id):
            Move.join(standing, move)  # type: ignore[arg-type]
        if picked and goal.kpi_id in picked:
            standing.verified, standing.provisional = picked[goal.kpi_id]
        _assess(session, goal, standing, now)
    session.flush()


def assess(session: Session, goals: Iterable[Goal], now: datetime) -> None:
    """Judge these KPIs again: their target, their campaign's dates or the day have changed."""
    goals = list(goals)
    move_standings(session, lock_standings(session, [goal.kpi_id for goal in goals]), goals, {}, now)


def keep_telling(session: Session, kpi_id: UUID, number: int) -> None:
    """If the reaching of the target before `number` has been told, let this one count as told: it is the same level."""
    standing = lock_standings(session, [kpi_id])[kpi_id]
    if standing.told_target == number - 1:
        standing.told_target = number
    session.flush()


def put_right(session: Session, goal: Goal, sums: Move, now: datetime) -> None:
    """Make `sums`, counted anew from the ledger, what the KPI stands at."""
    standing = lock_standings(session, [goal.kpi_id])[goal.kpi_id]
    standing.verified, standing.provisional = sums.verified, sums.provisional
    standing.figures, standing.verified_figures = sums.figures, sums.verified_figures
    standing.verified_weight, standing.provisional_weight = sums.verified_weight, sums.provisional_weight
    _assess(session, goal, standing, now)
    session.flush()


def _assess(session: Session, goal: Goal, standing: Standing, now: datetime) -> None:
    change = goal.find_change(standing.verified, standing.verified_figures, standing.verified_weight)
    found = judge(goal, change, standing.figures, standing.verified_figures, now.date())
    before, standing.status, standing.reason = standing.status, found.status, describe(found)
    standing.assessed_on = now.date()
    if before != found.status:
        record(
            session,
            KpiStatusChanged(goal.kpi_id, goal.campaign_id, goal.key, goal.name, before, found.status, standing.reason),
            now=now,
        )
    if found.status == REACHED and change is not None and standing.told_target != goal.target_number:
        standing.told_target = goal.target_number
        value = EXACT.add(goal.baseline, change)
        reached = KpiTargetReached(
            goal.kpi_id, goal.campaign_id, goal.key, goal.name, goal.unit, goal.target, value, now,
            list(list_contributors(session, goal.kpi_id)),
        )  # fmt: skip
        record(session, reached, now=now)
