"""What is wanted by when, on other ways than a straight line."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.metrics.alerts.judgement import INTERIM, SEASONAL, Goal, describe, judge
from services.metrics.alerts.plans import plan_by_interim, plan_by_seasons, weigh_months
from shared.clock import new_id

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
GOAL = Goal(new_id(), new_id(), "waste", "Waste", "t", "sum", Decimal(100), Decimal(300), 1, FIRST, LAST)
#: A quarter of the year's waste comes in June, another in July, the rest evenly.
STORMY = [Decimal(1)] * 5 + [Decimal(5), Decimal(5)] + [Decimal(1)] * 5


def after(day: date) -> date:
    """The day on which `day` is over."""
    return day + timedelta(days=1)


def test_between_interim_targets_the_plan_goes_evenly() -> None:
    middle = date(2026, 6, 30)
    plan = plan_by_interim(Decimal(100), Decimal(300), [(middle, Decimal(150))])
    goal = replace(GOAL, pace=INTERIM, plan=plan)
    assert goal.measure_plan(FIRST) == 0
    assert goal.measure_plan(after(middle)) == Decimal("0.25")
    assert goal.measure_plan(after(LAST)) == 1
    half = goal.measure_plan(FIRST + timedelta(days=181 // 2))
    assert Decimal("0.12") < half < Decimal("0.13")
    found = judge(goal, Decimal(50), 1, 1, after(middle))
    assert (found.status, describe(found)) == (
        "on_track", "25% of the target where the interim targets ask for 25% by now",
    )  # fmt: skip
    # A straight line would have asked for half of it.
    assert judge(GOAL, Decimal(50), 1, 1, after(middle)).status == "off_track"


def test_the_seasons_ask_for_much_where_last_year_had_much() -> None:
    plan = plan_by_seasons(FIRST, LAST, STORMY)
    goal = replace(GOAL, pace=SEASONAL, plan=plan)
    assert goal.measure_plan(after(date(2026, 5, 31))) == Decimal("0.25")
    assert goal.measure_plan(after(date(2026, 7, 31))) == Decimal("0.75")
    found = judge(goal, Decimal(50), 1, 1, after(date(2026, 5, 31)))
    assert (found.status, describe(found)) == (
        "on_track", "25% of the target where the seasons of the past year ask for 25% by now",
    )  # fmt: skip


def test_a_month_that_is_partly_in_counts_by_its_days() -> None:
    plan = plan_by_seasons(date(2026, 6, 16), date(2026, 7, 31), STORMY)
    assert [day for day, _share in plan] == [date(2026, 6, 30), date(2026, 7, 31)]
    assert round(plan[0][1], 6) == round(Decimal(1) / 3, 6)
    assert plan[-1][1] == 1


def test_several_years_have_the_same_seasons_each() -> None:
    plan = plan_by_seasons(FIRST, date(2027, 12, 31), STORMY)
    assert dict(plan)[date(2026, 12, 31)] == Decimal("0.5")


def test_months_in_which_nothing_is_wanted_make_no_plan() -> None:
    winter = [Decimal(1)] + [Decimal(0)] * 11
    assert plan_by_seasons(date(2026, 6, 1), date(2026, 7, 31), winter) == ()


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({}, True),
        # The month that is still running doesn't count, nor do those more than a year ago.
        ({date(2026, 11, 1): Decimal(900), date(2024, 11, 1): Decimal(900)}, True),
        ({date(2026, 3, 1): Decimal(-1)}, False),
        ({date(2025, 11, 1): None}, False),
    ],
)
def test_the_past_year_must_be_whole_and_only_grow(change: dict[date, Decimal | None], known: bool) -> None:
    months = [date(2025, 11, 1), date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 11))]
    sums = dict.fromkeys(months, Decimal(2)) | change
    weights = weigh_months(
        [(month, amount) for month, amount in sums.items() if amount is not None], date(2026, 11, 23)
    )
    assert (len(weights) == 12) is known
    assert len(set(weights)) == known


def test_a_goal_without_a_plan_counts_by_time() -> None:
    goal = replace(GOAL, pace=SEASONAL)
    found = judge(goal, Decimal(50), 1, 1, after(date(2026, 6, 30)))
    assert found.wanted == found.time
    assert describe(found) == "25% of the target at 49% of the time"
