"""Sums kept by adding are what the ledger says, whatever was done in whatever order."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.queries import list_kpis
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner, part_kpi
from services.metrics.known.service import keep_campaign, merge_organisation
from services.metrics.measurements.models import SUPERSEDED, Measurement, MonthTotal, PartnerTotal
from services.metrics.measurements.queries import list_month_sums, list_partner_sums
from services.metrics.measurements.service.intake import take_submissions
from services.metrics.measurements.service.joint import enter_adjustment, enter_joint_claim
from services.metrics.measurements.service.merge import merge_figures
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.service.verdicts import (
    decide_matching,
    reject_figures,
    return_figures,
    verify_figures,
)
from services.metrics.measurements.tests.factories import deliver, make_submission, report
from shared.clock import new_id, utc_now
from shared.database.engine import Database
from shared.errors import Conflict, Invalid
from shared.testing.people import make_identity

VALUES = st.decimals("-999999999999999999", "999999999999999999", places=12).map(str) | st.sampled_from(
    ["0", "-0", "1", "0.1", "0.10", "NA", "1e3", "999999999999999999.999999999999"]
)
#: KPI by key: how it comes to its value.
KPIS = {
    "auto": "sum",
    "manual": "sum",
    "counted": "count",
    "average": "mean",
    "score": "weighted_mean",
    "newest": "latest",
    "least": "minimum",
    "most": "maximum",
}
DAYS = st.sampled_from(["2014-05-16", "2014-05-31", "2014-06-01"])
PARTS = st.sampled_from([None, {"sex": {"f": "0.1"}}, {"sex": {"f": "1", "m": "-1"}, "age": {"u18": "7"}}])


def make_item(kpi: str, reference: str, value: str, day: str, parts: Any, note: str | None) -> dict[str, Any]:
    parted = {"parts": parts, "parts_note": "Not all said."} if parts and kpi in ("auto", "manual") else {}
    weighed = {"weight": "2.5"} if kpi == "score" else {}
    return report(reference, value, day, kpi, note=note, **parted, **weighed)


ITEMS = st.builds(
    make_item, st.sampled_from(list(KPIS)), st.sampled_from("abc"), VALUES, DAYS, PARTS, st.sampled_from([None, "So."])
)
DELIVERIES = st.lists(st.tuples(st.integers(0, 1), st.lists(ITEMS, max_size=5)), min_size=1, max_size=4)


class Ledger(RuleBasedStateMachine):
    """All that moves figures, in a transaction each, in whatever order, and a recount after each of them."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.by = make_identity()

    @initialize()
    def begin(self) -> None:
        with self.database.transaction() as session:
            self.partners = [make_partner(session), make_partner(session)]
            self.campaign = make_campaign(session, *self.partners)
            self.kpis = {}
            for key, aggregation in KPIS.items():
                verification = "manual" if key in ("manual", "newest") else "automatic"
                kpi = make_kpi(session, self.campaign, key=key, aggregation=aggregation, verification=verification)
                self.kpis[key] = kpi.id
                if aggregation == "sum":
                    part_kpi(session, kpi)
        self.mergers = 0

    @rule(deliveries=DELIVERIES)
    def hear(self, deliveries: list[tuple[int, list[Any]]]) -> None:
        batch = [make_submission(self.campaign, self.partners[which], items) for which, items in deliveries]
        with self.database.transaction() as session:
            take_submissions(session, batch, utc_now())

    @rule(choose=st.data(), decide=st.sampled_from([verify_figures, reject_figures, return_figures]))
    def decide(self, choose: st.DataObject, decide: Any) -> None:
        with self.database.transaction() as session:
            current = select(Measurement.id).where(
                Measurement.kpi_id.in_(self.kpis.values()), Measurement.status != SUPERSEDED
            )
            ids = list(session.scalars(current.order_by(Measurement.id)))
            if not ids:
                return
            chosen = choose.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
            why = () if decide is verify_figures else ("Not so.",)
            # Joint work and adjustments are not returned.
            with suppress(Invalid):
                decide(session, self.by, self.campaign, chosen, *why, utc_now())

    @rule(verdict=st.sampled_from(["verified", "rejected", "returned"]), key=st.sampled_from(list(KPIS)))
    def decide_by_filter(self, verdict: str, key: str) -> None:
        with self.database.transaction() as session, suppress(Invalid):
            decide_matching(session, self.by, self.campaign, verdict, "So.", utc_now(), up_to=new_id(), kpi=key)

    @rule(value=st.decimals("-1000", "1000", places=3), which=st.integers(0, 1), day=DAYS)
    def adjust(self, value: Decimal, which: int, day: str) -> None:
        on = date.fromisoformat(day)
        with self.database.transaction() as session, suppress(Invalid):
            enter_adjustment(
                session, self.by, self.campaign, utc_now(), kpi="manual", organisation_id=self.partners[which],
                value=value, period_start=on, period_end=on, reason="Overlap.",
            )  # fmt: skip

    @rule(value=st.decimals("-1000", "1000", places=12), share=st.integers(1, 99), day=DAYS)
    def claim(self, value: Decimal, share: int, day: str) -> None:
        on = date.fromisoformat(day)
        first, second = self.partners
        with self.database.transaction() as session, suppress(Conflict):
            enter_joint_claim(
                session, self.by, self.campaign, utc_now(), kpi="manual", claimant_id=first, value=value,
                shares={first: Decimal(share), second: Decimal(100 - share)}, period_start=on, period_end=on,
                reference="day", note_text="Together.",
            )  # fmt: skip

    @precondition(lambda self: self.mergers < 2)
    @rule(which=st.integers(0, 1))
    def merge(self, which: int) -> None:
        self.mergers += 1
        with self.database.transaction() as session:
            merged, survivor = self.partners[which], make_partner(session)
            keep_campaign(
                session, self.campaign, utc_now(), title="A", cause="environment", starts_on=date(2014, 5, 1),
                ends_on=date(2027, 12, 31), partners=[*self.partners, survivor],
            )  # fmt: skip
            deliver(session, self.campaign, survivor, [make_item("auto", "a", "3", "2014-05-16", None, None)])
            merge_figures(session, merged, survivor, utc_now())
            merge_organisation(session, merged, survivor)
        self.partners[which] = survivor

    @invariant()
    def a_recount_finds_no_difference(self) -> None:
        with self.database.transaction() as session:
            for kpi_id in getattr(self, "kpis", {}).values():
                assert recount_kpi(session, kpi_id, utc_now()) == []

    @invariant()
    def all_sums_are_those_of_the_ledger(self) -> None:
        if not hasattr(self, "kpis"):
            return
        ids = [self.kpis[key] for key in ("auto", "manual")]
        with self.database.transaction(write=False) as session:
            rows = session.execute(select(Measurement.kpi_id, Measurement.status, Measurement.value)).all()
            standings = map_standings(session, ids)
            sums_of = [list_partner_sums(session, self.by, ids), list_month_sums(session, self.by, ids)]
        for kpi_id, status in product(ids, ("verified", "provisional")):
            # Fractions have no precision to lose.
            ledger = sum(Fraction(row.value) for row in rows if (row.kpi_id, row.status) == (kpi_id, status))
            assert Fraction(getattr(standings[kpi_id], status)) == ledger
            for sums in sums_of:
                assert sum(Fraction(getattr(each, status)) for each in sums if each.kpi_id == kpi_id) == ledger


@pytest.fixture
def machine(database: Database) -> type[RuleBasedStateMachine]:
    return type("LedgerHere", (Ledger,), {"database": database})


def test_any_sequence_of_what_moves_figures_leaves_sums_equal_to_a_recount(machine: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
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
