"""Flags on figures and on periods that nobody reported."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.indicators.models import Kpi
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import FigureFlag, Measurement
from services.metrics.measurements.queries import find_figures
from services.metrics.measurements.queries.records import find_flags
from services.metrics.measurements.service.flags import ROUND, check_figures, check_periods, explain_flag
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import floor_id, new_id, read_time, utc_now
from shared.errors import Conflict, NotFound
from shared.testing.people import make_identity


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner, starts_on=date(2015, 1, 1), ends_on=date(2015, 12, 31))
    make_kpi(session, campaign_id)
    return campaign_id


def send(session: Session, campaign: UUID, partner: UUID, *values: str, first: int = 1) -> None:
    items = [report(f"r{n}", value, f"2015-{n:02}-10") for n, value in enumerate(values, start=first)]
    deliver(session, campaign, partner, items)
    session.flush()


def check(session: Session) -> list[tuple[str, str]]:
    """Look at what is new; the flags by kind and the day of what they are about."""
    later = utc_now() + ROUND
    while check_figures(session, later):
        session.flush()
    found = session.scalars(select(FigureFlag).order_by(FigureFlag.id).execution_options(populate_existing=True))
    return [(flag.kind, flag.period_end.isoformat()) for flag in found if flag.closed_at is None]


def test_outliers_and_repeats_are_flagged_once_and_count_all_the_same(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    send(session, campaign, partner, "8", "9", "11", "10", "10", "11", "12", "200")
    send(session, campaign, partner, "9", "9", "9", first=9)
    expected = [("outlier", "2015-08-10"), ("repeated", "2015-11-10")]
    assert check(session) == expected
    assert check(session) == expected
    send(session, campaign, partner, "10", first=12)
    assert check(session) == expected
    assert stand(session, campaign).verified == 308


def test_each_partner_is_seen_against_their_own_past(session: Session, campaign: UUID, partner: UUID) -> None:
    other = make_partner(session, "Captain Trash Wheel")
    both = make_campaign(session, partner, other)
    make_kpi(session, both)
    send(session, both, partner, "8", "9", "11", "10", "10", "11", "12")
    send(session, both, other, "200", "210", "190", "205", "195", "200", "201")
    assert check(session) == []


def test_a_corrected_figure_takes_its_flag_with_it(session: Session, campaign: UUID, partner: UUID) -> None:
    send(session, campaign, partner, "8", "9", "11", "10", "10", "11", "12", "200")
    assert check(session) == [("outlier", "2015-08-10")]
    send(session, campaign, partner, "20", first=8)
    assert check(session) == [("outlier", "2015-08-10")]
    send(session, campaign, partner, "12", first=8)
    assert check(session) == []
    notes = [each.note for each in session.scalars(select(FigureFlag))]
    assert notes == ["The figure was corrected.", "The figure was corrected."]


def test_flagged_figures_are_found_by_filter_until_they_are_explained(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    send(session, campaign, partner, "8", "9", "11", "10", "10", "11", "12", "200")
    check(session)
    staff, kpi = make_identity(), stand(session, campaign).kpi_id
    shown = lambda flag: find_figures(session, staff, [kpi], flag=flag, cursor=None, limit=9).items  # noqa: E731
    assert [each.reference for each in shown("any")] == ["r8"]
    assert shown("repeated") == []
    (flag,) = find_flags(session, staff, [kpi], cursor=None, limit=9).items
    explain_flag(session, staff, campaign, flag.id, "The storm of August.", utc_now())
    assert shown("any") == []
    with pytest.raises(Conflict):
        explain_flag(session, staff, campaign, flag.id, "Again.", utc_now())
    with pytest.raises(NotFound):
        explain_flag(session, staff, campaign, new_id(), "Nothing.", utc_now())
    kept = find_flags(session, staff, [kpi], open_only=False, cursor=None, limit=9).items
    assert [(each.note, each.closed_by) for each in kept] == [("The storm of August.", staff.name)]
    assert (
        find_flags(session, make_identity("liaison", new_id()), [kpi], open_only=False, cursor=None, limit=9).items
        == []
    )


def test_a_missing_period_is_late_then_a_gap_and_closes_when_its_figures_come(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    kpi = session.scalars(select(Kpi)).one()
    kpi.frequency = "monthly"
    session.flush()

    def look(today: date) -> list[tuple[str, str]]:
        check_periods(session, utc_now(), today)
        found = session.scalars(select(FigureFlag).where(FigureFlag.closed_at.is_(None)).order_by(FigureFlag.subject))
        return [(flag.kind, flag.subject) for flag in found]

    send(session, campaign, partner, "5")
    assert look(date(2015, 3, 14)) == []
    assert look(date(2015, 3, 15)) == [("late", "2015-02-28")]
    assert look(date(2015, 3, 16)) == [("late", "2015-02-28")]
    send(session, campaign, partner, "5", first=3)
    assert look(date(2015, 4, 20)) == [("gap", "2015-02-28")]
    send(session, campaign, partner, "5", first=2)
    assert look(date(2015, 4, 21)) == []


def test_who_never_reported_is_late_with_the_last_period_alone(session: Session, campaign: UUID, partner: UUID) -> None:
    session.scalars(select(Kpi)).one().frequency = "quarterly"
    session.flush()
    check_periods(session, utc_now(), date(2015, 11, 1))
    (flag,) = session.scalars(select(FigureFlag))
    assert (flag.kind, flag.period_start, flag.period_end) == ("late", date(2015, 7, 1), date(2015, 9, 30))


def test_figures_that_keep_coming_wait_for_the_next_round(session: Session, campaign: UUID, partner: UUID) -> None:
    """As long as they come a round would not end, and the KPIs after this one would never be looked at."""
    send(session, campaign, partner, "8", "9", "11", "10", "10", "11", "12")
    now = utc_now()
    assert check_figures(session, now)
    send(session, campaign, partner, "200", first=8)
    assert not check_figures(session, now)
    assert check(session) == [("outlier", "2015-08-10")]


def test_intake_and_looking_take_turns_without_missing_a_figure(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    """What came before the last look by another server's slower clock is looked at too."""
    send(session, campaign, partner, "8", "9", "11", "10", "10", "11", "12")
    check(session)
    newest = session.scalars(select(Measurement).order_by(Measurement.id.desc())).first()
    assert newest is not None
    send(session, campaign, partner, "200", first=8)
    late = session.scalars(select(Measurement).where(Measurement.reference == "r8")).one()
    late.id = floor_id(read_time(newest.id) - timedelta(seconds=5))
    session.flush()
    assert check(session) == [("outlier", "2015-08-10")]
