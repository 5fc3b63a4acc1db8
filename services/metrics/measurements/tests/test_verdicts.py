"""Looking at provisional figures, and saying which of them count."""

from datetime import date
from decimal import Decimal
from time import perf_counter
from uuid import UUID

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import Measurement
from services.metrics.measurements.service.verdicts import (
    AT_ONCE,
    decide_matching,
    reject_figures,
    return_figures,
    verify_figures,
)
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import new_id, utc_now
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, NotFound
from shared.identity import Identity
from shared.testing.databases import Bus
from shared.testing.people import make_identity


@pytest.fixture
def by() -> Identity:
    return make_identity()


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner)
    make_kpi(session, campaign_id, verification="manual")
    return campaign_id


def ids_of(session: Session, status: str = "provisional") -> list[UUID]:
    return list(session.scalars(select(Measurement.id).where(Measurement.status == status).order_by(Measurement.id)))


def test_a_verified_figure_moves_from_provisional_to_verified(
    session: Session, by: Identity, campaign: UUID, partner: UUID, bus: Bus
) -> None:
    deliver(session, campaign, partner, [report("a", "600"), report("b", "500")])
    assert verify_figures(session, by, campaign, ids_of(session), utc_now()) == 2
    standing = stand(session, campaign)
    assert (standing.verified, standing.provisional, standing.status) == (1100, 0, "reached")
    session.commit()
    assert len(bus.published("kpi_target_reached")) == 1
    figure = session.scalars(select(Measurement)).first()
    assert figure is not None
    assert figure.decided_by == by.name
    assert [each.action for each in list_history(session, campaign)] == ["verified 2 figures", "added the KPI"]


def test_verifying_twice_counts_once(session: Session, by: Identity, campaign: UUID, partner: UUID) -> None:
    deliver(session, campaign, partner, [report("a", "600")])
    ids = ids_of(session)
    assert verify_figures(session, by, campaign, ids, utc_now()) == 1
    assert verify_figures(session, by, campaign, ids, utc_now()) == 0
    assert stand(session, campaign).verified == 600


def test_a_rejected_figure_counts_nowhere_and_keeps_its_reason(
    session: Session, by: Identity, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "600"), report("b", "1")])
    first = ids_of(session)[:1]
    assert reject_figures(session, by, campaign, first, "Ten times the usual.", utc_now()) == 1
    standing = stand(session, campaign)
    assert (standing.verified, standing.provisional) == (0, 1)
    figure = session.get_one(Measurement, first[0])
    assert (figure.status, figure.reason) == ("rejected", "Ten times the usual.")


def test_a_verified_figure_can_still_be_rejected(session: Session, by: Identity, campaign: UUID, partner: UUID) -> None:
    deliver(session, campaign, partner, [report("a", "600")])
    ids = ids_of(session)
    verify_figures(session, by, campaign, ids, utc_now())
    reject_figures(session, by, campaign, ids, "Counted twice.", utc_now())
    assert stand(session, campaign).verified == 0


def test_a_correction_of_a_verified_figure_is_provisional_again(
    session: Session, by: Identity, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "600")])
    verify_figures(session, by, campaign, ids_of(session), utc_now())
    deliver(session, campaign, partner, [report("a", "60")])
    standing = stand(session, campaign)
    assert (standing.verified, standing.provisional) == (0, 60)


def test_nobody_verifies_a_figure_that_was_corrected_since_they_looked(
    session: Session, by: Identity, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "600")])
    seen = ids_of(session)
    deliver(session, campaign, partner, [report("a", "60")])
    with pytest.raises(Conflict, match="corrected by the partner meanwhile"):
        verify_figures(session, by, campaign, seen, utc_now())
    assert stand(session, campaign).verified == 0


def test_figures_of_another_campaign_are_not_decided_on(
    session: Session, by: Identity, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "600")])
    other = make_campaign(session, partner, title="Another")
    make_kpi(session, other)
    with pytest.raises(Invalid, match="Correct the fields"):
        verify_figures(session, by, other, ids_of(session), utc_now())
    with pytest.raises(NotFound):
        verify_figures(session, by, new_id(), ids_of(session), utc_now())


def test_a_choice_is_of_at_least_one_and_not_of_too_many(session: Session, by: Identity, campaign: UUID) -> None:
    for ids in ([], [new_id() for _ in range(AT_ONCE + 1)]):
        with pytest.raises(Invalid):
            verify_figures(session, by, campaign, ids, utc_now())


