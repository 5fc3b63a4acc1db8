"""Figures that are parted by dimension and category."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner, part_kpi
from services.metrics.measurements.models import Measurement, PartTotal
from services.metrics.measurements.queries import list_part_sums
from services.metrics.measurements.service.merge import merge_figures
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.service.verdicts import reject_figures, verify_figures
from services.metrics.measurements.tests.factories import deliver, reasons, report, stand
from shared.clock import utc_now
from shared.testing.people import make_identity

SEXES = {"sex": {"f": "10", "m": "12"}}


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner)
    part_kpi(session, make_kpi(session, campaign_id, verification="manual"))
    make_kpi(session, campaign_id, key="score", aggregation="mean")
    return campaign_id


def read_parts(session: Session, campaign: UUID) -> dict[tuple[str, str, date], tuple[Decimal, Decimal]]:
    sums = list_part_sums(session, make_identity(), [stand(session, campaign).kpi_id])
    return {(each.dimension, each.category, each.month): (each.verified, each.provisional) for each in sums}


def test_parts_are_summed_by_month_and_move_with_a_verdict(session: Session, campaign: UUID, partner: UUID) -> None:
    deliver(
        session, campaign, partner, [report("a", "22", parts=SEXES), report("b", "1.5", parts={"sex": {"f": "1.5"}})]
    )
    may = date(2014, 5, 1)
    assert read_parts(session, campaign) == {
        ("sex", "f", may): (0, Decimal("11.5")),
        ("sex", "m", may): (0, Decimal(12)),
    }
    figure = session.scalars(select(Measurement).where(Measurement.reference == "a")).one()
    verify_figures(session, make_identity(), campaign, [figure.id], utc_now())
    assert read_parts(session, campaign)[("sex", "f", may)] == (10, Decimal("1.5"))
    reject_figures(session, make_identity(), campaign, [figure.id], "Not so.", utc_now())
    assert read_parts(session, campaign)[("sex", "m", may)] == (0, 0)
    assert recount_kpi(session, figure.kpi_id, utc_now()) == []


def test_a_correction_of_the_parts_alone_is_a_correction(session: Session, campaign: UUID, partner: UUID) -> None:
    deliver(session, campaign, partner, [report("a", "22", parts=SEXES)])
    deliver(session, campaign, partner, [report("a", "22.0", parts={"sex": {"m": "12.0", "f": "10"}})])
    assert len(session.scalars(select(Measurement)).all()) == 1
    deliver(session, campaign, partner, [report("a", "22", parts={"sex": {"f": "12", "m": "10"}})])
    assert len(session.scalars(select(Measurement)).all()) == 2
    assert read_parts(session, campaign)[("sex", "f", date(2014, 5, 1))] == (0, 12)


def test_parts_that_do_not_add_up_need_a_note_that_says_why(session: Session, campaign: UUID, partner: UUID) -> None:
    odd = report("a", "25", parts=SEXES)
    refused = deliver(session, campaign, partner, [odd])
    assert "add up to 22, not to 25" in reasons(refused)[0]
    told = deliver(session, campaign, partner, [{**odd, "parts_note": "Three would not say."}])
    assert told.recorded == 1
    figure = session.scalars(select(Measurement)).one()
    assert (figure.parts, figure.parts_note) == (SEXES, "Three would not say.")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parts": {"height": {"f": "22"}}}, 'no dimension "height". It has these: age, sex.'),
        ({"parts": {"sex": {"x": "22"}}}, 'The dimension "sex" has no category "x". It has these: f, m.'),
        ({"parts": {"sex": {}}}, "at least one category"),
        ({"parts": {"sex": ["22"]}}, "by dimension and category"),
        ({"parts": "22"}, "by dimension and category"),
        ({"parts": {"sex": {"f": 22}}}, "part sex.f as a string"),
        ({"parts": {"sex": {"f": "NaN"}}}, "part sex.f can't be used"),
        ({"parts": SEXES, "parts_note": "x" * 1001}, "parts_note as a text"),
        ({"kpi": "score", "parts": SEXES}, "Only figures that are added up can be parted"),
        ({"evidence": "javascript:alert(1)"}, "starts with https://"),
    ],
)
def test_odd_parts_are_refused_by_name(
    session: Session, campaign: UUID, partner: UUID, changes: dict[str, Any], words: str
) -> None:
    refused = deliver(session, campaign, partner, [report("a", "22", **changes)])
    assert (refused.recorded, len(refused.rejected)) == (0, 1)
    assert words in reasons(refused)[0]


def test_a_recount_finds_and_mends_spoilt_parts(session: Session, campaign: UUID, partner: UUID) -> None:
    deliver(session, campaign, partner, [report("a", "22", parts=SEXES)])
    session.execute(update(PartTotal).values(provisional=Decimal(99)))
    kpi_id = stand(session, campaign).kpi_id
    found = recount_kpi(session, kpi_id, utc_now(), repair=True)
    assert [each.where.split()[0] for each in found] == ["part", "part"]
    assert recount_kpi(session, kpi_id, utc_now()) == []


def test_parts_of_a_merged_partner_are_the_survivors(session: Session, campaign: UUID, partner: UUID) -> None:
    other = make_partner(session, "Captain Trash Wheel")
    session.flush()
    deliver(session, campaign, partner, [report("a", "22", parts=SEXES)])
    merge_figures(session, partner, other, utc_now())
    sums = list_part_sums(session, make_identity(), [stand(session, campaign).kpi_id])
    assert {(each.organisation_id, each.provisional) for each in sums} == {(other, 10), (other, 12)}
    assert recount_kpi(session, stand(session, campaign).kpi_id, utc_now()) == []
