"""Figures that are overdue by the agreed frequency: noticed once, told once, settled by themselves."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from services.metrics.indicators.models import Kpi
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.known.service import keep_campaign
from services.metrics.measurements.models import Measurement, OverdueFigures
from services.metrics.measurements.queries.overdue import find_overdue
from services.metrics.measurements.service.flags import check_figures
from services.metrics.measurements.service.merge import merge_figures
from services.metrics.measurements.service.overdue import notice_overdue
from services.metrics.measurements.service.verdicts import reject_figures
from services.metrics.measurements.tests.factories import deliver, report
from shared.clock import utc_now
from shared.testing.databases import Bus
from shared.testing.people import SignIn, make_identity, read_page

MADE = datetime(2015, 1, 1, tzinfo=UTC)
DAYS: dict[str, Any] = {"starts_on": date(2015, 1, 1), "ends_on": date(2015, 6, 30)}


@pytest.fixture
def keepers(session: Session) -> UUID:
    return make_partner(session, "Dune Keepers")


@pytest.fixture
def campaign(session: Session, keepers: UUID) -> UUID:
    campaign_id = make_campaign(session, keepers, **DAYS)
    ask_monthly(session, campaign_id)
    return campaign_id


def ask_monthly(session: Session, campaign_id: UUID, **changes: Any) -> Kpi:
    kpi = make_kpi(session, campaign_id, frequency="monthly", **changes)
    kpi.created_at = MADE
    session.flush()
    return kpi


def look(session: Session, day: date) -> list[tuple[str, str]]:
    """Look for what is overdue; by whom and for which months it is."""
    notice_overdue(session, utc_now(), day)
    owed = find_overdue(session, make_identity(), cursor=None, limit=50).items
    return sorted((str(each.organisation_id), f"{each.period_end:%Y-%m}") for each in owed)


def told(session: Session, bus: Bus) -> list[list[tuple[str, bool]]]:
    """What the pieces of news said is owed, and whether that was new."""
    session.commit()
    news = bus.published("figures_overdue")
    return [[(each["ends_on"], each["noticed"]) for each in one.data["figures"]] for one in news]


def test_a_period_is_noticed_once_after_its_days_of_grace(
    session: Session, bus: Bus, campaign: UUID, keepers: UUID
) -> None:
    assert look(session, date(2015, 2, 14)) == []
    assert look(session, date(2015, 2, 15)) == [(str(keepers), "2015-01")]
    look(session, date(2015, 2, 16))
    assert told(session, bus) == [[("2015-01-31", True)]]
    # The first one stays when the next comes to it, though nobody has ever reported.
    assert look(session, date(2015, 3, 15)) == [(str(keepers), "2015-01"), (str(keepers), "2015-02")]
    assert told(session, bus)[1:] == [[("2015-01-31", False), ("2015-02-28", True)]]


def test_it_settles_when_the_figures_come_and_opens_without_news_when_they_are_rejected(
    session: Session, bus: Bus, campaign: UUID, keepers: UUID
) -> None:
    look(session, date(2015, 2, 15))
    deliver(session, campaign, keepers, [report("jan", "5", "2015-01-20")])
    session.flush()
    check_figures(session, utc_now())
    (row,) = session.scalars(select(OverdueFigures))
    assert row.settled_at is not None
    assert told(session, bus)[-1] == []
    kept = find_overdue(session, make_identity(), settled=True, cursor=None, limit=9).items
    assert [each.id for each in kept] == [row.id]
    ids = list(session.scalars(select(Measurement.id)))
    reject_figures(session, make_identity(), campaign, ids, "Another month's.", utc_now())
    assert look(session, date(2015, 2, 20)) == [(str(keepers), "2015-01")]
    assert told(session, bus)[-1] == [("2015-01-31", False)]


def test_nobody_is_asked_for_what_was_due_before_there_was_the_kpi(session: Session, campaign: UUID) -> None:
    session.scalars(select(Kpi)).one().created_at = datetime(2015, 4, 20, tzinfo=UTC)
    assert look(session, date(2015, 4, 25)) == []
    assert [month for _who, month in look(session, date(2015, 5, 15))] == ["2015-04"]


@pytest.mark.parametrize("why", ["closed", "left", "ended early", "long over"])
def test_it_settles_when_nobody_asks_for_it_any_more(session: Session, campaign: UUID, keepers: UUID, why: str) -> None:
    assert len(look(session, date(2015, 6, 15))) == 1
    day = date(2015, 6, 16)
    if why == "closed":
        session.scalars(select(Kpi)).one().frequency = "none"
    elif why == "left":
        session.scalars(select(Kpi)).one().reporters = [keepers]
        others = [make_partner(session, "Others")]
        _change(session, campaign, partners=others)
    elif why == "ended early":
        _change(session, campaign, partners=[keepers], ends_on=date(2015, 3, 31))
        day = date(2015, 5, 1)
    else:
        day = date(2015, 9, 13)
    assert "2015-05" not in [month for _who, month in look(session, day)]
    row = session.scalars(select(OverdueFigures).where(OverdueFigures.period_end == date(2015, 5, 31))).one()
    assert row.settled_at is not None


def test_the_last_period_is_still_asked_for_after_the_last_day(session: Session, campaign: UUID) -> None:
    months = lambda day: [month for _who, month in look(session, day)]  # noqa: E731
    assert months(date(2015, 7, 15)) == ["2015-06"]
    assert months(date(2015, 9, 12)) == ["2015-06"]
    assert months(date(2015, 9, 13)) == []


def test_a_run_asks_as_few_questions_for_many_kpis_as_for_one(session: Session, campaign: UUID) -> None:
    def count() -> int:
        asked: list[str] = []
        listen = lambda _c, _cur, statement, *_: asked.append(statement)  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", listen)
        notice_overdue(session, utc_now(), date(2015, 2, 20))
        event.remove(session.get_bind(), "before_cursor_execute", listen)
        return len([each for each in asked if each.startswith("SELECT")])

    look(session, date(2015, 2, 20))
    one = count()
    for number in range(5):
        ask_monthly(session, campaign, key=f"k{number}")
    look(session, date(2015, 2, 20))
    assert count() == one


def test_what_the_merged_organisation_owed_the_survivor_owes(session: Session, campaign: UUID, keepers: UUID) -> None:
    survivor = make_partner(session, "Dunes")
    look(session, date(2015, 2, 15))
    merge_figures(session, keepers, survivor, utc_now())
    assert [row.organisation_id for row in session.scalars(select(OverdueFigures))] == [survivor]


def test_staff_see_who_owes_what_and_a_partner_its_own(
    session: Session, staff: FlaskClient, script: FlaskClient, sign_in: SignIn, keepers: UUID
) -> None:
    today = utc_now().date()
    other = make_partner(session, "Peninsula Parks")
    campaign = make_campaign(session, keepers, other, starts_on=date(today.year - 1, 1, 1))
    ask_monthly(session, campaign)
    notice_overdue(session, utc_now(), today)
    session.commit()
    page = f"/metrics/campaigns/{campaign}"
    shown = read_page(staff, page)
    assert "Figures of Dune Keepers for" in shown
    assert "Figures of Peninsula Parks for" in shown
    theirs = read_page(sign_in("liaison", keepers), page)
    assert "Figures of Dune Keepers for" in theirs
    assert "Figures of Peninsula Parks for" not in theirs
    address = f"/metrics/api/v1/campaigns/{campaign}/measurements/overdue"
    first = script.get(address + "?limit=1").json
    assert first is not None
    second = script.get(f"{address}?limit=1&cursor={first['next_cursor']}").json
    assert second is not None
    assert {each["organisation_id"] for each in first["items"] + second["items"]} == {str(keepers), str(other)}
    mine = sign_in("liaison", keepers).get(address).json
    assert mine is not None
    assert [each["organisation_id"] for each in mine["items"]] == [str(keepers)]


def _change(session: Session, campaign: UUID, **changes: Any) -> None:
    details = {"title": "Dunes", "cause": "environment", **DAYS, **changes}
    keep_campaign(session, campaign, utc_now(), **details)
    session.flush()
