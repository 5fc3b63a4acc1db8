"""What a report says in words, and how its figures are laid out."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import python_calamine
from flask import Flask

from services.metrics.reports.document import (
    Change,
    KpiPart,
    MarkLine,
    MonthLine,
    PartnerLine,
    Remark,
    ReportDocument,
    TargetNote,
)
from services.metrics.reports.drawing import draw_workbook
from services.metrics.reports.view import ReportView

PART = KpiPart(
    key="waste", name="Waste removed", unit="t", aggregation="sum", verification="automatic",
    starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), baseline=Decimal(0), target=Decimal(10),
    value=Decimal("12.5"), verified=Decimal("12.5"), provisional=Decimal(1), period_verified=Decimal("12.5"),
    period_provisional=Decimal(1), status="reached", progress=Decimal("1.25"), time=Decimal("0.5"),
    wanted=Decimal("0.5"), pace="straight", waiting=False, over=False, begun=True,
    months=(MonthLine(date(2026, 2, 1), Decimal(4), Decimal(0), Decimal(4)),
            MonthLine(date(2026, 3, 1), Decimal("8.5"), Decimal(1), Decimal("12.5"))),
    partners=(PartnerLine("Wheel", Decimal("12.5"), Decimal(1)), PartnerLine("", Decimal(0), Decimal(0))),
    notes=(TargetNote(Decimal(8), Decimal(10), "A fourth wheel", date(2026, 2, 3)),),
)  # fmt: skip
DOCUMENT = ReportDocument(
    kind="final", campaign="A swimmable harbour", cause="environment", starts_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31), campaign_starts_on=date(2026, 1, 1), campaign_ends_on=date(2026, 12, 31),
    partners=("Wheel", ""), as_of=datetime(2026, 7, 1, 12, tzinfo=UTC), edition=1, reason="", kpis=(PART,),
    marks=(MarkLine("decision", "=Buy a barge", "It pays", date(2026, 2, 1), True),),
    narrative={"summary": "Well done."},
)  # fmt: skip


@pytest.fixture(autouse=True)
def in_a_request(app: Flask) -> Any:
    with app.test_request_context():
        yield


@pytest.fixture(params=["sqlite"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Nothing here asks a database."""
    return str(request.param)


def tell(**changes: Any) -> Any:
    return ReportView(replace(DOCUMENT, kpis=(replace(PART, **changes),)), "#0b5cad").kpis[0]


def test_findings_say_when_a_target_was_reached_and_who_gave_the_most() -> None:
    kpi = tell()
    assert kpi.trend_finding == "The target was reached in March 2026"
    assert kpi.shares_finding == "All of it was reported by Wheel"
    assert kpi.sentence == (
        "Waste removed reached its target: 12.5\N{NO-BREAK SPACE}t verified, and 10\N{NO-BREAK SPACE}t was the target."
    )
    assert "A fourth wheel" in kpi.notes[0]


def test_restatements_joint_work_and_adjustments_are_told_under_the_figure() -> None:
    month = date(2026, 2, 1)
    told = tell(
        notes=(),
        remarks=(
            Remark("restated", month, month, Decimal(4), None, ("Wheel",), "Weighed twice"),
            Remark("joint", month, date(2026, 2, 28), None, Decimal(3), ("Wheel", ""), ""),
            Remark("adjustment", month, month, None, Decimal(-1), ("Wheel",), "Overlap"),
        ),
    ).notes
    assert told[0].startswith("A figure of Wheel for February 2026 was restated from 4")
    assert told[0].endswith("to \N{EN DASH}: Weighed twice")
    assert "joint work of Wheel, Name not yet known, counted once" in told[1]
    assert told[2].endswith("is an adjustment at Wheel: Overlap")


def test_what_nobody_verified_is_no_zero_percent() -> None:
    kpi = tell(status="no_data", waiting=True, months=(), partners=(), value=None, verified=Decimal(0))
    assert "nothing is verified yet" in kpi.sentence
    assert kpi.progress == "\N{EN DASH}"
    assert not kpi.trend
    assert not kpi.shares


def test_many_months_are_told_by_year_with_exact_sums() -> None:
    months = tuple(
        MonthLine(date(2014 + n // 12, n % 12 + 1, 1), Decimal("0.1"), Decimal(0), Decimal("0.1") * (n + 1))
        for n in range(30)
    )
    years = [(line.name, line.verified, line.level) for line in tell(months=months).times]
    assert years == [
        ("2014", Decimal("1.2"), Decimal("1.2")),
        ("2015", Decimal("1.2"), Decimal("2.4")),
        ("2016", Decimal("0.6"), Decimal("3.0")),
    ]


def test_changes_name_the_figure_or_the_month() -> None:
    changed = (
        Change("Waste removed", "t", "verified", Decimal(1), Decimal(2)),
        Change("Waste removed", "t", "2026-02", None, Decimal(2)),
    )
    view = ReportView(replace(DOCUMENT, changes=changed), "#0b5cad")
    assert [line[1] for line in view.changes] == ["Verified", "February 2026"]
    assert view.changes[1][2] == "\N{EN DASH}"


def test_a_workbook_keeps_texts_that_look_like_formulas() -> None:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(draw_workbook(DOCUMENT)))
    assert book.get_sheet_by_name("Decisions and milestones").to_python()[1][1] == "=Buy a barge"
    assert book.get_sheet_by_name("Partners").to_python()[1][2:] == ["Wheel", 12.5, 1.0]
    assert book.get_sheet_by_name("Months").to_python()[2][2:] == [date(2026, 3, 1), 8.5, 1.0, 12.5]
