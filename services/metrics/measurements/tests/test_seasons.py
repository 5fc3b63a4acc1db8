"""Learning the seasons from the past year, and being judged by them and by interim targets."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.queries import map_seasons, map_standings
from services.metrics.indicators.models import Indicator, InterimTarget, Kpi
from services.metrics.indicators.service.judging import assess_kpis
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.service.seasons import learn_seasons
from services.metrics.measurements.tests.factories import deliver, report
from shared.clock import new_id

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def make_seasonal(session: Session, partner: UUID, **changes: object) -> Kpi:
    campaign = make_campaign(session, partner, starts_on=date(2025, 1, 1), ends_on=date(2027, 12, 31))
    kpi = make_kpi(session, campaign)
    kpi.pace = "seasonal"
    for name, value in changes.items():
        setattr(kpi, name, value)
    session.flush()
    return kpi


def report_a_year(session: Session, kpi: Kpi, partner: UUID) -> None:
    days = ["2025-11-10", "2025-12-10", *(f"2026-{month:02}-10" for month in range(1, 11))]
    items = [report(day, "9" if day.startswith("2026-07") else "1", day) for day in days]
    assert deliver(session, kpi.campaign_id, partner, items, now=NOW).rejected == []


def test_the_past_year_is_learned_once_a_month_and_judged_by(session: Session) -> None:
    partner = make_partner(session)
    kpi = make_seasonal(session, partner)
    report_a_year(session, kpi, partner)
    learn_seasons(session, NOW)
    weights = map_seasons(session, [kpi.id])[kpi.id]
    assert weights[6] == Decimal(9) / 20
    assert "the seasons of the past year" in map_standings(session, [kpi.id])[kpi.id].reason
    deliver(session, kpi.campaign_id, partner, [report("late", "90", "2026-01-20")], now=NOW)
    learn_seasons(session, NOW)
    assert map_seasons(session, [kpi.id])[kpi.id] == weights
    learn_seasons(session, datetime(2026, 12, 1, 1, tzinfo=UTC))
    assert map_seasons(session, [kpi.id])[kpi.id][0] > Decimal("0.8")


def test_a_campaign_in_its_first_year_has_the_seasons_of_those_before_it(session: Session) -> None:
    partner = make_partner(session)
    definition = make_definition(session)
    old = make_seasonal(session, partner, indicator_id=definition)
    report_a_year(session, old, partner)
    new = make_seasonal(session, partner, indicator_id=definition)
    learn_seasons(session, NOW)
    seasons = map_seasons(session, [old.id, new.id])
    assert seasons[new.id] == seasons[old.id]


def test_interim_targets_of_the_present_target_are_what_it_is_judged_by(session: Session) -> None:
    partner = make_partner(session)
    campaign = make_campaign(session, partner, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    kpi = make_kpi(session, campaign)
    kpi.pace = "interim"
    for number, level in ((1, 10), (2, 999)):
        session.add(
            InterimTarget(
                kpi_id=kpi.id, target_number=number, due_on=date(2026, 11, 22), value=Decimal(level), created_at=NOW
            )
        )
    session.flush()
    deliver(session, campaign, partner, [report("a", "10", "2026-06-01")], now=NOW)
    assess_kpis(session, [kpi.id], NOW)
    standing = map_standings(session, [kpi.id])[kpi.id]
    assert (standing.status, standing.reason) == (
        "on_track", "1% of the target where the interim targets ask for 1% by now",
    )  # fmt: skip


def make_definition(session: Session) -> UUID:
    made = Indicator(
        id=new_id(), code="waste", name="Waste", sort_name="waste", unit="t", direction="increase", aggregation="sum",
        description="", means="", dimensions=[], codes={}, retired=False, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id
