"""The pace falls with time alone."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.service.judging import assess_due
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.tests.factories import deliver, report
from shared.testing.databases import Bus


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
