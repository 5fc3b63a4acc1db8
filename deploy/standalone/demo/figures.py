"""What the story's people do with figures beside their partners' reports: enter, share, adjust, lock, return."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.metrics.indicators.queries import list_kpis
from services.metrics.indicators.service.kpis import create_kpi
from services.metrics.measurements.queries import find_figures
from services.metrics.measurements.service.entry import enter_figure
from services.metrics.measurements.service.joint import enter_adjustment, enter_joint_claim
from services.metrics.measurements.service.locks import lock_months
from services.metrics.measurements.service.sources import set_source
from services.metrics.measurements.service.verdicts import return_figures
from shared.identity import Identity

PUPILS = [
    {
        "key": "sex",
        "name": "Sex",
        "categories": [{"key": "girls", "name": "Girls"}, {"key": "boys", "name": "Boys"}],
    },
    {
        "key": "grade",
        "name": "Grade",
        "categories": [{"key": "lower", "name": "Grades 1 to 3"}, {"key": "upper", "name": "Grades 4 to 7"}],
    },
]
#: Weeks before today, and how many girls and boys, and pupils of the lower and the upper grades, came.
LESSONS = (
    (-22, 31, 27, 20, 38),
    (-18, 26, 30, 18, 38),
    (-14, 35, 33, 30, 38),
    (-10, 29, 24, 22, 31),
    (-6, 38, 36, 33, 41),
    (-2, 34, 37, 30, 41),
)


def tell_kpis(session: Any, by: Identity, title: str, campaign_id: UUID, at: datetime) -> None:
    """KPIs that are not fed by weekly figures: one that we enter by hand, in parts, and one from the press."""
    made: dict[str, Any] = {"aggregation": "sum", "direction": "increase", "baseline": Decimal(0)}
    if title == "Clean Coast":
        create_kpi(
            session, by, campaign_id, at, key="pupils_taught", name="Pupils taught", unit="pupils",
            target=Decimal(450), verification="automatic", dimensions=PUPILS, frequency="monthly", **made,
        )  # fmt: skip
    if title == "Ready to Read":
        create_kpi(
            session, by, campaign_id, at, key="readers_reached", name="Readers reached", unit="people",
            target=Decimal(100_000), verification="automatic", **made,
        )  # fmt: skip
        set_source(session, by, campaign_id, "readers_reached", at, source="coverage", measure="reach")


def tell_figures(
    session: Any, by: Identity, campaign_id: UUID, organisations: Mapping[str, UUID], now: datetime,
    day: Callable[[int], date],
) -> None:  # fmt: skip
    """What happened in Clean Coast; `day` tells a week's Monday."""
    bay, parks = organisations["bay"], organisations["parks"]
    for week, girls, boys, lower, upper in LESSONS:
        _enter(session, by, campaign_id, now, kpi="pupils_taught", organisation_id=bay, value=Decimal(girls + boys),
               period_start=day(week), period_end=day(week), note_text="From the class lists.",
               parts={"sex": {"girls": Decimal(girls), "boys": Decimal(boys)},
                      "grade": {"lower": Decimal(lower), "upper": Decimal(upper)}})  # fmt: skip
    enter_joint_claim(
        session, by, campaign_id, now, kpi="waste_removed", claimant_id=bay, value=Decimal("1.85"),
        shares={bay: Decimal(60), parks: Decimal(40)}, period_start=day(-5), period_end=day(-5),
        reference="Harbour day", note_text="Both crews worked one line of boats; shares agreed on the quay.",
    )  # fmt: skip
    enter_adjustment(
        session, by, campaign_id, now, kpi="waste_removed", organisation_id=parks, value=Decimal("-0.32"),
        period_start=day(-9), period_end=day(-9), reason="One lorry was weighed at the net and again at the gate.",
    )  # fmt: skip
    lock_months(session, by, campaign_id, day(-30), day(-12), now, "Half-year report to the board")
    _enter(session, by, campaign_id, now, kpi="waste_removed", organisation_id=bay, value=Decimal("0.41"),
           period_start=day(-20), period_end=day(-20), reference="slips of the second van",
           note_text="Weighing slips found in the second van.",
           link="https://tablebay.example.org/slips/second-van")  # fmt: skip
    _enter(session, by, campaign_id, now, kpi="waste_removed", organisation_id=bay, value=Decimal("8.2"),
           period_start=day(-1), period_end=day(-1), reference="storm of last week",
           note_text="Told on the phone: three days of clearing after the storm.")  # fmt: skip
    hours = [kpi.id for kpi in list_kpis(session, campaign_id) if kpi.key == "volunteer_hours"]
    waiting = find_figures(session, by, hours, status="provisional", cursor=None, limit=1).items
    _give_back(session, by, campaign_id, [figure.id for figure in waiting], now)


def _enter(session: Any, by: Identity, campaign_id: UUID, now: datetime, **told: Any) -> None:
    enter_figure(session, by, campaign_id, now - timedelta(hours=1), **told)


def _give_back(session: Any, by: Identity, campaign_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
    if ids:
        return_figures(session, by, campaign_id, ids, "Is the Saturday shift in it, or only weekdays?", now)
