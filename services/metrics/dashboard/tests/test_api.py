"""The main path's doors of metrics: KPIs in, the dashboard out, each viewer seeing what is theirs to see."""

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.tests.factories import deliver, report
from shared.clock import new_id
from shared.database.engine import Database
from shared.testing.databases import Bus
from shared.testing.people import SignIn

KPI = {
    "key": "weight_tons",
    "name": "Waste removed",
    "unit": "t",
    "aggregation": "sum",
    "direction": "increase",
    "baseline": "0",
    "target": "1000",
    "verification": "automatic",
}


def address(campaign_id: UUID, rest: str = "kpis") -> str:
    return f"/metrics/api/v1/campaigns/{campaign_id}/{rest}"


def hear_campaign(bus: Bus, *partners: UUID, **changes: Any) -> UUID:
    campaign_id = new_id()
    details = {
        "campaign_id": str(campaign_id),
        "title": "A swimmable harbour",
        "cause": "environment",
        "starts_on": "2014-05-01",
        "ends_on": "2027-12-31",
        "owner_id": str(new_id()),
        "owner_name": "Thandi",
        "partners": [str(each) for each in partners],
    }
    bus.hear("saypro.campaigns.campaign_created.v1", {**details, **changes})
    return campaign_id


def test_a_kpi_is_taken_once_metrics_has_heard_of_the_campaign(script: FlaskClient, bus: Bus) -> None:
    early = script.post(address(new_id()), json=KPI)
    assert early.status_code == 404
    assert int(early.headers["Retry-After"]) >= 1
    campaign = hear_campaign(bus)
    made = script.post(address(campaign), json=KPI)
    assert made.status_code == 201
    assert {name: made.json[name] for name in KPI} == KPI
    assert [each["key"] for each in script.get(address(campaign)).json["items"]] == ["weight_tons"]


def test_a_key_in_use_is_refused(script: FlaskClient, bus: Bus) -> None:
    campaign, other = hear_campaign(bus), hear_campaign(bus)
    assert script.post(address(campaign), json=KPI).status_code == 201
    assert script.post(address(campaign), json=KPI).status_code == 409
    assert script.post(address(other), json=KPI).status_code == 201


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"key": "Weight tons"}, "/key"),
        ({"key": "x" * 61}, "/key"),
        ({"key": "a\n"}, "/key"),
        ({"target": "0"}, "/target"),
        ({"target": "-5"}, "/target"),
        ({"target": 1000}, "/target"),
        ({"target": "1e400"}, "/target"),
        ({"target": "NaN"}, "/target"),
        ({"baseline": "Infinity"}, "/baseline"),
        ({"aggregation": "median"}, "/aggregation"),
        ({"direction": "sideways"}, "/direction"),
        ({"direction": "decrease"}, "/target"),
        ({"verification": "never"}, "/verification"),
        ({"name": ""}, "/name"),
        ({"unit": "\x00"}, "/unit"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_an_odd_kpi_is_refused_naming_the_field(script: FlaskClient, bus: Bus, change: Any, pointer: str) -> None:
    refused = script.post(address(hear_campaign(bus)), json={**KPI, **change})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json["errors"]] == [pointer]


def test_a_less_is_better_kpi_makes_progress_by_falling(script: FlaskClient, session: Session) -> None:
    partner = make_partner(session)
    campaign = make_campaign(session, partner)
    session.commit()
    body = {**KPI, "key": "water", "direction": "decrease", "baseline": "1000", "target": "800"}
    assert script.post(address(campaign), json=body).status_code == 201
    deliver(session, campaign, partner, [report("a", "-50", kpi="water")])
    session.commit()
    (kpi,) = script.get(address(campaign, "dashboard")).json["kpis"]
    assert (kpi["verified"], kpi["value"], kpi["progress"]) == ("-50", "950", 0.25)


def test_the_dashboard_shows_exact_sums_shares_and_months(script: FlaskClient, session: Session) -> None:
    mister, captain = make_partner(session, "Mister"), make_partner(session, "Captain")
    campaign = make_campaign(session, mister, captain)
    make_kpi(session, campaign)
    deliver(session, campaign, mister, [report("a", "100.10", "2014-05-16"), report("b", "0.20", "2014-06-02")])
    deliver(session, campaign, captain, [report("a", "900", "2014-06-30")])
    session.commit()
    (kpi,) = script.get(address(campaign, "dashboard")).json["kpis"]
    assert kpi == {
        "key": "waste",
        "name": "Waste removed",
        "unit": "t",
        "aggregation": "sum",
        "target": "1000",
        "baseline": "0",
        "verified": "1000.3",
        "value": "1000.3",
        "provisional": "0",
        "progress": 1.0003,
        "status": "reached",
        "reason": kpi["reason"],
        "by_partner": [
            {"organisation_id": str(captain), "name": "Captain", "verified": "900", "provisional": "0"},
            {"organisation_id": str(mister), "name": "Mister", "verified": "100.3", "provisional": "0"},
        ],
        "series": [
            {"month": "2014-05", "verified": "100.1", "provisional": "0", "level": "100.1"},
            {"month": "2014-06", "verified": "900.2", "provisional": "0", "level": "1000.3"},
        ],
        "by_part": [],
        "interim": [],
        "forecast": kpi["forecast"],
        "footnotes": [],
        "joint": [],
        "overdue": [],
        "is_split": True,
    }
    assert kpi["reason"].startswith("100% of the target at ")


