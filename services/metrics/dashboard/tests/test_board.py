"""What the page and the API show beyond plain sums: selections, marks, parts, files, another's eyes."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.indicators.models import InterimTarget
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.known.service import keep_mark
from services.metrics.measurements.tests.factories import deliver, report
from shared.clock import new_id
from shared.testing.people import SignIn, read_page

SEXES = [{"key": "sex", "name": "Sex", "categories": [{"key": "f", "name": "Women"}, {"key": "m", "name": "Men"}]}]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session, "Table Bay Ocean Trust")


@pytest.fixture
def other(session: Session) -> UUID:
    return make_partner(session, "=Peninsula Parks")


@pytest.fixture
def campaign(session: Session, partner: UUID, other: UUID) -> UUID:
    campaign = make_campaign(session, partner, other)
    kpi = make_kpi(session, campaign, verification="manual")
    kpi.dimensions = SEXES
    session.add(InterimTarget(kpi_id=kpi.id, target_number=1, due_on=NOW.date(), value=Decimal(500), created_at=NOW))
    session.flush()
    make_kpi(session, campaign, key="members", name="Members", unit="people", aggregation="latest")
    parts = {"sex": {"f": "7", "m": "4"}}
    deliver(session, campaign, partner, [report("a", "11", "2026-03-05", parts=parts)])
    deliver(session, campaign, other, [report("a", "30", "2026-04-05"), report("b", "5", "2026-04-05", kpi="members")])
    deliver(session, campaign, partner, [report("m", "2", "2026-03-05", kpi="members")])
    session.commit()
    return campaign


def ask(script: FlaskClient, campaign: UUID, query: str = "") -> dict[str, dict[str, object]]:
    answer = script.get(f"/metrics/api/v1/campaigns/{campaign}/dashboard{query}")
    assert answer.status_code == 200
    assert answer.json is not None
    return {each["key"]: each for each in answer.json["kpis"]}


def test_a_stock_is_each_partners_latest_figure(script: FlaskClient, campaign: UUID) -> None:
    members = ask(script, campaign)["members"]
    assert (members["verified"], members["value"], members["aggregation"]) == ("7", "7", "latest")
    assert members["series"] == [
        {"month": "2026-03", "verified": "2", "provisional": None, "level": "2"},
        {"month": "2026-04", "verified": "5", "provisional": None, "level": "7"},
    ]


def test_a_selection_narrows_figures_and_leaves_the_judgement(script: FlaskClient, campaign: UUID, other: UUID) -> None:
    whole, april = ask(script, campaign), ask(script, campaign, "?from=2026-04&to=2026-04")
    assert (whole["waste"]["provisional"], april["waste"]["provisional"]) == ("41", "30")
    assert april["waste"]["by_part"] == []
    assert april["members"]["verified"] == "5"
    assert april["waste"]["reason"] == whole["waste"]["reason"]
    theirs = ask(script, campaign, f"?partner={other}")["waste"]
    assert theirs["provisional"] == "30"
    assert theirs["by_partner"] == [
        {"organisation_id": str(other), "name": "=Peninsula Parks", "verified": "0", "provisional": "30"}
    ]
    refused = script.get(f"/metrics/api/v1/campaigns/{campaign}/dashboard?from=soon")
    assert refused.status_code == 422


def test_the_page_keeps_the_selection_in_its_form_and_stands_still(staff: FlaskClient, campaign: UUID) -> None:
    shown = read_page(staff, f"/metrics/campaigns/{campaign}?from=2026-04&to=2026-04")
    assert 'value="2026-04"' in shown
    assert "Narrowed down" in shown
    assert "/kpis/waste/trend.csv?from=2026-04&amp;to=2026-04" in shown
    assert "in this selection" in shown
    assert "At the pace so far" not in shown
    assert "/metrics/live/" not in shown
    assert "/metrics/live/" in read_page(staff, f"/metrics/campaigns/{campaign}")


def test_parts_interim_targets_and_marks_are_shown(
    staff: FlaskClient, script: FlaskClient, session: Session, campaign: UUID
) -> None:
    keep_mark(
        session, new_id(), NOW, campaign_id=campaign, sort="decision", title="Empty them twice a week", text="",
        day=NOW.date(), done=True, active=True,
    )  # fmt: skip
    session.commit()
    waste = ask(script, campaign)["waste"]
    assert {(each["category"], each["provisional"]) for each in waste["by_part"]} == {("f", "7"), ("m", "4")}
    assert waste["interim"] == [{"due_on": "2026-11-23", "value": "500"}]
    shown = read_page(staff, f"/metrics/campaigns/{campaign}")
    assert "Empty them twice a week" in shown
    assert "Women" in shown
    assert "Interim target for 23 November 2026" in shown


@pytest.mark.parametrize("chart", ["trend", "shares", "sex"])
def test_every_chart_goes_along_as_drawing_picture_and_numbers(staff: FlaskClient, campaign: UUID, chart: str) -> None:
    address = f"/metrics/campaigns/{campaign}/kpis/waste/{chart}"
    assert staff.get(address + ".svg").data.startswith(b"<svg")
    assert staff.get(address + ".png").data.startswith(b"\x89PNG")
    numbers = staff.get(address + ".csv")
    assert numbers.status_code == 200
    rows = numbers.data.decode("utf-8-sig").splitlines()
    expected = {
        "trend": "2026-03,0,11,0,t",
        # No spreadsheet may take a name for a formula.
        "shares": "'=Peninsula Parks,0,30,t",
        "sex": "f,0,7,t",
    }
    assert expected[chart] in rows
    assert staff.get(f"/metrics/campaigns/{campaign}/kpis/waste/nothing.csv").status_code == 404


def test_staff_look_at_the_page_as_a_partner_sees_it_and_change_nothing(
    staff: FlaskClient, sign_in: SignIn, campaign: UUID, partner: UUID
) -> None:
    address = f"/metrics/campaigns/{campaign}"
    theirs = read_page(staff, f"{address}?as={partner}")
    assert "You look at it as a partner sees it" in theirs
    assert "11" in theirs
    assert "30\xa0t provisional" not in theirs
    assert "Add a KPI" not in theirs
    assert "Add a KPI" in read_page(staff, address)
    assert staff.get(f"{address}?as={new_id()}").status_code == 404
    assert staff.post(f"{address}/kpis/new?as={partner}").status_code == 403
    # A liaison looks with their own eyes, whoever they name.
    liaison = sign_in("liaison", partner)
    assert "You look at it" not in read_page(liaison, f"{address}?as={new_id()}")


def test_what_is_divided_by_nothing_and_what_nobody_can_foretell_says_so(
    staff: FlaskClient, script: FlaskClient, session: Session, campaign: UUID
) -> None:
    make_kpi(session, campaign, key="rescued", name="Food rescued", unit="kg")
    make_kpi(
        session, campaign, key="per_kg", name="Per kilogram", unit="t/kg", aggregation="ratio",
        formula="waste / rescued",
    )  # fmt: skip
    session.commit()
    assert ask(script, campaign)["per_kg"]["reason"] == "Nothing to divide by yet: Food rescued is at nothing"
    shown = read_page(staff, f"/metrics/campaigns/{campaign}")
    assert "Nothing to divide by yet: Food rescued is at nothing" in shown
    assert "No forecast yet: it takes at least 5 whole months of verified figures" in shown
    assert "Nothing to work it out from yet" in read_page(staff, "/metrics/")


def test_one_part_is_followed_by_month_and_partner_where_figures_are_split_by_it(
    staff: FlaskClient, script: FlaskClient, session: Session, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("c", "6", "2026-04-09", parts={"sex": {"f": "6"}})])
    session.commit()
    whole, women = ask(script, campaign), ask(script, campaign, "?part=sex:f")
    waste, members = women["waste"], women["members"]
    assert (waste["is_split"], waste["provisional"]) == (True, "13")
    assert [(each["month"], each["provisional"]) for each in waste["series"]] == [("2026-03", "7"), ("2026-04", "6")]
    assert sorted(each["provisional"] for each in waste["by_partner"]) == ["0", "13"]
    assert waste["reason"] == whole["waste"]["reason"]
    assert (members["is_split"], members["verified"], members["series"]) == (False, None, [])
    april = ask(script, campaign, "?part=sex:f&from=2026-04")["waste"]
    assert april["provisional"] == "6"
    assert ask(script, campaign, "?part=sex:none")["waste"]["is_split"] is False
    shown = read_page(staff, f"/metrics/campaigns/{campaign}?part=sex:f")
    assert '<option value="sex:f" selected>Sex: Women</option>' in shown
    assert "Not split this way" in shown
    assert "/kpis/waste/trend.csv?part=sex%3Af" in shown
    numbers = staff.get(f"/metrics/campaigns/{campaign}/kpis/waste/trend.csv?part=sex:f").data.decode("utf-8-sig")
    assert numbers.splitlines()[1] == "2026-03,0,7,0,t"
    assert script.get(f"/metrics/api/v1/campaigns/{campaign}/dashboard?part=sex").status_code == 422
