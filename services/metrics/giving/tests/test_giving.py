"""What partners give and tell: heard, corrected, decided on, and seen by those who may see it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from services.metrics.giving.queries import find_given, read_giving
from services.metrics.giving.service import decide_given, merge_given, take_given
from services.metrics.giving.tests.factories import give, send, tell_story
from services.metrics.indicators.tests.factories import make_campaign, make_partner
from services.metrics.known.service import keep_agreement
from shared.clock import new_id, utc_now
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.identity import Identity
from shared.messaging.subscriptions import NotYet
from shared.testing.people import make_identity

TODAY = date(2026, 7, 1)
STAFF = make_identity(name="Thandi")
LORRY = {"party": "partner", "kind": "transport", "what": "Lorries", "quantity": "24", "unit": "trips", "due_on": None}
GUIDE = {**LORRY, "kind": "expertise", "what": "A guide", "quantity": None, "unit": ""}


@pytest.fixture
def wheel(session: Session) -> UUID:
    return make_partner(session, "Mister Trash Wheel")


@pytest.fixture
def other(session: Session) -> UUID:
    return make_partner(session, "Captain")


@pytest.fixture
def campaign(session: Session, wheel: UUID, other: UUID) -> UUID:
    return make_campaign(session, wheel, other)


def agree(session: Session, organisation_id: UUID, *promised: object, shares: bool = False) -> None:
    keep_agreement(
        session, new_id(), utc_now(), organisation_id=organisation_id, starts_on=date(2026, 3, 1), ends_on=None,
        shares_provisional=shares, contributions=list(promised),  # type: ignore[arg-type]
    )  # fmt: skip


def look(session: Session, viewer: Identity, campaign: UUID) -> list[tuple[str, str, Decimal | None, Decimal, Decimal]]:
    gifts = read_giving(session, viewer, campaign, TODAY).gifts
    return [(each.kind, each.unit, each.promised, each.verified, each.reported) for each in gifts]


def test_what_was_promised_stands_beside_what_was_given(session: Session, campaign: UUID, wheel: UUID) -> None:
    agree(session, wheel, LORRY, {**LORRY, "quantity": "6"}, GUIDE, {**LORRY, "party": "us", "unit": "ZAR"})
    verified = give(session, campaign, wheel)
    give(session, campaign, wheel, reference="more", quantity="0.5")
    give(session, campaign, wheel, reference="bags", kind="money", quantity=None, amount="4800.10", currency="ZAR")
    decide_given(session, STAFF, campaign, "contributions", verified.id, 1, utc_now(), status="accepted")
    assert look(session, STAFF, campaign) == [
        ("expertise", "", None, 0, 0),
        ("money", "ZAR", None, 0, Decimal("4800.10")),
        ("transport", "trips", 30, 6, Decimal("0.5")),
    ]
    [credit] = [each for each in read_giving(session, STAFF, campaign, TODAY).credits if each.since]
    assert (credit.name, credit.since) == ("Mister Trash Wheel", date(2026, 3, 1))


def test_a_partner_sees_its_own_and_of_others_what_is_verified_or_shared(
    session: Session, campaign: UUID, wheel: UUID, other: UUID
) -> None:
    agree(session, wheel, LORRY)
    gift = give(session, campaign, wheel)
    own, looker = make_identity("liaison", wheel), make_identity("liaison", other)
    assert look(session, own, campaign) == [("transport", "trips", 24, 0, 6)]
    assert look(session, looker, campaign) == []
    agree(session, wheel, shares=True)
    assert look(session, looker, campaign) == [("transport", "trips", None, 0, 6)]
    decide_given(session, STAFF, campaign, "contributions", gift.id, 1, utc_now(), status="accepted")
    assert look(session, looker, campaign) == [("transport", "trips", None, 6, 0)]
    with pytest.raises(NotFound):
        read_giving(session, make_identity("liaison", new_id()), campaign, TODAY)


def test_the_same_again_changes_nothing_and_a_correction_is_looked_at_again(
    session: Session, campaign: UUID, wheel: UUID
) -> None:
    gift = give(session, campaign, wheel)
    decide_given(session, STAFF, campaign, "contributions", gift.id, 1, utc_now(), status="accepted")
    give(session, campaign, wheel)
    assert (gift.status, gift.decided_by) == ("accepted", "Thandi")
    give(session, campaign, wheel, quantity="7")
    assert (gift.status, gift.quantity, gift.decided_by) == ("reported", 7, None)
    late = send(campaign, wheel, "contributions", [], datetime(2026, 1, 1, tzinfo=UTC))
    items = [
        {"reference": "gift", "kind": "goods", "what": "Old", "quantity": "1", "unit": "t", "given_on": "2026-01-01"}
    ]
    late.data["contributions"].extend(items)
    take_given(session, [late], utc_now())
    assert gift.what == "Quagga lorries", "older news changes nothing"


def test_a_story_waits_until_it_is_published_and_may_be_set_aside_for_a_reason(
    session: Session, campaign: UUID, wheel: UUID, other: UUID
) -> None:
    story = tell_story(session, None, campaign, wheel)
    looker = make_identity("liaison", other)

    def told(viewer: Identity) -> list[str]:
        return [
            each.title
            for each in find_given(session, viewer, campaign, "stories", today=TODAY, cursor=None, limit=9).items
        ]

    assert (told(make_identity("liaison", wheel)), told(looker)) == (["Quagga class"], [])
    with pytest.raises(Stale):
        decide_given(session, STAFF, campaign, "stories", story.id, 7, utc_now(), status="accepted")
    decide_given(session, STAFF, campaign, "stories", story.id, 1, utc_now(), status="accepted")
    assert told(looker) == ["Quagga class"]
    with pytest.raises(Conflict):
        decide_given(session, STAFF, campaign, "stories", story.id, 2, utc_now(), status="accepted")
    with pytest.raises(Invalid):
        decide_given(session, STAFF, campaign, "stories", story.id, 2, utc_now(), status="set_aside")
    decide_given(session, STAFF, campaign, "stories", story.id, 2, utc_now(), status="set_aside", reason="Faces show")
    assert (told(looker), story.reason) == ([], "Faces show")
    assert [each.action for each in list_history(session, story.id)] == ["set the story aside", "published the story"]


def test_what_comes_before_its_campaign_is_known_waits_and_is_passed_over_later(
    session: Session, campaign: UUID
) -> None:
    stranger = send(campaign, new_id(), "stories", [{"reference": "a", "title": "A", "text": "B"}])
    with pytest.raises(NotYet):
        take_given(session, [stranger], stranger.received_at)
    take_given(session, [stranger], stranger.received_at + timedelta(minutes=2))
    assert read_giving(session, STAFF, campaign, TODAY).stories == []


def test_hostile_items_are_passed_over_and_their_neighbours_kept(session: Session, campaign: UUID, wheel: UUID) -> None:
    good = {"reference": "b", "title": "Good", "text": "Words"}
    bad = [None, 7, {"reference": "a"}, {**good, "title": ["x"]}, {**good, "happened_on": "yesterday"}]
    for items in (bad, "no list", [*bad, good]):
        take_given(session, [send(campaign, wheel, "stories", items)], utc_now())  # type: ignore[arg-type]
    assert [each.title for each in read_giving(session, STAFF, campaign, TODAY).stories] == ["Good"]


def test_the_survivor_of_a_merge_has_both_sides_gifts(
    session: Session, campaign: UUID, wheel: UUID, other: UUID
) -> None:
    give(session, campaign, wheel)
    give(session, campaign, other, quantity="1")
    merge_given(session, other, wheel)
    assert look(session, STAFF, campaign) == [("transport", "trips", None, 0, 7)]


def test_the_bus_brings_stories_with_their_pictures(session, bus, campaign, wheel) -> None:
    session.commit()
    picture = {"name": "a.png", "media_type": "image/png", "sha256": "a" * 64, "size": 9, "description": "A class"}
    story = {"reference": "form-1", "title": "The class", "text": "They count.", "consent": True}
    told = {
        "submission_id": new_id(), "organisation_id": wheel, "kind": "stories.shared", "received_at": utc_now(),
        "data": {"campaign": str(campaign), "stories": [story]}, "pictures": [picture],
    }  # fmt: skip
    bus.hear("saypro.partners.submission_accepted.v1", told)
    bus.hear("saypro.partners.submission_accepted.v1", {**told, "submission_id": new_id(), "trial": True})
    [kept] = read_giving(session, STAFF, campaign, TODAY + timedelta(days=3650)).stories
    assert (kept.title, kept.pictures, kept.submission_id) == ("The class", [picture], told["submission_id"])