def test_a_partner_whose_name_has_not_arrived_is_listed_without_one(script: FlaskClient, session: Session) -> None:
    campaign = make_campaign(session, unnamed := new_id())
    make_kpi(session, campaign)
    session.commit()
    (kpi,) = script.get(address(campaign, "dashboard")).json["kpis"]
    assert [(each["organisation_id"], each["name"]) for each in kpi["by_partner"]] == [(str(unnamed), None)]


def test_a_liaison_sees_all_that_is_verified_but_only_their_own_provisional_figures(
    sign_in: SignIn, session: Session
) -> None:
    mine, theirs = make_partner(session, "Mine"), make_partner(session, "Theirs")
    campaign = make_campaign(session, mine, theirs)
    make_kpi(session, campaign, key="sure")
    make_kpi(session, campaign, key="unsure", verification="manual")
    for partner, value in ((mine, "1"), (theirs, "10")):
        deliver(session, campaign, partner, [report("a", value, kpi="sure"), report("b", value, kpi="unsure")])
    session.commit()
    board = sign_in("liaison", mine, by="token").get(address(campaign, "dashboard")).json
    sure, unsure = board["kpis"]
    assert (sure["verified"], sure["provisional"]) == ("11", "0")
    assert (unsure["verified"], unsure["provisional"]) == ("0", "1")
    assert {share["name"]: share["provisional"] for share in unsure["by_partner"]} == {"Mine": "1", "Theirs": "0"}
    assert [point["provisional"] for point in unsure["series"]] == ["1"]
    figures = sign_in("liaison", mine, by="token").get(address(campaign, "measurements")).json["items"]
    assert sorted((each["value"], each["status"]) for each in figures) == [
        ("1", "provisional"),
        ("1", "verified"),
        ("10", "verified"),
    ]


def test_an_outsider_finds_nothing_and_changes_nothing(sign_in: SignIn, session: Session) -> None:
    campaign = make_campaign(session, make_partner(session))
    make_kpi(session, campaign)
    session.commit()
    outsider = sign_in("liaison", make_partner(session, "Elsewhere"), by="token")
    session.commit()
    for rest in ("kpis", "kpis/waste", "dashboard", "measurements"):
        answer = outsider.get(address(campaign, rest))
        assert (answer.status_code, "Retry-After" in answer.headers) == (404, False)
    assert outsider.post(address(campaign), json=KPI).status_code == 404
    assert outsider.put(address(campaign, "kpis/waste/target"), json={"target": "1", "reason": "x"}).status_code == 404
    assert outsider.post(address(campaign, "measurements/verify"), json={"ids": [str(new_id())]}).status_code == 404


def test_a_changed_target_needs_a_reason_and_stays_as_a_footnote(script: FlaskClient, session: Session) -> None:
    campaign = make_campaign(session)
    make_kpi(session, campaign)
    session.commit()
    where = address(campaign, "kpis/waste/target")
    tag = script.get(address(campaign, "kpis/waste")).headers["ETag"]
    wanted = {"target": "1200", "reason": "Two more wheels."}
    assert script.put(where, json=wanted).status_code == 428
    assert script.put(where, json={"target": "1200"}, headers={"If-Match": tag}).status_code == 422
    changed = script.put(where, json=wanted, headers={"If-Match": tag})
    assert (changed.status_code, changed.json["target"]) == (200, "1200")
    assert script.put(where, json={**wanted, "target": "1300"}, headers={"If-Match": tag}).status_code == 412
    (kpi,) = script.get(address(campaign, "dashboard")).json["kpis"]
    (footnote,) = kpi["footnotes"]
    assert (footnote["former"], footnote["target"], footnote["reason"]) == ("1000", "1200", "Two more wheels.")


def test_the_dashboard_costs_the_same_few_queries_however_much_was_reported(
    script: FlaskClient, session: Session, database: Database
) -> None:
    partner = make_partner(session)
    campaign = make_campaign(session, partner)
    statements: list[str] = []
    counts = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for number in range(1, 3):
        make_kpi(session, campaign, key=f"kpi_{number}")
        months = [f"20{year}-0{month}-15" for year in (15, 16, 17) for month in range(1, 10)]
        deliver(session, campaign, partner, [report(day, "1", day, f"kpi_{number}") for day in months])
        session.commit()
        statements.clear()
        assert script.get(address(campaign, "dashboard")).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] < 16
    # Of the ledger it reads joint work and adjustments alone, by an index that holds no other figure.
    assert not any("FROM measurements" in each and "source IN ('joint'" not in each for each in statements)
