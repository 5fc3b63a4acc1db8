"""Months that were reported on, and what changes in them afterwards."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import Measurement
from services.metrics.measurements.queries.records import find_restatements, list_locks, list_restatements
from services.metrics.measurements.service.locks import lock_months
from services.metrics.measurements.service.verdicts import reject_figures, verify_figures
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import utc_now
from shared.errors import Invalid
from shared.testing.people import make_identity

STAFF = make_identity()
Told = tuple[str, Decimal | None, str | None, Decimal | None, str | None, str]


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner)
    make_kpi(session, campaign_id, verification="manual")
    deliver(session, campaign_id, partner, [report("a", "10"), report("june", "1", "2014-06-10")])
    return campaign_id


def lock(session: Session, campaign: UUID, first: date = date(2014, 5, 20), last: date = date(2014, 5, 21)) -> int:
    return lock_months(session, STAFF, campaign, first, last, utc_now(), "The board read it.")


def tell(session: Session, campaign: UUID, since: datetime | None = None) -> list[Told]:
    return [
        (each.month.isoformat(), each.before, each.before_status, each.after, each.after_status, each.reason)
        for each in list_restatements(session, STAFF, campaign, since=since)
    ]


def test_what_comes_late_or_is_corrected_counts_and_is_told(session: Session, campaign: UUID, partner: UUID) -> None:
    assert lock(session, campaign) == 1
    deliver(session, campaign, partner, [report("a", "12"), report("late", "3"), report("june", "2", "2014-06-10")])
    assert stand(session, campaign).provisional == 17
    may = "2014-05-01"
    assert tell(session, campaign) == [
        (may, 10, "provisional", 12, "provisional", "corrected"),
        (may, None, None, 3, "provisional", "came late"),
    ]
    marked = session.scalars(select(Measurement).where(Measurement.restated))
    assert {each.reference for each in marked} == {"a", "late"}


def test_what_moves_out_of_a_locked_month_is_told_of_both(session: Session, campaign: UUID, partner: UUID) -> None:
    lock(session, campaign, last=date(2014, 6, 30))
    deliver(session, campaign, partner, [report("a", "10", "2014-06-16", note="It was June.")])
    assert tell(session, campaign) == [
        ("2014-05-01", 10, "provisional", None, "provisional", "It was June."),
        ("2014-06-01", None, None, 10, "provisional", "It was June."),
    ]


def test_verdicts_are_told_too_with_who_and_why(session: Session, campaign: UUID) -> None:
    ids = list(session.scalars(select(Measurement.id)))
    lock(session, campaign)
    verify_figures(session, STAFF, campaign, ids, utc_now())
    reject_figures(session, STAFF, campaign, ids[:1], "Weighed wet.", utc_now())
    assert tell(session, campaign) == [
        ("2014-05-01", 10, "provisional", 10, "verified", "verified"),
        ("2014-05-01", 10, "verified", None, "rejected", "Weighed wet."),
    ]
    newest = find_restatements(session, STAFF, campaign, cursor=None, limit=1)
    assert newest.next_cursor
    assert (newest.items[0].person_name, newest.items[0].after) == (STAFF.name, None)


def test_a_repeat_of_the_same_changes_nothing_and_tells_nothing(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    lock(session, campaign)
    deliver(session, campaign, partner, [report("a", "10")])
    assert tell(session, campaign) == []


def test_locking_again_adds_what_was_not_locked_and_nothing_that_is_to_come(session: Session, campaign: UUID) -> None:
    lock(session, campaign)
    assert lock(session, campaign, date(2014, 4, 1), date(2014, 7, 1)) == 3
    assert [each.month.month for each in list_locks(session, campaign)] == [4, 5, 6, 7]
    assert lock(session, campaign) == 0
    for first, last in ((date(2014, 5, 1), date(2014, 4, 1)), (date(2014, 5, 1), date(2999, 1, 1))):
        with pytest.raises(Invalid):
            lock(session, campaign, first, last)


def test_a_kpi_that_is_made_after_the_report_has_nothing_to_restate(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    lock(session, campaign)
    make_kpi(session, campaign, key="later")
    deliver(session, campaign, partner, [report("a", "10", kpi="later")])
    assert tell(session, campaign) == []


def test_a_partner_is_not_told_of_anothers_provisional_figures(session: Session, campaign: UUID, partner: UUID) -> None:
    other = make_partner(session, "Captain Trash Wheel")
    both = make_campaign(session, partner, other)
    make_kpi(session, both, verification="manual")
    lock(session, both)
    deliver(session, both, partner, [report("a", "10")])
    told = lambda who: len(list_restatements(session, make_identity("liaison", who), both))  # noqa: E731
    assert (told(other), told(partner)) == (0, 1)
