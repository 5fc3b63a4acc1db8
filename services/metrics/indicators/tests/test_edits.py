"""What may still change of a KPI, targets on the way, and what is due next."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.queries import list_interims
from services.metrics.indicators.rhythm import find_next_period
from services.metrics.indicators.schemas.fields import keep_keys, make_key
from services.metrics.indicators.service.kpis import edit_kpi
from services.metrics.indicators.service.targets import Interim, change_target
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from shared.clock import new_id, utc_now
from shared.errors import Invalid
from shared.testing.people import make_identity

KPI = {"key": "waste", "name": "Waste", "unit": "t", "target": "1000"}


def edit(session: Session, campaign: UUID, version: int = 1, **changes: Any) -> Any:
    return edit_kpi(session, make_identity(), campaign, "waste", version, utc_now(), **changes)


def aim(session: Session, campaign: UUID, version: int, target: str, *interims: tuple[str, str]) -> Any:
    levels = [Interim(date.fromisoformat(day), Decimal(value)) for day, value in interims]
    return change_target(
        session, make_identity(), campaign, "waste", version, utc_now(), target=Decimal(target), reason="So.",
        interims=levels,
    )  # fmt: skip


@pytest.mark.parametrize("change", [{"unit": "kg"}, {"aggregation": "mean"}, {"direction": "decrease"}])
def test_what_figures_were_reported_for_stays(session: Session, change: dict[str, str]) -> None:
    campaign = make_campaign(session)
    kpi = make_kpi(session, campaign, baseline=Decimal(0))
    map_standings(session, [kpi.id])[kpi.id].figures = 1
    with pytest.raises(Invalid) as refused:
        edit(session, campaign, **change)
    assert "Add another KPI instead" in refused.value.fields[next(iter(change))]
    assert edit(session, campaign, name="Litter", frequency="yearly").name == "Litter"


def test_a_baseline_may_not_pass_the_target(session: Session) -> None:
    campaign = make_campaign(session)
    make_kpi(session, campaign)
    with pytest.raises(Invalid) as refused:
        edit(session, campaign, baseline=Decimal(1000))
    assert "The target is 1000" in refused.value.fields["baseline"]


def test_who_reports_is_chosen_among_the_campaigns_partners(session: Session) -> None:
    one, other = make_partner(session), make_partner(session)
    campaign = make_campaign(session, one, other)
    make_kpi(session, campaign)
    changed = edit(session, campaign, reporters=[other])
    assert (list(changed.reporters), changed.version) == ([other], 2)
    with pytest.raises(Invalid):
        edit(session, campaign, 2, reporters=[new_id()])


def test_a_new_target_takes_new_ones_on_the_way(session: Session) -> None:
    campaign = make_campaign(session)
    kpi = make_kpi(session, campaign)
    aim(session, campaign, 1, "1000", ("2020-12-31", "300"), ("2024-12-31", "700"))
    assert [each.value for each in list_interims(session, [kpi])] == [300, 700]
    aim(session, campaign, 2, "1200")
    assert list_interims(session, [kpi]) == []
    with pytest.raises(Invalid, match="Correct"):
        aim(session, campaign, 3, "1200")


@pytest.mark.parametrize(
    ("interims", "words"),
    [
        ([("2010-01-01", "300")], "is not within the KPI's days"),
        ([("2020-01-01", "1300")], "is not between the baseline"),
        ([("2020-01-01", "-1")], "is not between the baseline"),
        ([("2020-01-01", "300"), ("2020-01-01", "400")], "is there twice"),
        ([("2020-01-01", "300"), ("2021-01-01", "200")], "further from the target"),
    ],
)
def test_targets_on_the_way_lead_there(session: Session, interims: list[tuple[str, str]], words: str) -> None:
    campaign = make_campaign(session)
    make_kpi(session, campaign)
    with pytest.raises(Invalid) as refused:
        aim(session, campaign, 1, "1200", *interims)
    assert words in refused.value.fields["interims"]


def test_less_may_be_better_on_the_way_too(session: Session) -> None:
    campaign = make_campaign(session)
    make_kpi(session, campaign, direction="decrease", baseline=Decimal(100), target=Decimal(20))
    aim(session, campaign, 1, "10", ("2020-01-01", "60"), ("2021-01-01", "30"))
    with pytest.raises(Invalid):
        aim(session, campaign, 2, "10", ("2020-01-01", "30"), ("2021-01-01", "60"))


@pytest.mark.parametrize(
    ("frequency", "today", "period"),
    [
        ("monthly", "2026-02-10", ("2026-01-15", "2026-01-31", "2026-02-14")),
        ("monthly", "2026-02-15", ("2026-02-01", "2026-02-28", "2026-03-14")),
        ("quarterly", "2026-04-15", ("2026-04-01", "2026-05-20", "2026-06-03")),
        ("yearly", "2026-01-20", ("2026-01-15", "2026-05-20", "2026-06-03")),
        ("yearly", "2026-06-04", None),
        ("none", "2026-02-10", None),
    ],
)
def test_what_is_due_next_follows_the_calendar(frequency: str, today: str, period: Any) -> None:
    found = find_next_period(frequency, date(2026, 1, 15), date(2026, 5, 20), 14, date.fromisoformat(today))
    told = found and tuple(each.isoformat() for each in (found.starts_on, found.ends_on, found.due_on))
    assert told == period


def test_keys_of_parts_stay_when_their_line_is_typed_again() -> None:
    assert [make_key(name) for name in ("Women", "0-17 years", "Über 60", "男性")] == [
        "women",
        "n0_17_years",
        "uber_60",
        "n75376027",
    ]
    present = [{"key": "sex", "name": "Sex", "categories": [{"key": "f", "name": "Women"}]}]
    typed = [
        {"key": "sex_", "name": "sex", "categories": [{"key": "women", "name": "Women"}, {"key": "m", "name": "M"}]}
    ]
    [kept] = keep_keys(typed, present)
    assert (kept["key"], [each["key"] for each in kept["categories"]]) == ("sex", ["f", "m"])


def test_programs_change_what_may_change_and_no_more(script: FlaskClient, session: Session) -> None:
    campaign = make_campaign(session, make_partner(session))
    session.commit()
    address = f"/metrics/api/v1/campaigns/{campaign}/kpis"
    interims = [{"due_on": "2020-06-30", "value": "200"}]
    made = script.post(address, json={**KPI, "interims": interims, "frequency": "monthly"})
    assert (made.status_code, made.json["interims"], made.json["reporters"]) == (201, interims, [])
    changed = script.patch(f"{address}/waste", json={"means": "Slips"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json["means"], changed.json["frequency"]) == (200, "Slips", "monthly")
    assert script.patch(f"{address}/waste", json={"means": "No"}, headers={"If-Match": '"1"'}).status_code == 412
    assert script.patch(f"{address}/waste", json={"key": "other"}, headers={"If-Match": '"2"'}).status_code == 422


def test_programs_keep_the_library(script: FlaskClient) -> None:
    address = "/metrics/api/v1/indicators"
    definition = {"code": "waste", "name": "Waste", "unit": "t", "codes": {"sdg": ["14.1"]}}
    made = script.post(address, json=definition)
    assert (made.status_code, made.json["codes"]) == (201, {"sdg": ["14.1"]})
    assert script.post(address, json=definition).status_code == 409
    own = f"{address}/{made.json['id']}"
    changed = script.put(own, json={"name": "Litter", "unit": "t"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json["name"], changed.json["codes"]) == (200, "Litter", {})
    assert script.put(f"{own}/retired", json={"retired": True}).json["retired"] is True
    assert script.get(address).json["items"] == []
    assert [each["name"] for each in script.get(f"{address}?retired=true").json["items"]] == ["Litter"]
