"""Whose provisional figures a partner may see."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner, part_kpi
from services.metrics.known.service import end_agreement, keep_agreement
from services.metrics.measurements.queries import (
    count_figures,
    find_figures,
    list_month_sums,
    list_part_sums,
    list_partner_sums,
)
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import new_id
from shared.identity import Identity
from shared.testing.databases import Bus
from shared.testing.people import make_identity

DAY = date(2026, 6, 15)
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def wheel(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def other(session: Session) -> UUID:
    return make_partner(session, "Captain Trash Wheel")


@pytest.fixture
def campaign(session: Session, wheel: UUID, other: UUID) -> UUID:
    campaign_id = make_campaign(session, wheel, other)
    part_kpi(session, make_kpi(session, campaign_id, verification="manual"))
    deliver(session, campaign_id, wheel, [report("w", "5", parts={"sex": {"f": "5"}})])
    deliver(session, campaign_id, other, [report("o", "7")])
    return campaign_id


def share(session: Session, organisation_id: UUID, agreement_id: UUID | None = None, **changes: object) -> UUID:
    agreement_id = agreement_id or new_id()
    terms = {"starts_on": None, "ends_on": None, "shares_provisional": True, **changes}
    keep_agreement(session, agreement_id, AT, organisation_id=organisation_id, **terms)  # type: ignore[arg-type]
    return agreement_id


def see(session: Session, campaign: UUID, viewer: Identity, day: date | None = DAY) -> tuple[int, ...]:
    """What the viewer sees of the wheel's 5 and of its own 7, by each of the ways to ask."""
    kpis = [stand(session, campaign).kpi_id]
    partners = sum(each.provisional for each in list_partner_sums(session, viewer, kpis, today=day))
    months = sum(each.provisional for each in list_month_sums(session, viewer, kpis, today=day))
    figures = find_figures(session, viewer, kpis, today=day, cursor=None, limit=50).items
    parts = sum(each.provisional for each in list_part_sums(session, viewer, kpis, today=day))
    counted = count_figures(session, viewer, kpis, today=day).get("provisional", 0)
    return int(partners), int(months), len(figures), counted, int(parts)


NOTHING_BUT_OWN, ALL = (7, 7, 1, 1, 0), (12, 12, 2, 2, 5)


def test_without_an_agreement_that_shares_them_a_partner_sees_their_own_only(
    session: Session, campaign: UUID, wheel: UUID, other: UUID
) -> None:
    viewer = make_identity("liaison", other)
    assert see(session, campaign, viewer) == NOTHING_BUT_OWN
    share(session, wheel, shares_provisional=False)
    assert see(session, campaign, viewer) == NOTHING_BUT_OWN
    assert see(session, campaign, make_identity()) == ALL


def test_an_agreement_in_force_opens_them_to_the_other_partners(
    session: Session, campaign: UUID, wheel: UUID, other: UUID
) -> None:
    share(session, wheel)
    assert see(session, campaign, make_identity("liaison", other)) == ALL
    assert see(session, campaign, make_identity("liaison", other), day=None) == NOTHING_BUT_OWN
    # The other one's agreement says nothing: sharing is not mutual by itself.
    assert see(session, campaign, make_identity("liaison", wheel))[0] == 5


@pytest.mark.parametrize(
    ("starts", "ends", "seen"),
    [
        (0, 0, True),
        (-30, None, True),
        (1, None, False),
        (None, -1, False),
    ],
)
def test_its_first_and_last_day_count(
    session: Session, campaign: UUID, wheel: UUID, other: UUID, starts: int | None, ends: int | None, seen: bool
) -> None:
    days = [None if each is None else DAY + timedelta(days=each) for each in (starts, ends)]
    share(session, wheel, starts_on=days[0], ends_on=days[1])
    assert see(session, campaign, make_identity("liaison", other)) == (ALL if seen else NOTHING_BUT_OWN)


def test_an_agreement_that_ended_shares_until_its_last_day(
    session: Session, campaign: UUID, wheel: UUID, other: UUID
) -> None:
    viewer = make_identity("liaison", other)
    agreement_id = share(session, wheel)
    end_agreement(session, agreement_id, AT + timedelta(hours=1), organisation_id=wheel, ended_on=DAY)
    assert see(session, campaign, viewer) == ALL
    assert see(session, campaign, viewer, DAY + timedelta(days=1)) == NOTHING_BUT_OWN
    # News that come in the wrong order change nothing.
    share(session, wheel, agreement_id)
    assert see(session, campaign, viewer, DAY + timedelta(days=1)) == NOTHING_BUT_OWN


def test_it_is_heard_from_the_bus(session: Session, campaign: UUID, wheel: UUID, other: UUID, bus: Bus) -> None:
    session.commit()
    agreement = {"agreement_id": str(new_id()), "organisation_id": str(wheel)}
    terms = {"starts_on": "2026-01-01", "ends_on": None, "shares_provisional": True, "title": "x", "number": 1}
    bus.hear("saypro.partners.agreement_in_force.v1", {**agreement, **terms}, time=AT)
    viewer = make_identity("liaison", other)
    assert see(session, campaign, viewer) == ALL
    session.commit()
    ended = {**agreement, "ended_on": "2026-06-14"}
    bus.hear("saypro.partners.agreement_ended.v1", ended, time=AT + timedelta(hours=1))
    session.expire_all()
    assert see(session, campaign, viewer) == NOTHING_BUT_OWN
