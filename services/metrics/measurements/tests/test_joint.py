"""Work that several partners did together, and entries that take an overlap out."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import JointClaim, Measurement
from services.metrics.measurements.queries import list_partner_sums
from services.metrics.measurements.queries.records import list_joint_work
from services.metrics.measurements.service.joint import enter_adjustment, enter_joint_claim, split_value
from services.metrics.measurements.service.merge import merge_figures
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.service.verdicts import reject_figures, return_figures, verify_figures
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import new_id, utc_now
from shared.database.types import EXACT
from shared.errors import Conflict, Invalid
from shared.testing.people import make_identity

STAFF = make_identity()
MAY = {"period_start": date(2014, 5, 1), "period_end": date(2014, 5, 31)}


@pytest.fixture
def wheel(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def other(session: Session) -> UUID:
    return make_partner(session, "Captain Trash Wheel")


@pytest.fixture
def campaign(session: Session, wheel: UUID, other: UUID) -> UUID:
    campaign_id = make_campaign(session, wheel, other)
    make_kpi(session, campaign_id, verification="manual")
    make_kpi(session, campaign_id, key="score", aggregation="mean")
    return campaign_id


def claim(session: Session, campaign: UUID, claimant: UUID, shares: dict[UUID, str], **changes: Any) -> JointClaim:
    given: dict[str, Any] = {"kpi": "waste", "value": Decimal(10), "reference": "harbour day", "note_text": "Together."}
    parts = {each: Decimal(share) for each, share in shares.items()}
    return enter_joint_claim(
        session, STAFF, campaign, utc_now(), claimant_id=claimant, shares=parts, **{**MAY, **given, **changes}
    )


def by_partner(session: Session, campaign: UUID) -> dict[UUID, tuple[Decimal, Decimal]]:
    sums = list_partner_sums(session, STAFF, [stand(session, campaign).kpi_id])
    return {each.organisation_id: (each.verified, each.provisional) for each in sums if each.organisation_id}


def test_a_joint_claim_is_each_partners_share_and_counted_once(
    session: Session, campaign: UUID, wheel: UUID, other: UUID
) -> None:
    claim(session, campaign, wheel, {wheel: "75", other: "25"})
    assert by_partner(session, campaign) == {wheel: (0, Decimal("7.5")), other: (0, Decimal("2.5"))}
    (told,) = list_joint_work(session, STAFF, [stand(session, campaign).kpi_id])
    assert (told.kind, told.value, dict(told.shares)) == ("joint", 10, {wheel: Decimal("7.5"), other: Decimal("2.5")})


def test_a_verdict_on_one_share_is_one_on_the_claim(session: Session, campaign: UUID, wheel: UUID, other: UUID) -> None:
    claim(session, campaign, wheel, {wheel: "0.75", other: "0.25"})
    share = session.scalars(select(Measurement).where(Measurement.organisation_id == other)).one()
    assert verify_figures(session, STAFF, campaign, [share.id], utc_now()) == 2
    assert stand(session, campaign).verified == 10
    with pytest.raises(Invalid):
        return_figures(session, STAFF, campaign, [share.id], "No.", utc_now())
    with pytest.raises(Conflict):
        claim(session, campaign, wheel, {wheel: "1", other: "99"})
    reject_figures(session, STAFF, campaign, [share.id], "Shares were wrong.", utc_now())
    assert list_joint_work(session, STAFF, [stand(session, campaign).kpi_id]) == []
    claim(session, campaign, wheel, {wheel: "1", other: "99"})
    assert by_partner(session, campaign) == {wheel: (0, Decimal("0.1")), other: (0, Decimal("9.9"))}


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        (("50", "40"), "add up to 90"),
        (("0", "100"), "more than 0"),
        (("100",), "at least two"),
        (("-1", "2"), "than 0"),
    ],
)
def test_shares_that_do_not_make_a_whole_are_refused(
    session: Session, campaign: UUID, wheel: UUID, other: UUID, shares: tuple[str, ...], words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        claim(session, campaign, wheel, dict(zip((wheel, other), shares, strict=False)))
    assert words in refused.value.fields["shares"]


def test_only_partners_of_the_campaign_share_and_only_sums_are_shared(
    session: Session, campaign: UUID, wheel: UUID
) -> None:
    with pytest.raises(Invalid):
        claim(session, campaign, wheel, {wheel: "50", new_id(): "50"})
    with pytest.raises(Invalid):
        claim(session, campaign, wheel, {wheel: "50", new_id(): "50"}, kpi="score")


@given(
    st.decimals("-999999999999999999", "999999999999999999", places=12),
    st.lists(st.integers(1, 10**6), min_size=2, max_size=6),
)
def test_shares_of_any_value_add_up_to_it_to_the_last_digit(value: Decimal, weights: list[int]) -> None:
    whole = sum(weights)
    shares = {new_id(): (Decimal(each) * 100 / whole).quantize(Decimal("1e-12")) for each in weights}
    first = next(iter(shares))
    rest = Decimal(0)
    for each in list(shares.values())[1:]:
        rest = EXACT.add(rest, each)
    shares[first] = EXACT.subtract(Decimal(100), rest)
    parts = split_value(value, shares, first)
    total = Decimal(0)
    for part in parts.values():
        assert int(part.as_tuple().exponent) >= -12
        total = EXACT.add(total, part)
    assert total == value


def test_an_adjustment_takes_an_overlap_out_and_says_why(
    session: Session, campaign: UUID, wheel: UUID, other: UUID
) -> None:
    deliver(session, campaign, wheel, [report("a", "10")])
    deliver(session, campaign, other, [report("b", "4")])
    kpi_id = stand(session, campaign).kpi_id
    adjusted = {"kpi": "waste", "organisation_id": other, **MAY}
    enter_adjustment(session, STAFF, campaign, utc_now(), value=Decimal(-3), reason="Both weighed it.", **adjusted)  # type: ignore[arg-type]
    assert by_partner(session, campaign) == {wheel: (0, 10), other: (-3, 4)}
    (told,) = list_joint_work(session, STAFF, [kpi_id])
    assert (told.kind, told.value, told.note, told.status) == ("adjustment", -3, "Both weighed it.", "verified")
    with pytest.raises(Invalid):
        enter_adjustment(session, STAFF, campaign, utc_now(), value=Decimal(0), reason="x", **adjusted)  # type: ignore[arg-type]
    assert recount_kpi(session, kpi_id, utc_now()) == []


def test_the_shares_of_a_merged_partner_are_the_survivors(
    session: Session, campaign: UUID, wheel: UUID, other: UUID
) -> None:
    third = make_partner(session, "Professor Trash Wheel")
    claim(session, campaign, wheel, {wheel: "75", other: "25"})
    merge_figures(session, wheel, third, utc_now())
    (told,) = list_joint_work(session, STAFF, [stand(session, campaign).kpi_id])
    assert dict(told.shares) == {third: Decimal("7.5"), other: Decimal("2.5")}
    assert session.scalars(select(JointClaim)).one().claimant_id == third
