"""A recount of several KPIs that is stopped on the way."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import update
from sqlalchemy.orm import Session

from services.metrics.commands import metrics_commands
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import PartnerTotal
from services.metrics.measurements.tests.factories import deliver, report
from services.metrics.recounts import service
from shared.clock import utc_now
from shared.service import Runtime

KEYS = ("one", "two", "three")


@pytest.fixture
def kpis(session: Session) -> list[UUID]:
    """Three KPIs with a figure each, of which every partner's sum is wrong."""
    partner = make_partner(session)
    campaign = make_campaign(session, partner)
    made = [make_kpi(session, campaign, key=key).id for key in KEYS]
    deliver(session, campaign, partner, [report(key, "2", kpi=key) for key in KEYS])
    session.execute(update(PartnerTotal).values(verified=Decimal(9)))
    session.commit()
    return made


def test_a_stopped_recount_goes_on_where_it_was_and_reports_all_of_it(
    runtime: Runtime, session: Session, kpis: list[UUID], monkeypatch: Any
) -> None:
    counted, recount_next = [], service.recount_next

    def stop_after_the_first(on: Session, recount_id: UUID, kpi_id: UUID, now: Any) -> list[str]:
        if counted:
            raise KeyboardInterrupt
        counted.append(kpi_id)
        return recount_next(on, recount_id, kpi_id, now)

    (recount,) = metrics_commands(lambda: runtime)
    monkeypatch.setattr(service, "recount_next", stop_after_the_first)
    stopped = CliRunner().invoke(recount, ["--repair"])
    assert (stopped.exit_code, "Stopped with 2 KPIs left." in stopped.stdout) == (130, True)
    monkeypatch.setattr(service, "recount_next", recount_next)
    # One of another kind is no continuation of this one.
    assert "was stopped" in CliRunner().invoke(recount, ["--resume"]).stdout
    resumed = CliRunner().invoke(recount, ["--repair", "--resume"])
    assert resumed.exit_code == 0
    assert "3 KPIs counted anew: 3 differences, put right." in resumed.stdout
    assert [str(kpi_id) in resumed.stdout for kpi_id in kpis] == [True] * 3
    again = CliRunner().invoke(recount, ["--repair", "--resume"])
    assert "No recount of this kind was stopped" in again.stdout
    assert "3 KPIs counted anew: no difference." in again.stdout


def test_progress_is_measured_in_figures(session: Session, kpis: list[UUID]) -> None:
    run = service.begin_recount(session, None, utc_now(), repair=False)
    assert list(service.list_remaining(session, run)) == sorted(kpis)
    assert service.count_figures_of(session, kpis) == dict.fromkeys(kpis, 1)
    service.recount_next(session, run.id, sorted(kpis)[0], utc_now())
    assert list(service.list_remaining(session, run)) == sorted(kpis)[1:]
