"""Sums kept by adding are what the ledger says, whatever was done in whatever order."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.queries import list_kpis
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import SUPERSEDED, Measurement, MonthTotal, PartnerTotal
from services.metrics.measurements.queries import list_month_sums, list_partner_sums
from services.metrics.measurements.service.intake import take_submissions
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.service.verdicts import reject_figures, verify_figures
from services.metrics.measurements.tests.factories import deliver, make_submission, report
from shared.clock import utc_now
from shared.database.engine import Database
from shared.testing.people import make_identity

VALUES = st.decimals("-999999999999999999", "999999999999999999", places=12).map(str) | st.sampled_from(
    ["0", "-0", "1", "0.1", "0.10", "NA", "1e3", "999999999999999999.999999999999"]
)
ITEMS = st.builds(
    report,
    st.sampled_from("abc"),
    VALUES,
    st.sampled_from(["2014-05-16", "2014-05-31", "2014-06-01"]),
    st.sampled_from(["auto", "manual"]),
)
DELIVERIES = st.lists(st.tuples(st.integers(0, 1), st.lists(ITEMS, max_size=4)), min_size=1, max_size=4)


@pytest.fixture
def machine(database: Database) -> Iterator[type[RuleBasedStateMachine]]:
    class Ledger(RuleBasedStateMachine):
        """Reports, corrections, verdicts and doubts, in a transaction each, and a recount after each of them."""

        def __init__(self) -> None:
            super().__init__()
            self.by = make_identity()

        @initialize()
        def begin(self) -> None:
            with database.transaction() as session:
                self.partners = [make_partner(session), make_partner(session)]
                self.campaign = make_campaign(session, *self.partners)
                self.kpis = [
                    make_kpi(session, self.campaign, key="auto").id,
                    make_kpi(session, self.campaign, key="manual", verification="manual").id,
                ]

        @rule(deliveries=DELIVERIES)
        def hear(self, deliveries: list[tuple[int, list[Any]]]) -> None:
            batch = [make_submission(self.campaign, self.partners[which], items) for which, items in deliveries]
            with database.transaction() as session:
                take_submissions(session, batch, utc_now())

        @rule(choose=st.data(), verified=st.booleans())
        def decide(self, choose: st.DataObject, verified: bool) -> None:
            with database.transaction() as session:
                current = select(Measurement.id).where(
                    Measurement.kpi_id.in_(self.kpis), Measurement.status != SUPERSEDED
                )
                ids = list(session.scalars(current.order_by(Measurement.id)))
                if not ids:
                    return
                chosen = choose.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
                if verified:
                    verify_figures(session, self.by, self.campaign, chosen, utc_now())
                else:
                    reject_figures(session, self.by, self.campaign, chosen, "Not so.", utc_now())

        @invariant()
        def a_recount_finds_no_difference(self) -> None:
            with database.transaction() as session:
                for kpi_id in getattr(self, "kpis", []):
                    assert recount_kpi(session, kpi_id, utc_now()) == []

        @invariant()
        def all_sums_are_those_of_the_ledger(self) -> None:
            if not hasattr(self, "kpis"):
                return
            with database.transaction(write=False) as session:
                rows = session.execute(select(Measurement.kpi_id, Measurement.status, Measurement.value)).all()
                standings = map_standings(session, self.kpis)
                parts = [list_partner_sums(session, self.by, self.kpis), list_month_sums(session, self.by, self.kpis)]
            for kpi_id, status in product(self.kpis, ("verified", "provisional")):
                # Fractions have no precision to lose.
                ledger = sum(Fraction(row.value) for row in rows if (row.kpi_id, row.status) == (kpi_id, status))
                assert Fraction(getattr(standings[kpi_id], status)) == ledger
                for sums in parts:
                    assert sum(Fraction(getattr(each, status)) for each in sums if each.kpi_id == kpi_id) == ledger

    yield Ledger


def test_any_sequence_of_reports_and_verdicts_leaves_sums_equal_to_a_recount(machine: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


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
    session.execute(update(MonthTotal).where(MonthTotal.month == date(2014, 6, 1)).values(figures=7))
    session.commit()


def test_a_recount_says_each_difference_and_changes_nothing(session: Session, reported: UUID) -> None:
    spoil(session)
    (kpi,) = list_kpis(session, reported)
    partner, month = recount_kpi(session, kpi.id, utc_now())
    assert (partner.kept, partner.counted) == (
        "9 verified, 0 provisional, 2 figures (2 verified)",
        "3.5 verified, 0 provisional, 2 figures (2 verified)",
    )
    assert month.where.endswith("2014-06")
    assert len(recount_kpi(session, kpi.id, utc_now())) == 2


def test_a_repair_makes_the_sums_what_the_ledger_says(session: Session, reported: UUID) -> None:
    spoil(session)
    (kpi,) = list_kpis(session, reported)
    assert len(recount_kpi(session, kpi.id, utc_now(), repair=True)) == 2
    assert recount_kpi(session, kpi.id, utc_now()) == []
