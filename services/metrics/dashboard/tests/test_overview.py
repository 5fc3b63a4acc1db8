"""All campaigns at a glance: filters, order, pages."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from services.metrics.dashboard.overview import read_overview
from services.metrics.indicators.service.judging import assess_campaign
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import OverdueFigures
from services.metrics.measurements.tests.factories import deliver, report
from shared.clock import utc_now
from shared.database.engine import Database
from shared.identity import Identity
from shared.testing.people import make_identity, read_page

TODAY = utc_now().date()
RUNNING = {"starts_on": date(TODAY.year - 1, 1, 1), "ends_on": date(TODAY.year + 1, 12, 31)}
OVER = {"starts_on": date(2014, 5, 1), "ends_on": date(2015, 4, 30)}
AHEAD = {"starts_on": date(TODAY.year + 1, 2, 1), "ends_on": date(TODAY.year + 2, 1, 31)}


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session, "Dune Keepers")


@pytest.fixture
def campaigns(session: Session, partner: UUID) -> dict[str, UUID]:
    """Campaigns by title: what was reported of a target of a thousand says how each stands."""
    made = {}
    for title, reported, days in (
        ("Over and short", "5", OVER),
        ("Not begun", None, AHEAD),
        ("Reached", "1000", RUNNING),
        ("On track", "990", RUNNING),
        ("Silent", None, RUNNING),
        ("Off track", "1", RUNNING),
    ):
        cause = "education" if title == "Silent" else "environment"
        made[title] = make_campaign(session, partner, title=title, cause=cause, **days)
        make_kpi(session, made[title])
        if reported:
            day = f"{days['starts_on']:%Y-%m-%d}"
            assert deliver(session, made[title], partner, [report(value=reported, day=day)]).rejected == []
        assess_campaign(session, made[title], utc_now())
    session.commit()
    return made


def ask(session: Session, viewer: Identity | None = None, **wanted: Any) -> list[str]:
    asked = {"search": "", "state": "", "cause": "", "sort": "worst", "cursor": None, "limit": 50, **wanted}
    found = read_overview(session, viewer or make_identity(), TODAY, **asked)
    assert found.matching == len(found.cards) or wanted.get("limit")
    return [card.campaign.title for card in found.cards]


def test_the_worst_comes_first_and_what_is_over_last(session: Session, campaigns: dict[str, UUID]) -> None:
    expected = ["Off track", "Silent", "On track", "Reached", "Not begun", "Over and short"]
    assert ask(session) == expected
    paged: list[str] = []
    cursor = None
    for _page in expected:
        found = read_overview(
            session, make_identity(), TODAY, search="", state="", cause="", sort="worst", cursor=cursor, limit=1
        )
        paged += [card.campaign.title for card in found.cards]
        cursor = found.next_cursor
    assert (paged, cursor) == (expected, None)


def test_campaigns_are_found_by_state_cause_and_title(
    session: Session, campaigns: dict[str, UUID], partner: UUID
) -> None:
    assert ask(session, state="off_track") == ["Off track", "Over and short"]
    assert ask(session, state="no_data") == ["Silent", "Not begun"]
    assert ask(session, state="reached") == ["Reached"]
    assert ask(session, state="at_risk") == []
    assert ask(session, cause="education") == ["Silent"]
    assert ask(session, search="TRACK", state="on_track") == ["On track"]
    assert ask(session, sort="title")[0] == "Not begun"
    assert ask(session, sort="newest")[0] == "Not begun"
    assert ask(session, sort="ending")[-1] == "Over and short"
    assert ask(session, make_identity("liaison", make_partner(session, "Strangers"))) == []
    assert len(ask(session, make_identity("liaison", partner))) == 6


def test_overdue_is_what_the_viewer_may_see_of_it(
    session: Session, staff: FlaskClient, campaigns: dict[str, UUID], partner: UUID
) -> None:
    other = make_partner(session, "Others")
    both = make_campaign(session, partner, other, title="Both", **RUNNING)
    kpi = make_kpi(session, both)
    session.add(
        OverdueFigures(
            created_at=utc_now(), campaign_id=both, kpi_id=kpi.id, organisation_id=other, period_start=date(2025, 1, 1),
            period_end=date(2025, 1, 31), due_on=date(2025, 2, 14),
        )
    )  # fmt: skip
    session.commit()
    assert ask(session, state="overdue") == ["Both"]
    assert ask(session, make_identity("liaison", other), state="overdue") == ["Both"]
    assert ask(session, make_identity("liaison", partner), state="overdue") == []
    shown = read_page(staff, "/metrics/?state=overdue&sort=title")
    assert "figures of one period" in shown
    assert '<option value="overdue" selected>' in shown
    assert '<option value="title" selected>' in shown
    assert "Nothing matches" in read_page(staff, "/metrics/?state=at_risk")


def test_the_overview_costs_the_same_few_queries_however_many_it_shows(
    session: Session, database: Database, campaigns: dict[str, UUID]
) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    counts = []
    for limit in (1, 50):
        session.expunge_all()
        asked.clear()
        ask(session, limit=limit)
        counts.append(len([each for each in asked if each.startswith("SELECT")]))
    assert counts[0] == counts[1] < 12
