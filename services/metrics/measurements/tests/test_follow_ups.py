"""Follow-ups outlive the campaign and are held against its baseline."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.queries import get_kpi, list_follow_ups, list_goals
from services.metrics.indicators.rhythm import add_months
from services.metrics.indicators.service.follow_ups import add_follow_ups
from services.metrics.indicators.service.judging import assess_campaign
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.known.service import keep_campaign
from services.metrics.measurements.tests.factories import deliver, report
from shared.clock import utc_now
from shared.errors import Invalid
from shared.testing.people import make_identity


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    """A campaign that closed on 31 December 2020."""
    campaign = make_campaign(session, partner, starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31))
    make_kpi(session, campaign, baseline=Decimal(100), reporters=[partner])
    return campaign


def follow(session: Session, campaign: UUID, *months: int, **changes: Any) -> Any:
    return add_follow_ups(session, make_identity(), campaign, "waste", utc_now(), months=months, **changes)


def test_follow_ups_begin_where_the_kpi_began_and_run_on_after_the_campaign(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    made = follow(session, campaign, 12, 3, 6)
    assert [(each.key, each.due_on) for each in made] == [
        ("waste_after_3", date(2021, 3, 31)),
        ("waste_after_6", date(2021, 6, 30)),
        ("waste_after_12", date(2021, 12, 31)),
    ]
    for kpi, goal in zip(made, list_goals(session, made), strict=True):
        assert (goal.starts_on, goal.baseline, goal.target, goal.aggregation) == (date(2021, 1, 1), 100, 1000, "latest")
        assert list(kpi.reporters) == [partner]


def test_asked_for_again_they_stay_as_they_are(session: Session, campaign: UUID) -> None:
    follow(session, campaign, 3)
    assert [each.follow_months for each in follow(session, campaign, 3, 6, target=Decimal(800))] == [6]
    kpi = get_kpi(session, make_identity(), campaign, "waste")
    assert [(each.follow_months, each.target) for each in list_follow_ups(session, [kpi.id])] == [(3, 1000), (6, 800)]


def test_figures_are_taken_after_the_campaign_and_held_against_the_baseline(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    [kpi] = follow(session, campaign, 6)
    spring = datetime.fromisoformat("2021-04-02T12:00:00+00:00")
    first = deliver(session, campaign, partner, [report("a", "900", "2021-03-31", kpi.key)], now=spring)
    assert first.rejected == []
    standing = map_standings(session, [kpi.id])[kpi.id]
    assert (standing.status, standing.verified) == ("on_track", 900)
    second = deliver(session, campaign, partner, [report("b", "80", "2021-04-30", kpi.key)], now=spring + timedelta(40))
    assert (second.rejected, standing.status, standing.verified) == ([], "off_track", 80)


def test_they_move_with_the_campaigns_last_day(session: Session, campaign: UUID, partner: UUID) -> None:
    [kpi] = follow(session, campaign, 3)
    keep_campaign(
        session, campaign, utc_now() + timedelta(seconds=1), title="A swimmable harbour", cause="environment",
        starts_on=date(2020, 1, 1), ends_on=date(2021, 11, 30), partners=[partner],
    )  # fmt: skip
    assess_campaign(session, campaign, utc_now())
    assert (kpi.begins_on, kpi.due_on) == (date(2021, 12, 1), date(2022, 2, 28))


def test_a_follow_up_and_what_is_worked_out_are_not_followed_up(session: Session, campaign: UUID) -> None:
    follow(session, campaign, 3)
    make_kpi(session, campaign, key="twice", aggregation="formula", formula="waste * 2")
    for key, words in (("waste_after_3", "is a follow-up itself"), ("twice", "worked out from other KPIs")):
        with pytest.raises(Invalid) as refused:
            add_follow_ups(session, make_identity(), campaign, key, utc_now(), months=[6])
        assert words in refused.value.fields["months"]


def test_months_end_where_the_month_ends() -> None:
    assert [add_months(date(2023, 11, 30), each) for each in (3, 6, 12)] == [
        date(2024, 2, 29),
        date(2024, 5, 30),
        date(2024, 11, 30),
    ]


def test_the_pages_show_them_together(staff: FlaskClient, session: Session, campaign: UUID) -> None:
    session.commit()
    address = f"/metrics/campaigns/{campaign}/kpis/waste"
    assert staff.get(f"{address}/follow-ups").status_code == 200
    wanted = {"months": ["3", "12"], "target": "900"}
    assert "2 follow-ups are added." in staff.post(f"{address}/follow-ups", data=wanted, follow_redirects=True).text
    shown = staff.get(address).text
    assert "Waste removed, 3 months after" in shown
    assert "31 March 2021" in shown
    assert address in staff.get(f"{address}_after_3").text
    assert staff.post(f"{address}/follow-ups", data={"months": ["4"], "target": "900"}).status_code == 422


def test_programs_add_them(script: FlaskClient, session: Session, campaign: UUID) -> None:
    session.commit()
    address = f"/metrics/api/v1/campaigns/{campaign}/kpis"
    made = script.post(f"{address}/waste/follow-ups", json={"months": [6]})
    assert (made.status_code, made.json["items"][0]["follow_months"]) == (201, 6)
    assert [each["key"] for each in script.get(address).json["items"]] == ["waste", "waste_after_6"]
