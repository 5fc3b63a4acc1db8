"""The command that counts the sums anew."""

from decimal import Decimal
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import update
from sqlalchemy.orm import Session

from services.metrics.commands import metrics_commands
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import MonthTotal, PartnerTotal
from services.metrics.measurements.tests.factories import deliver, report
from shared.service import Runtime


@pytest.fixture
def reported(session: Session) -> UUID:
    partner = make_partner(session)
    campaign = make_campaign(session, partner)
    make_kpi(session, campaign)
    deliver(session, campaign, partner, [report("a", "1.5"), report("b", "2", "2014-06-01")])
    session.commit()
    return campaign


def spoil(session: Session) -> None:
    session.execute(update(PartnerTotal).values(verified=Decimal(9)))
    session.execute(update(MonthTotal).where(MonthTotal.verified == Decimal(2)).values(figures=7))
    session.commit()


def test_the_command_reports_differences_and_exits_1_until_they_are_put_right(
    runtime: Runtime, session: Session, reported: UUID
) -> None:
    (recount,) = metrics_commands(lambda: runtime)
    run = lambda *arguments: CliRunner().invoke(recount, arguments)  # noqa: E731
    fine = run("--campaign", str(reported))
    assert (fine.exit_code, fine.stdout) == (0, "1 KPIs counted anew: no difference.\n")
    spoil(session)
    spoilt = run()
    assert spoilt.exit_code == 1
    assert "kept 9 verified, 0 provisional, 2 figures (2 verified); the ledger says 3.5 verified" in spoilt.stdout
    assert "2 differences, put right" in run("--repair").stdout
    assert run().exit_code == 0
