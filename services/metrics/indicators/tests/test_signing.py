"""Both sides sign exactly one target, and know whom they wait for."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import map_standings
from services.metrics.indicators.queries import get_kpi, list_live_signatures, list_signatures, list_target_changes
from services.metrics.indicators.service.kpis import edit_kpi
from services.metrics.indicators.service.signing import Signing, propose_target, read_signing, sign_target
from services.metrics.indicators.service.targets import change_target
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.known.service import keep_campaign
from shared.clock import new_id, utc_now
from shared.errors import Conflict, Invalid, NotFound
from shared.testing.databases import Bus
from shared.testing.people import SignIn, make_identity

BASE = "https://partners.example.org"


@pytest.fixture
def partners(session: Session) -> tuple[UUID, UUID]:
    return make_partner(session, "Wheels"), make_partner(session, "Nets")


@pytest.fixture
def campaign(session: Session, partners: tuple[UUID, UUID]) -> UUID:
    campaign = make_campaign(session, *partners)
    make_kpi(session, campaign)
    session.commit()
    return campaign


def see(session: Session, campaign: UUID) -> Signing:
    return read_signing(session, get_kpi(session, make_identity(), campaign, "waste"))


def propose(session: Session, campaign: UUID) -> Signing:
    return propose_target(session, make_identity(), campaign, "waste", see(session, campaign).digest, utc_now(), BASE)


def sign(session: Session, campaign: UUID, organisation_id: UUID, digest: str = "") -> Signing:
    by = make_identity("liaison", organisation_id, name="Sipho Dube")
    return sign_target(session, by, campaign, "waste", digest or see(session, campaign).digest, utc_now())


def sign_all(session: Session, campaign: UUID, partners: tuple[UUID, UUID]) -> None:
    propose(session, campaign)
    for each in partners:
        sign(session, campaign, each)


def test_all_sides_sign_the_same_and_are_waited_for_until_then(
    session: Session, campaign: UUID, partners: tuple[UUID, UUID], bus: Bus
) -> None:
    wheels, nets = partners
    assert set(propose(session, campaign).waits_for) == {wheels, nets}
    assert sign(session, campaign, nets).waits_for == [wheels]
    assert not see(session, campaign).is_complete
    assert sign(session, campaign, wheels).is_complete
    session.commit()
    [proposed] = bus.published("target_proposed")
    assert (proposed.data["target"], set(proposed.data["waits_for"])) == ("1000", {str(wheels), str(nets)})
    told = [(each.data["organisation_id"], each.data["complete"]) for each in bus.published("target_signed")]
    assert told == [(None, False), (str(nets), False), (str(wheels), True)]


def test_asking_again_reaches_those_only_who_have_not_signed(
    session: Session, campaign: UUID, partners: tuple[UUID, UUID], bus: Bus
) -> None:
    wheels, nets = partners
    propose(session, campaign)
    sign(session, campaign, nets)
    propose(session, campaign)
    session.commit()
    assert [set(each.data["waits_for"]) for each in bus.published("target_proposed")] == [
        {str(wheels), str(nets)},
        {str(wheels)},
    ]
    kpi = get_kpi(session, make_identity(), campaign, "waste")
    assert len([each for each in list_signatures(session, kpi.id) if each.organisation_id is None]) == 1
    sign(session, campaign, wheels)
    with pytest.raises(Conflict, match="Everyone has signed"):
        propose(session, campaign)


def test_signing_twice_is_once_and_only_after_us(session: Session, campaign: UUID, partners: tuple[UUID, UUID]) -> None:
    with pytest.raises(Conflict, match="has not been sent"):
        sign(session, campaign, partners[0])
    propose(session, campaign)
    sign(session, campaign, partners[0])
    sign(session, campaign, partners[0])
    kpi = get_kpi(session, make_identity(), campaign, "waste")
    assert len(list_signatures(session, kpi.id)) == 2


def test_nobody_signs_what_changed_under_their_eyes(
    session: Session, campaign: UUID, partners: tuple[UUID, UUID]
) -> None:
    propose(session, campaign)
    seen = see(session, campaign).digest
    kpi = get_kpi(session, make_identity(), campaign, "waste")
    change_target(
        session, make_identity(), campaign, "waste", kpi.version, utc_now(), target=Decimal(900), reason="Rain."
    )
    with pytest.raises(Conflict, match="has changed since"):
        sign(session, campaign, partners[0], seen)


def change_way(session: Session, campaign: UUID, **changes: Any) -> None:
    kpi = get_kpi(session, make_identity(), campaign, "waste")
    edit_kpi(session, make_identity(), campaign, "waste", kpi.version, utc_now(), **changes)


@pytest.mark.parametrize("change", [{"baseline": Decimal(5)}, {"unit": "kg"}, {"reporters": "first"}])
def test_what_was_signed_changes_for_a_reason_that_stays_and_ends_the_signatures(
    session: Session, campaign: UUID, partners: tuple[UUID, UUID], change: dict[str, Any]
) -> None:
    sign_all(session, campaign, partners)
    wanted = {"reporters": [partners[0]]} if change == {"reporters": "first"} else change
    with pytest.raises(Invalid) as refused:
        change_way(session, campaign, **wanted)
    assert "the signatures end" in refused.value.fields["reason"]
    session.rollback()
    sign_all(session, campaign, partners)
    change_way(session, campaign, **wanted, reason="The study was wrong.")
    assert see(session, campaign).ours is None
    kpi = get_kpi(session, make_identity(), campaign, "waste")
    [kept] = list_target_changes(session, [kpi.id])
    assert (kept.number, kept.former, kept.target, kept.reason) == (2, 1000, 1000, "The study was wrong.")
    assert list(kept.terms) == list(change)


def test_what_is_not_signed_changes_without_a_reason(
    session: Session, campaign: UUID, partners: tuple[UUID, UUID]
) -> None:
    change_way(session, campaign, baseline=Decimal(5))
    sign_all(session, campaign, partners)
    change_way(session, campaign, name="Litter removed", means="Slips", frequency="monthly", grace_days=3)
    assert see(session, campaign).is_complete


def test_another_last_day_of_the_campaign_ends_the_signatures(
    session: Session, campaign: UUID, partners: tuple[UUID, UUID]
) -> None:
    sign_all(session, campaign, partners)
    keep_campaign(
        session, campaign, utc_now() + timedelta(seconds=1), title="A swimmable harbour", cause="environment",
        starts_on=date(2014, 5, 1), ends_on=date(2028, 6, 30), partners=partners,
    )  # fmt: skip
    assert see(session, campaign).ours is None


def test_the_same_level_under_other_terms_is_not_celebrated_twice(
    session: Session, campaign: UUID, partners: tuple[UUID, UUID]
) -> None:
    sign_all(session, campaign, partners)
    kpi = get_kpi(session, make_identity(), campaign, "waste")
    standing = map_standings(session, [kpi.id])[kpi.id]
    standing.told_target = 1
    change_way(session, campaign, reporters=[partners[0]], reason="Nets has left.")
    assert (kpi.target_number, standing.told_target) == (2, 2)


def test_who_does_not_report_signs_nothing(session: Session, campaign: UUID, partners: tuple[UUID, UUID]) -> None:
    change_way(session, campaign, reporters=[partners[0]])
    propose(session, campaign)
    with pytest.raises(NotFound):
        sign(session, campaign, partners[1])
    with pytest.raises(NotFound):
        sign(session, campaign, make_partner(session))


def test_staff_see_who_gets_mail_and_a_liaison_signs_on_a_page(
    staff: FlaskClient, sign_in: SignIn, session: Session, campaign: UUID, partners: tuple[UUID, UUID]
) -> None:
    address = f"/metrics/campaigns/{campaign}/kpis/waste"
    liaison, digest = sign_in("liaison", partners[0]), see(session, campaign).digest
    session.rollback()
    asking = staff.get(f"{address}/propose")
    assert asking.status_code == 200
    assert "Wheels" in asking.text and "Nets" in asking.text and digest in asking.text
    assert "has not been sent to you" in liaison.get(f"{address}/sign").text
    assert staff.post(f"{address}/propose", data={"digest": "0" * 64}).status_code == 409
    assert staff.post(f"{address}/propose", data={"digest": digest}).status_code == 302
    assert f"{address}/sign" in liaison.get(address).text
    assert "Sign it" in liaison.get(f"{address}/sign").text
    done = liaison.post(f"{address}/sign", data={"digest": digest}, follow_redirects=True)
    assert "your signature is on record" in done.text
    shown = staff.get(address).text
    assert "Waited for" in shown
    assert "signed the target for their organisation" in shown


def test_programs_see_who_has_signed(script: FlaskClient, session: Session, campaign: UUID) -> None:
    address = f"/metrics/api/v1/campaigns/{campaign}/kpis/waste"
    before = script.get(f"{address}/signatures").json
    assert (before["ours"], before["is_complete"], len(before["waits_for"])) == (None, False, 2)
    after = script.post(f"{address}/proposals", json={"digest": before["digest"]})
    assert (after.status_code, after.json["ours"]["organisation_id"]) == (200, None)
    assert script.post(f"{address}/signatures", json={"digest": before["digest"]}).status_code == 403


def test_a_liaison_without_an_account_signs_by_a_link_and_reads_there_what_was_signed(
    session: Session, bus: Bus, anyone: FlaskClient, campaign: UUID, partners: tuple[UUID, UUID]
) -> None:
    kpi_id = get_kpi(session, make_identity(), campaign, "waste").id
    session.commit()
    contact = {
        "contact_id": new_id(), "organisation_id": partners[0], "name": "Lerato Khumalo", "email": "lerato@example.org",
        "is_liaison": True, "locale": "en", "time_zone": None, "may_mail": True, "active": True,
    }  # fmt: skip
    bus.hear("saypro.partners.contact_changed.v1", contact)
    bus.hear("saypro.partners.contact_changed.v1", {**contact, "contact_id": new_id(), "is_liaison": False})
    propose(session, campaign)
    session.commit()
    [told] = bus.published("target_proposed")[-1].data["links"]
    assert told["holder_id"] == str(contact["contact_id"])
    page = told["link"].removeprefix(BASE)
    shown = anyone.get(page)
    assert (shown.status_code, "It stands under your name, Lerato Khumalo" in shown.text) == (200, True)
    assert anyone.post(page, data={"digest": "another"}).status_code == 409
    digest = {"digest": see(session, campaign).digest}
    session.commit()
    for _time in range(2):
        assert "your signature is on record" in anyone.post(page, data=digest, follow_redirects=True).text
    signatures = list_live_signatures(session, {kpi_id: digest["digest"]})
    assert [each.person_name for each in signatures if each.organisation_id] == ["Lerato Khumalo"]
    session.commit()
    assert "You signed this on" in anyone.get(page).text
    bus.hear("saypro.partners.contact_changed.v1", {**contact, "is_liaison": False})
    assert anyone.get(page).status_code == 404, "who no longer speaks for the partner has no link"
