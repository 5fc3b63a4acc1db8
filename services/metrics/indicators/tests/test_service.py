"""Targets change with a reason, and the pace falls with time alone."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import map_standings
from services.metrics.indicators import service as indicators
from services.metrics.indicators.queries import list_target_changes
from services.metrics.indicators.service import assess_due, change_target
from services.metrics.tests.factories import deliver, make_campaign, make_kpi, make_partner, report
from shared.clock import utc_now
from shared.errors import Invalid, Stale
from shared.testing.databases import Bus
from shared.testing.people import make_identity


def test_a_changed_target_keeps_the_former_one_its_reason_and_who_changed_it(session: Session) -> None:
    campaign = make_campaign(session)
    kpi = make_kpi(session, campaign)
    by = make_identity(name="Thandi Mokoena")
    for version, target in ((1, "1200"), (2, "900.50")):
        change_target(
            session, by, campaign, "waste", version, utc_now(), target=Decimal(target), reason=f"To {target}."
        )
    changes = list_target_changes(session, [kpi.id])
    assert [(each.number, each.former, each.target, each.reason, each.person_name) for each in changes] == [
        (2, 1000, 1200, "To 1200.", "Thandi Mokoena"),
        (3, 1200, Decimal("900.5"), "To 900.50.", "Thandi Mokoena"),
    ]


def test_two_people_cannot_change_a_target_unseen(session: Session) -> None:
    campaign = make_campaign(session)
    make_kpi(session, campaign)
    by = make_identity(name="Thandi Mokoena")
    change_target(session, by, campaign, "waste", 1, utc_now(), target=Decimal(5), reason="Less.")
    with pytest.raises(Stale, match="Thandi Mokoena changed a target since you opened this"):
        change_target(session, by, campaign, "waste", 1, utc_now(), target=Decimal(6), reason="More.")


@pytest.mark.parametrize("target", ["0", "-1", "1000"])
def test_a_target_that_is_no_target_is_refused(session: Session, target: str) -> None:
    campaign = make_campaign(session)
    make_kpi(session, campaign)
    with pytest.raises(Invalid):
        change_target(
            session, make_identity(), campaign, "waste", 1, utc_now(), target=Decimal(target), reason="A try."
        )


def test_the_pace_falls_with_time_and_the_fall_is_told_once(session: Session, bus: Bus) -> None:
    partner = make_partner(session)
    campaign = make_campaign(session, partner, starts_on=date(2027, 1, 1), ends_on=date(2027, 4, 10))
    begun = datetime(2027, 1, 2, 9, tzinfo=UTC)
    kpi = make_kpi(session, campaign)
    deliver(session, campaign, partner, [report("a", "400", "2027-01-02")], now=begun)
    assert map_standings(session, [kpi.id])[kpi.id].status == "on_track"
    for day in range(2, 60):
        assess_due(session, begun + timedelta(days=day))
    session.commit()
    told = [(each.data["before"], each.data["after"]) for each in bus.published("kpi_status_changed")]
    assert told == [("no_data", "on_track"), ("on_track", "at_risk")]
    assert map_standings(session, [kpi.id])[kpi.id].reason == "40% of the target at 60% of the time"


def test_the_daily_judgement_takes_a_few_at_a_time_and_each_once_a_day(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indicators, "CHUNK", 2)
    campaign = make_campaign(session)
    for number in range(3):
        make_kpi(session, campaign, key=f"kpi_{number}")
    tomorrow = utc_now() + timedelta(days=1)
    assert [assess_due(session, tomorrow) for _run in range(3)] == [True, False, False]
