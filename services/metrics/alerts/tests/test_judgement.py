"""Whether a KPI keeps pace with its target, and how that is put into words."""

from datetime import date
from decimal import Decimal

import pytest

from services.metrics.alerts.judgement import Goal, describe, judge
from shared.clock import new_id

#: A campaign of exactly 100 days.
FIRST, LAST = date(2027, 1, 1), date(2027, 4, 10)


def make_goal(target: str = "1000", baseline: str = "0") -> Goal:
    return Goal(
        new_id(), new_id(), "waste", "Waste removed", "t", "sum", Decimal(baseline), Decimal(target), 1, FIRST, LAST
    )


@pytest.mark.parametrize(
    ("verified", "today", "status", "reason"),
    [
        ("1000", date(2027, 2, 20), "reached", "100% of the target at 50% of the time"),
        ("1400.5", date(2027, 2, 20), "reached", "140% of the target at 50% of the time"),
        ("999.999", date(2027, 2, 20), "on_track", "99% of the target at 50% of the time"),
        ("450", date(2027, 2, 20), "on_track", "45% of the target at 50% of the time"),
        ("449.9", date(2027, 2, 20), "at_risk", "44% of the target at 50% of the time"),
        ("300", date(2027, 2, 20), "at_risk", "30% of the target at 50% of the time"),
        ("299", date(2027, 2, 20), "off_track", "29% of the target at 50% of the time"),
        ("-10", date(2027, 2, 20), "off_track", "-1% of the target at 50% of the time"),
        ("0", date(2027, 1, 1), "on_track", "0% of the target at 0% of the time"),
        ("950", LAST, "on_track", "95% of the target at 99% of the time"),
        ("950", date(2027, 4, 11), "off_track", "95% of the target, and the campaign is over"),
        ("1000", date(2028, 1, 1), "reached", "100% of the target, and the campaign is over"),
        ("10", date(2026, 12, 1), "on_track", "1% of the target before the campaign begins"),
    ],
)
def test_the_pace_is_a_straight_line_from_the_first_day_to_the_last(
    verified: str, today: date, status: str, reason: str
) -> None:
    found = judge(make_goal(), Decimal(verified), 1, 1, today)
    assert (found.status, describe(found)) == (status, reason)


@pytest.mark.parametrize(
    ("figures", "today", "reason"),
    [
        (0, date(2026, 12, 1), "The campaign has not begun"),
        (0, date(2027, 2, 20), "No figures yet at 50% of the time"),
        (3, date(2027, 2, 20), "Figures came in, and none is verified yet, at 50% of the time"),
        (3, date(2026, 12, 1), "Figures came in before the campaign begins, and none is verified yet"),
    ],
)
def test_nothing_is_said_of_the_pace_before_a_figure_is_verified(figures: int, today: date, reason: str) -> None:
    found = judge(make_goal(), Decimal(0), figures, 0, today)
    assert (found.status, describe(found)) == ("no_data", reason)


def test_where_less_is_better_the_way_leads_down() -> None:
    goal = make_goal(target="800", baseline="1000")
    assert judge(goal, Decimal(-100), 1, 1, date(2027, 2, 20)).status == "on_track"
    assert judge(goal, Decimal(-200), 1, 1, date(2027, 2, 20)).status == "reached"
    assert judge(goal, Decimal(50), 1, 1, date(2027, 2, 20)).status == "off_track"


def test_the_target_is_compared_exactly_where_shares_are_rounded() -> None:
    goal = make_goal(target="999999999999999999.000000000001")
    just_below = Decimal("999999999999999999.000000000000")
    assert judge(goal, just_below, 1, 1, date(2027, 2, 20)).status == "on_track"
    assert describe(judge(goal, just_below, 1, 1, date(2027, 2, 20))).startswith("99%")
    assert judge(goal, goal.target, 1, 1, date(2027, 2, 20)).status == "reached"


def test_a_campaign_of_one_day_has_a_pace_too() -> None:
    goal = Goal(new_id(), new_id(), "k", "K", "t", "sum", Decimal(0), Decimal(1), 1, FIRST, FIRST)
    assert judge(goal, Decimal("0.5"), 1, 1, FIRST).status == "on_track"
    assert judge(goal, Decimal("0.5"), 1, 1, LAST).status == "off_track"
