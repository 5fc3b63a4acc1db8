"""KPIs that are worked out from others move with them, in the same transaction."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import read_standings
from services.metrics.indicators.queries import get_kpi, list_kpis
from services.metrics.indicators.service.kpis import edit_kpi
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import Measurement
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.service.verdicts import reject_figures, verify_figures
from services.metrics.measurements.tests.factories import deliver, reasons, report, stand
from shared.clock import utc_now
from shared.database.engine import Database
from shared.errors import Invalid
from shared.testing.databases import Bus
from shared.testing.people import make_identity

RATIO: dict[str, Any] = {
    "key": "per_hour", "name": "Waste per hour", "unit": "t/h", "aggregation": "ratio", "formula": "waste / hours",
    "target": Decimal(3),
}  # fmt: skip


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign = make_campaign(session, partner)
    make_kpi(session, campaign)
    make_kpi(session, campaign, key="hours", name="Hours", unit="h", verification="manual")
    make_kpi(session, campaign, **RATIO)
    return campaign


def hours(session: Session, campaign: UUID, partner: UUID, value: str) -> UUID:
    deliver(session, campaign, partner, [report("h", value, kpi="hours")])
    current = select(Measurement.id).where(Measurement.reference == "h", Measurement.status != "superseded")
    return session.scalars(current).one()


def test_a_ratio_follows_reports_verdicts_and_corrections_of_both(
    session: Session, campaign: UUID, partner: UUID, bus: Bus
) -> None:
    deliver(session, campaign, partner, [report("w", "6")])
    standing = stand(session, campaign, "per_hour")
    assert (standing.status, standing.verified_figures) == ("no_data", 0)
    figure = hours(session, campaign, partner, "4")
    verify_figures(session, make_identity(), campaign, [figure], utc_now())
    assert (standing.verified, standing.status) == (Decimal("1.5"), "off_track")
    deliver(session, campaign, partner, [report("w", "13")])
    assert (standing.verified, standing.status) == (Decimal("3.25"), "reached")
    reject_figures(session, make_identity(), campaign, [figure], "No such day.", utc_now())
    assert (standing.verified, standing.verified_figures, standing.status) == (0, 0, "no_data")
    session.commit()
    [told] = bus.published("kpi_target_reached")
    assert (told.data["name"], told.data["value"]) == ("Waste per hour", "3.25")
    assert [each.data["after"] for each in bus.published("kpi_status_changed") if each.data["key"] == "per_hour"] == [
        "off_track",
        "reached",
        "no_data",
    ]


def test_a_recount_looks_at_what_is_worked_out_too(session: Session, campaign: UUID, partner: UUID) -> None:
    figure = hours(session, campaign, partner, "4")
    deliver(session, campaign, partner, [report("w", "6")])
    verify_figures(session, make_identity(), campaign, [figure], utc_now())
    kpis = list_kpis(session, campaign)
    assert [recount_kpi(session, kpi.id, utc_now()) for kpi in kpis] == [[], [], []]
    standing = read_standings(session, [kpis[2].id])[kpis[2].id]
    standing.verified = Decimal(9)
    session.flush()
    [difference] = recount_kpi(session, kpis[2].id, utc_now(), repair=True)
    assert difference.kept.startswith("9 verified")
    assert standing.verified == Decimal("1.5")
    assert recount_kpi(session, kpis[2].id, utc_now()) == []


def test_a_repair_of_an_input_moves_what_is_worked_out(session: Session, campaign: UUID, partner: UUID) -> None:
    figure = hours(session, campaign, partner, "4")
    deliver(session, campaign, partner, [report("w", "6")])
    verify_figures(session, make_identity(), campaign, [figure], utc_now())
    waste = stand(session, campaign)
    waste.verified = Decimal(60)
    session.flush()
    [kpi, *_others] = list_kpis(session, campaign)
    assert recount_kpi(session, kpi.id, utc_now(), repair=True)
    assert stand(session, campaign, "per_hour").verified == Decimal("1.5")


def test_another_baseline_of_an_input_moves_it_too(session: Session, campaign: UUID, partner: UUID) -> None:
    figure = hours(session, campaign, partner, "4")
    deliver(session, campaign, partner, [report("w", "6")])
    verify_figures(session, make_identity(), campaign, [figure], utc_now())
    kpi = get_kpi(session, make_identity(), campaign, "waste")
    edit_kpi(session, make_identity(), campaign, "waste", kpi.version, utc_now(), baseline=Decimal(2))
    assert stand(session, campaign, "per_hour").verified == 2


def test_nobody_reports_what_is_worked_out(session: Session, campaign: UUID, partner: UUID) -> None:
    [refused] = reasons(deliver(session, campaign, partner, [report("r", "2", kpi="per_hour")]))
    assert "worked out from others" in refused


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"formula": "waste / litter"}, "formula", "no KPI with the key litter. It has: hours, waste."),
        ({"formula": "waste / per_hour"}, "formula", "per_hour is worked out itself"),
        ({"formula": None}, "formula", "Say how it is worked out"),
        ({"unit": "kg/h"}, "unit", "comes out in t/h, not in kg/h"),
        ({"aggregation": "formula", "formula": "waste + hours"}, "formula", "t and h can't be added"),
        ({"aggregation": "sum"}, "formula", "Only a ratio or a formula"),
    ],
)
def test_what_can_not_be_worked_out_is_refused(
    session: Session, campaign: UUID, changes: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make_kpi(session, campaign, **{**RATIO, "key": "other", **changes})
    assert words in refused.value.fields[field]


def test_the_unit_of_an_input_stays(session: Session, campaign: UUID) -> None:
    with pytest.raises(Invalid, match="Correct"):
        edit_kpi(session, make_identity(), campaign, "waste", 1, utc_now(), unit="kg")


def test_a_formula_changed_is_worked_out_at_once(session: Session, campaign: UUID, partner: UUID) -> None:
    deliver(session, campaign, partner, [report("w", "6")])
    changes: dict[str, Any] = {"aggregation": "formula", "formula": "waste * 2", "unit": "t"}
    edit_kpi(session, make_identity(), campaign, "per_hour", 1, utc_now(), **changes)
    assert stand(session, campaign, "per_hour").verified == 12
    hours(session, campaign, partner, "4")
    deliver(session, campaign, partner, [report("w", "7")])
    assert stand(session, campaign, "per_hour").verified == 14


def test_a_campaign_without_formulas_pays_nothing(database: Database, session: Session, partner: UUID) -> None:
    campaigns = [make_campaign(session, partner), make_campaign(session, partner)]
    for campaign in campaigns:
        make_kpi(session, campaign)
    make_kpi(session, campaigns[1], **{**RATIO, "aggregation": "formula", "formula": "waste * 2", "unit": "t"})
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    counts = []
    for campaign in campaigns:
        asked.clear()
        deliver(session, campaign, partner, [report("w", "6")])
        counts.append(len([text for text in asked if "kpi_inputs" in text and "EXISTS" not in text]))
    assert counts[0] == 0 < counts[1]