def test_sums_stay_exact_where_python_would_round(
    session: Session, by: Identity, campaign: UUID, partner: UUID
) -> None:
    values = ["999999999999999999.999999999999", "-0.000000000001", "-999999999999999999.9", "0.1"]
    deliver(session, campaign, partner, [report(str(n), value) for n, value in enumerate(values)])
    assert stand(session, campaign).provisional == Decimal("0.199999999998")
    verify_figures(session, by, campaign, ids_of(session), utc_now())
    assert stand(session, campaign).verified == Decimal("0.199999999998")


def test_a_returned_figure_does_not_count_until_it_comes_again_corrected(
    session: Session, by: Identity, campaign: UUID, partner: UUID, bus: Bus
) -> None:
    sent = deliver(session, campaign, partner, [report("a", "600"), report("b", "1")])
    assert return_figures(session, by, campaign, ids_of(session)[:1], "Is that kilograms?", utc_now()) == 1
    assert stand(session, campaign).provisional == 1
    again = deliver(session, campaign, partner, [report("a", "600")])
    assert "returned: Is that kilograms?" in again.rejected[0].reason
    assert deliver(session, campaign, partner, [report("a", "0.6")]).recorded == 1
    assert stand(session, campaign).provisional == Decimal("1.6")
    session.commit()
    (told,) = bus.published("figures_decided")
    assert (told.data["submission_id"], told.data["verdict"]) == (str(sent.submission_id), "returned")
    assert told.data["figures"] == [{"kpi": "waste", "reference": "a"}]


def test_a_returned_figure_may_come_again_with_a_note_that_says_why_it_is_right_and_is_looked_at_again(
    session: Session, by: Identity, partner: UUID
) -> None:
    campaign = make_campaign(session, partner)
    make_kpi(session, campaign)
    deliver(session, campaign, partner, [report("a", "600")])
    return_figures(session, by, campaign, ids_of(session, "verified"), "So much?", utc_now())
    assert stand(session, campaign).verified == 0
    assert deliver(session, campaign, partner, [report("a", "600", note="After the storm.")]).recorded == 1
    assert (stand(session, campaign).verified, stand(session, campaign).provisional) == (0, 600)


def test_partners_hear_of_what_is_taken_back_too_but_not_of_plain_verification(
    session: Session, by: Identity, campaign: UUID, partner: UUID, bus: Bus
) -> None:
    deliver(session, campaign, partner, [report("a", "600"), report("b", "1")])
    first, second = ids_of(session)
    verify_figures(session, by, campaign, [first], utc_now())
    reject_figures(session, by, campaign, [second], "No.", utc_now())
    verify_figures(session, by, campaign, [second], utc_now())
    session.commit()
    told = [(each.data["verdict"], each.data["figures"][0]["reference"]) for each in bus.published("figures_decided")]
    assert told == [("rejected", "b"), ("verified", "b")]


def test_all_that_match_are_decided_on_at_once_but_nothing_that_came_after_one_looked(
    session: Session, by: Identity, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report(f"may{n}", "1") for n in range(3)])
    deliver(session, campaign, partner, [report("june", "10", "2014-06-02")])
    seen = ids_of(session)[-1]
    deliver(session, campaign, partner, [report("late", "100")])
    until = date(2014, 5, 31)
    assert decide_matching(session, by, campaign, "verified", None, utc_now(), up_to=seen, until=until) == 3
    assert (stand(session, campaign).verified, stand(session, campaign).provisional) == (3, 110)
    assert decide_matching(session, by, campaign, "rejected", "No.", utc_now(), up_to=seen, kpi="waste") == 1
    assert (stand(session, campaign).verified, stand(session, campaign).provisional) == (3, 100)


def test_a_thousand_figures_are_verified_with_as_many_statements_as_ten(
    session: Session, by: Identity, campaign: UUID, partner: UUID
) -> None:
    def count(figures: int) -> tuple[int, float]:
        items = [report(f"{figures}-{n}", "0.001", f"2014-{5 + n % 8:02}-16") for n in range(figures)]
        deliver(session, campaign, partner, items)
        session.commit()
        statements: list[str] = []
        heard = lambda *given: statements.append(given[2])  # noqa: E731
        bind = session.get_bind()
        event.listen(bind, "before_cursor_execute", heard)
        began = perf_counter()
        assert decide_matching(session, by, campaign, "verified", None, utc_now(), up_to=new_id()) == figures
        session.commit()
        took = perf_counter() - began
        event.remove(bind, "before_cursor_execute", heard)
        return len(statements), took

    # The first verdict changes what the KPI is judged as, which is told once.
    _first, few, many = count(1), count(10), count(1000)
    assert many[0] == few[0]
    assert many[1] < 1
