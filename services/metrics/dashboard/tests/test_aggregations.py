"""What figures come to under each aggregation, kept as they come, change and go."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.alerts.levels import REPORTED
from services.metrics.dashboard.queries import read_board
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import Measurement
from services.metrics.measurements.service.merge import merge_figures
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.service.verdicts import reject_figures
from services.metrics.measurements.tests.factories import deliver, reasons, report, stand
from shared.clock import utc_now
from shared.testing.people import make_identity

TODAY = date(2026, 11, 23)
#: (who, reference, value, weight, day): two partners, three months.
FIGURES = [
    ("one", "a", "10", "2", "2020-01-10"),
    ("one", "b", "4", "1", "2020-01-20"),
    ("one", "c", "7", "1", "2020-03-05"),
    ("two", "a", "3", "4", "2020-02-01"),
    ("two", "b", "-2", "2", "2020-01-31"),
]
#: The level of these figures; then with one's "c" corrected to 1; then with two's "b" rejected.
LEVELS = {
    "sum": ("22", "16", "18"),
    "count": ("5", "5", "4"),
    "mean": ("4.4", "3.2", "4.5"),
    "weighted_mean": ("3.9", "3.3", "4.625"),
    "latest": ("10", "4", "4"),
    "minimum": ("-2", "-2", "1"),
    "maximum": ("10", "10", "10"),
}


@pytest.mark.parametrize("aggregation", REPORTED)
def test_a_level_follows_reports_corrections_and_rejections(session: Session, aggregation: str) -> None:
    partners = {name: make_partner(session, name) for name in ("one", "two")}
    campaign = make_campaign(session, *partners.values())
    kpi = make_kpi(session, campaign, aggregation=aggregation)

    def send(who: str, reference: str, value: str, weight: str, day: str) -> None:
        item = report(reference, value, day, weight=weight)
        assert deliver(session, campaign, partners[who], [item]).rejected == []

    def expect(level: str) -> None:
        [board] = read_board(session, make_identity(), campaign, TODAY).kpis
        assert board.value == Decimal(level)
        assert recount_kpi(session, kpi.id, utc_now()) == []

    for figure in FIGURES:
        send(*figure)
    first, corrected, rejected = LEVELS[aggregation]
    expect(first)
    send("one", "c", "1", "1", "2020-03-05")
    expect(corrected)
    dropped = session.scalars(select(Measurement.id).where(Measurement.value == Decimal(-2))).one()
    reject_figures(session, make_identity(), campaign, [dropped], "No such day.", utc_now())
    expect(rejected)


def test_two_partners_who_turn_out_to_be_one_hold_one_latest_figure(session: Session) -> None:
    one, two = make_partner(session, "one"), make_partner(session, "two")
    campaign = make_campaign(session, one, two)
    kpi = make_kpi(session, campaign, aggregation="latest")
    deliver(session, campaign, one, [report("a", "10", "2020-01-10")])
    deliver(session, campaign, two, [report("a", "3", "2020-02-10"), report("b", "5", "2020-01-05")])
    assert stand(session, campaign).verified == 13
    merge_figures(session, two, one, utc_now())
    assert stand(session, campaign).verified == 3
    assert recount_kpi(session, kpi.id, utc_now()) == []


@pytest.mark.parametrize(
    ("weight", "reason"), [(None, "Send a weight too"), ("0", "more than 0"), ("many", "can't be used")]
)
def test_a_weighted_mean_needs_weights(session: Session, weight: Any, reason: str) -> None:
    partner = make_partner(session)
    campaign = make_campaign(session, partner)
    make_kpi(session, campaign, aggregation="weighted_mean")
    [refused] = reasons(deliver(session, campaign, partner, [report(weight=weight)]))
    assert reason in refused


def test_a_mean_of_nothing_is_no_value_and_no_zero(session: Session) -> None:
    campaign = make_campaign(session, make_partner(session))
    make_kpi(session, campaign, aggregation="mean", baseline=Decimal(3), target=Decimal(5))
    [board] = read_board(session, make_identity(), campaign, TODAY).kpis
    assert (board.value, board.status) == (None, "no_data")
