"""Looking at provisional figures, and saying which of them count."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import Measurement
from services.metrics.measurements.service.verdicts import AT_ONCE, reject_figures, verify_figures
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
