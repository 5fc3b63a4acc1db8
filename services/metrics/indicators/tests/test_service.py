"""Targets change with a reason, and every KPI is judged once a day."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from services.metrics.indicators.queries import list_target_changes
from services.metrics.indicators.service import judging
from services.metrics.indicators.service.judging import assess_due
from services.metrics.indicators.service.targets import change_target
from services.metrics.indicators.tests.factories import make_campaign, make_kpi
from shared.clock import utc_now
from shared.errors import Invalid, Stale
from shared.testing.people import make_identity


def test_a_changed_target_keeps_the_former_one_its_reason_and_who_changed_it(session: Session) -> None:
    campaign = make_campaign(session)
    kpi = make_kpi(session, campaign)
    by = make_identity(name="Thandi Mokoena")
    for version, target in ((1, "1200"), (2, "900.50")):
        change_target(
            session, by, campaign, "waste", version, utc_now(), target=Decimal(target), reason=f"To {target}."
        )
    changes = list_target_changes(session, [kpi.id])
    assert [(each.number, each.former, each.target, each.reason, each.person_name) for each in changes] == [
        (2, 1000, 1200, "To 1200.", "Thandi Mokoena"),
        (3, 1200, Decimal("900.5"), "To 900.50.", "Thandi Mokoena"),
    ]


def test_two_people_cannot_change_a_target_unseen(session: Session) -> None:
    campaign = make_campaign(session)
    make_kpi(session, campaign)
    by = make_identity(name="Thandi Mokoena")
    change_target(session, by, campaign, "waste", 1, utc_now(), target=Decimal(5), reason="Less.")
    with pytest.raises(Stale, match="Thandi Mokoena changed a target since you opened this"):
        change_target(session, by, campaign, "waste", 1, utc_now(), target=Decimal(6), reason="More.")


@pytest.mark.parametrize("target", ["0", "-1", "1000"])
def test_a_target_that_is_no_target_is_refused(session: Session, target: str) -> None:
    campaign = make_campaign(session)
    make_kpi(session, campaign)
    with pytest.raises(Invalid):
        change_target(
            session, make_identity(), campaign, "waste", 1, utc_now(), target=Decimal(target), reason="A try."
        )


def test_the_daily_judgement_takes_a_few_at_a_time_and_each_once_a_day(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "CHUNK", 2)
    campaign = make_campaign(session)
    for number in range(3):
        make_kpi(session, campaign, key=f"kpi_{number}")
    tomorrow = utc_now() + timedelta(days=1)
    assert [assess_due(session, tomorrow) for _run in range(3)] == [True, False, False]
