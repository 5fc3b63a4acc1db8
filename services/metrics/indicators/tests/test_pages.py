"""Adding KPIs and changing targets in a browser."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.indicators.queries import find_kpi
from services.metrics.indicators.tests.factories import add_definition, make_campaign, make_kpi, make_partner
from shared.testing.people import SignIn

KPI = {
    "name": "Waste removed", "key": "waste", "unit": "t", "direction": "increase", "baseline": "0", "target": "1000",
    "verification": "manual",
}  # fmt: skip


SEX = {"key": "sex", "name": "Sex", "categories": [{"key": "women", "name": "women"}, {"key": "men", "name": "men"}]}


@pytest.fixture
def campaign(session: Session) -> UUID:
    campaign_id = make_campaign(session, make_partner(session))
    session.commit()
    return campaign_id


def test_a_kpi_is_added_and_the_dashboard_shows_it(staff: FlaskClient, session: Session, campaign: UUID) -> None:
    answer = staff.post(f"/metrics/campaigns/{campaign}/kpis/new", data=KPI, follow_redirects=True)
    assert "Waste removed is added. Its key is waste." in answer.text
    kpi = find_kpi(session, campaign, "waste")
    assert kpi is not None
    assert (kpi.target, kpi.verification) == (1000, "manual")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key": "Waste!"}, "Use small letters, digits and underscores"),
        ({"target": "many"}, "is not a number"),
        ({"target": "0"}, "nothing to reach"),
        ({"direction": "decrease"}, "must be below the baseline"),
        ({"name": ""}, "Fill this in."),
    ],
)
def test_an_odd_kpi_comes_back_with_what_was_typed(
    staff: FlaskClient, session: Session, campaign: UUID, change: dict[str, str], words: str
) -> None:
    answer = staff.post(f"/metrics/campaigns/{campaign}/kpis/new", data={**KPI, "unit": "bags & more", **change})
    assert answer.status_code == 422
    assert words in answer.text
    assert "bags &amp; more" in answer.text
    assert find_kpi(session, campaign, "waste") is None


def test_a_key_in_use_is_said_beside_its_field(staff: FlaskClient, campaign: UUID) -> None:
    address = f"/metrics/campaigns/{campaign}/kpis/new"
    staff.post(address, data=KPI)
    again = staff.post(address, data=KPI)
    assert again.status_code == 422
    assert "already has a KPI with the key waste" in again.text


def test_a_target_is_changed_with_a_reason_and_not_over_someone_elses_change(
    staff: FlaskClient, session: Session, campaign: UUID
) -> None:
    make_kpi(session, campaign)
    session.commit()
    address = f"/metrics/campaigns/{campaign}/kpis/waste/target"
    assert 'name="version" value="1"' in staff.get(address).text
    assert staff.post(address, data={"target": "1200", "version": "1"}).status_code == 422
    changed = staff.post(address, data={"target": "1200", "reason": "More wheels.", "version": "1"})
    assert changed.status_code == 302
    stale = staff.post(address, data={"target": "1300", "reason": "Even more.", "version": "1"})
    assert stale.status_code == 412
    assert "Even more." in stale.text
    assert 'name="version" value="2"' in stale.text


def test_viewers_and_liaisons_change_nothing(sign_in: SignIn, session: Session) -> None:
    partner = make_partner(session)
    campaign = make_campaign(session, partner)
    make_kpi(session, campaign)
    session.commit()
    for client, status in ((sign_in("viewer"), 403), (sign_in("liaison", partner), 404)):
        for path in ("new", "waste/target", "waste/edit"):
            assert client.get(f"/metrics/campaigns/{campaign}/kpis/{path}").status_code == status
            assert client.post(f"/metrics/campaigns/{campaign}/kpis/{path}", data=KPI).status_code == status


def test_a_kpi_begins_with_a_definition_of_the_library(staff: FlaskClient, session: Session, campaign: UUID) -> None:
    definition = add_definition(session, dimensions=[SEX], means="Weighbridge slips")
    session.commit()
    address = f"/metrics/campaigns/{campaign}/kpis/new"
    filled = staff.get(address, query_string={"indicator": definition.id}).text
    for words in ('value="Waste removed"', "Sex: women, men", "Weighbridge slips", f'value="{definition.id}"'):
        assert words in filled
    made = {**KPI, "indicator_id": str(definition.id), "dimensions": "Sex: women, men\nAge: under 18, 18 or older"}
    assert staff.post(address, data=made).status_code == 302
    kpi = find_kpi(session, campaign, "waste")
    assert kpi is not None
    assert kpi.indicator_id == definition.id
    assert [[part["key"] for part in each["categories"]] for each in kpi.dimensions] == [
        ["women", "men"],
        ["under_18", "n18_or_older"],
    ]
    shown = staff.get(f"/metrics/indicators/{definition.id}").text
    assert "A swimmable harbour" in shown
    assert f"/metrics/campaigns/{campaign}/kpis/waste" in shown


def test_the_page_of_a_kpi_says_what_it_is_and_what_became_of_its_target(
    staff: FlaskClient, session: Session, campaign: UUID
) -> None:
    make_kpi(session, campaign, frequency="quarterly", means="Weighbridge slips", dimensions=[SEX])
    session.commit()
    address = f"/metrics/campaigns/{campaign}/kpis/waste"
    wanted = {
        "target": "1200",
        "reason": "More wheels.",
        "version": "1",
        "interims": "2026-06-30: 400\n2027-06-30: 800",
    }
    assert staff.post(f"{address}/target", data=wanted).status_code == 302
    page = staff.get(address).text
    for words in (
        "Every quarter", "Weighbridge slips", "Mister Trash Wheel", "Next due", "women", "30 June 2027", "1,000",
        "1,200", "More wheels.", "changed the target",
    ):  # fmt: skip
        assert words in page


def test_an_edit_keeps_what_figures_hang_on_and_both_peoples_words(
    staff: FlaskClient, session: Session, campaign: UUID
) -> None:
    make_kpi(session, campaign)
    session.commit()
    address = f"/metrics/campaigns/{campaign}/kpis/waste/edit"
    assert 'name="unit"' in staff.get(address).text
    edited = {**KPI, "aggregation": "sum", "name": "Litter removed", "frequency": "monthly", "grace_days": "7"}
    assert staff.post(address, data={**edited, "version": "1"}).status_code == 302
    stale = staff.post(address, data={**edited, "name": "Rubbish removed", "version": "1"})
    assert (stale.status_code, "Rubbish removed" in stale.text, "Someone was faster" in stale.text) == (412, True, True)
    assert "changed the KPI" in staff.get(f"/metrics/campaigns/{campaign}/kpis/waste").text


def test_the_library_is_found_by_word_and_by_goal(staff: FlaskClient, session: Session) -> None:
    add_definition(session, codes={"sdg": ["14.1"], "iris": ["OI1479"]})
    add_definition(session, code="meals", name="Meals served", codes={"sdg": ["2.1"]})
    add_definition(session, code="fourty", name="People at 4", codes={"sdg": ["4"]})
    session.commit()
    address = "/metrics/indicators"
    for query, found in (("q=meal", {"Meals"}), ("sdg=14", {"Waste"}), ("sdg=4", {"People"}), ("", {"Meals", "Waste"})):
        answer = staff.get(f"{address}?{query}")
        assert answer.status_code == 200
        names = {name for name in ("Meals", "Waste", "People") if f">{name} " in answer.text}
        assert names >= found
        assert len(names) == (3 if not query else 1)


def test_a_retired_definition_is_kept_and_offered_no_more(staff: FlaskClient, session: Session, campaign: UUID) -> None:
    definition = add_definition(session)
    session.commit()
    address = f"/metrics/indicators/{definition.id}"
    assert staff.post(f"{address}/retire").status_code == 302
    assert "Nobody makes new KPIs of it" in staff.get(address).text
    assert "Waste removed, in t" not in staff.get(f"/metrics/campaigns/{campaign}/kpis/new").text
    made = staff.post(f"/metrics/campaigns/{campaign}/kpis/new", data={**KPI, "indicator_id": str(definition.id)})
    assert made.status_code == 422
    assert staff.post(f"{address}/take-back").status_code == 302
    assert "took the definition back into use" in staff.get(address).text


def test_codes_that_no_catalogue_has_are_refused_where_they_were_typed(staff: FlaskClient) -> None:
    details = {"name": "Waste", "code": "waste", "unit": "t", "aggregation": "sum", "direction": "increase"}
    for codes, words in (
        ("SDG 18", "is no code of SDG"),
        ("UN 4", "Begin each line with"),
        ("IRIS+ x", "no code of IRIS+"),
    ):
        answer = staff.post("/metrics/indicators/new", data={**details, "codes": codes})
        assert answer.status_code == 422
        assert words in answer.text
    made = staff.post(
        "/metrics/indicators/new", data={**details, "codes": "SDG 14.1, 12.5\nGRI 306-4"}, follow_redirects=True
    )
    assert "12.5, 14.1" in made.text


def test_the_library_is_for_staff(sign_in: SignIn, session: Session) -> None:
    definition, partner = add_definition(session), make_partner(session)
    session.commit()
    liaison, viewer = sign_in("liaison", partner), sign_in("viewer")
    for path in ("", f"/{definition.id}"):
        assert liaison.get(f"/metrics/indicators{path}").status_code == 404
        assert viewer.get(f"/metrics/indicators{path}").status_code == 200
    assert viewer.post(f"/metrics/indicators/{definition.id}/retire").status_code == 403
