"""Terms are agreed version by version: nothing offered is overwritten, and silence never accepts."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from services.partners.agreements.models import Kind, Reply, State, VersionState, digest_of
from services.partners.agreements.queries import get_version, list_answers, list_versions
from services.partners.agreements.service import drafting, lifecycle
from services.partners.agreements.tests.factories import (
    LINKS,
    TERMS,
    TODAY,
    accept_for_us,
    make_agreement,
    make_terms,
    offer,
    say,
)
from services.partners.organisations.queries import get_organisation
from services.partners.organisations.tests.factories import make_organisation
from shared.clock import new_id, utc_now
from shared.database.links import open_link
from shared.errors import Conflict, Invalid, LinkGone, NotFound, Stale
from shared.identity import LIAISON
from shared.testing.databases import Bus
from shared.testing.people import make_identity

STAFF = make_identity()


def edit_purpose(session: Session, agreement, text: str = "Clean the harbour and the river.") -> None:
    drafting.write_part(session, STAFF, agreement.id, agreement.version, utc_now(), "purpose", {"text": text})


def stage_of(session: Session, organisation_id: UUID) -> str:
    session.expire_all()
    return get_organisation(session, STAFF, organisation_id).stage


def test_a_version_that_both_sides_accept_holds_and_makes_a_partner(session, organisation_id, bus: Bus):
    agreement = make_agreement(session, organisation_id)
    version = offer(session, agreement)
    say(session, agreement)
    assert (agreement.state, version.state) == (State.PREPARING, VersionState.OFFERED)
    accept_for_us(session, agreement)
    assert (agreement.state, agreement.agreed, version.state) == (State.IN_FORCE, 1, VersionState.ACCEPTED)
    assert (agreement.starts_on, agreement.ends_on) == (date(2026, 1, 1), date(2027, 12, 31))
    assert stage_of(session, organisation_id) == "partner"
    session.commit()
    (told,) = bus.published("agreement_in_force")
    assert (told.data["number"], told.data["digest"]) == (1, version.digest)
    recorded = {each.side: (each.person_name, each.capacity, each.digest) for each in list_answers(session, [version])}
    assert recorded["partner"] == ("Naledi Dlamini", "Director", version.digest)
    assert recorded["us"][1:] == ("CSR manager", version.digest)


def test_the_digest_is_that_of_exactly_these_terms(session, organisation_id):
    agreement = make_agreement(session, organisation_id)
    version = offer(session, agreement)
    again = digest_of(agreement.id, 1, "Clean harbour", make_terms())
    assert version.digest == again
    others = [
        digest_of(agreement.id, 2, "Clean harbour", make_terms()),
        digest_of(new_id(), 1, "Clean harbour", make_terms()),
        digest_of(agreement.id, 1, "Clean harbours", make_terms()),
        digest_of(agreement.id, 1, "Clean harbour", make_terms(other={"text": "."})),
    ]
    assert again not in others
    assert len(set(others)) == 4


def test_who_saw_other_terms_cannot_accept_these(session, organisation_id):
    agreement = make_agreement(session, organisation_id)
    offer(session, agreement)
    with pytest.raises(Conflict, match="not the terms that you looked at"):
        say(session, agreement, digest="0" * 64)
    with pytest.raises(Conflict, match="accepted this version already"):
        for _ in range(2):
            say(session, agreement)


def test_an_edit_of_what_was_offered_voids_acceptance_and_ends_the_link(session, organisation_id, bus: Bus):
    agreement = make_agreement(session, organisation_id)
    first = offer(session, agreement)
    say(session, agreement)
    edit_purpose(session, agreement)
    second = get_version(session, STAFF, agreement, 2)
    assert (first.state, second.state) == (VersionState.SUPERSEDED, VersionState.DRAFT)
    assert first.terms["purpose"] == TERMS["purpose"]
    session.commit()
    secret = bus.published("mail_requested")[0].data["link"].removeprefix(LINKS)
    with pytest.raises(LinkGone):
        open_link(session, drafting.ANSWERING, secret, utc_now())
    offer(session, agreement)
    accept_for_us(session, agreement)
    assert agreement.state == State.PREPARING, "the partner's acceptance was of version 1"
    say(session, agreement)
    assert (agreement.state, agreement.agreed) == (State.IN_FORCE, 2)


def test_silence_never_accepts(session, organisation_id, bus: Bus):
    agreement = make_agreement(session, organisation_id)
    version = offer(session, agreement)
    accept_for_us(session, agreement)
    after = TODAY + timedelta(days=15)
    with pytest.raises(Conflict, match="time to answer is over"):
        say(session, agreement, today=after)
    lifecycle.lapse_offers(session, utc_now(), after - timedelta(days=1))
    assert version.state == VersionState.OFFERED, "the last day counts"
    lifecycle.lapse_offers(session, utc_now(), after)
    assert (version.state, agreement.state) == (VersionState.LAPSED, State.PREPARING)
    session.commit()
    assert bus.published("agreement_in_force") == []


def test_a_liaison_is_reminded_once_with_a_link_of_its_own(session, organisation_id, bus: Bus):
    agreement = make_agreement(session, organisation_id)
    offer(session, agreement)
    for day in (10, 11, 12):
        lifecycle.remind_of_offers(session, utc_now(), TODAY + timedelta(days=day), LINKS)
    session.commit()
    links = [mail.data["link"] for mail in bus.published("mail_requested")]
    assert len(set(links)) == 2
    assert all(open_link(session, drafting.ANSWERING, link.removeprefix(LINKS), utc_now()) for link in links)


def test_changes_are_asked_for_with_a_word_and_answered_by_a_new_version(session, organisation_id):
    agreement = make_agreement(session, organisation_id)
    first = offer(session, agreement)
    with pytest.raises(Invalid) as refused:
        say(session, agreement, Reply.ASK_FOR_CHANGES)
    assert set(refused.value.fields) == {"comment"}
    say(session, agreement, Reply.ASK_FOR_CHANGES, comment="The river too, please.")
    assert first.state == VersionState.CHANGES_ASKED
    edit_purpose(session, agreement)
    assert [each.number for each in list_versions(session, STAFF, agreement.id)] == [2, 1]


def test_an_amendment_leaves_the_terms_in_force_until_both_accept_it(session, organisation_id):
    agreement = make_agreement(session, organisation_id)
    offer(session, agreement)
    with pytest.raises(Conflict, match="Only terms that both sides have accepted"):
        drafting.revise_agreement(
            session, STAFF, agreement.id, agreement.version, utc_now(), kind=Kind.AMENDMENT, reason="More"
        )
    say(session, agreement)
    accept_for_us(session, agreement)
    with pytest.raises(Conflict, match="Begin an amendment"):
        edit_purpose(session, agreement)
    drafting.revise_agreement(
        session, STAFF, agreement.id, agreement.version, utc_now(), kind=Kind.RENEWAL, reason="Another year"
    )
    dates = {**TERMS["dates"], "ends_on": "2028-12-31"}
    drafting.write_part(session, STAFF, agreement.id, agreement.version, utc_now(), "dates", dates)
    offer(session, agreement)
    assert (agreement.state, agreement.agreed, agreement.ends_on) == (State.IN_FORCE, 1, date(2027, 12, 31))
    say(session, agreement, Reply.DECLINE, comment="Not yet.")
    assert (agreement.state, agreement.agreed) == (State.IN_FORCE, 1)
    edit_purpose(session, agreement)
    offer(session, agreement)
    say(session, agreement)
    accept_for_us(session, agreement)
    assert (agreement.agreed, agreement.ends_on) == (3, date(2028, 12, 31))
    assert get_version(session, STAFF, agreement, 1).state == VersionState.SUPERSEDED


def test_terms_of_a_later_day_begin_then_and_end_after_their_last(session, organisation_id, bus: Bus):
    start, end = TODAY + timedelta(days=30), TODAY + timedelta(days=60)
    dates = {"starts_on": str(start), "ends_on": str(end), "renewal": "talk", "notice_days": 10}
    agreement = make_agreement(session, organisation_id, dates=dates)
    offer(session, agreement)
    say(session, agreement)
    accept_for_us(session, agreement)
    assert (agreement.state, stage_of(session, organisation_id) == "partner") == (State.AGREED, False)
    lifecycle.turn_pages(session, utc_now(), start - timedelta(days=1))
    assert agreement.state == State.AGREED
    lifecycle.turn_pages(session, utc_now(), start)
    assert (agreement.state, stage_of(session, organisation_id)) == (State.IN_FORCE, "partner")
    assert agreement.tell_end_on == end - timedelta(days=10)
    lifecycle.turn_pages(session, utc_now(), end)
    assert agreement.state == State.IN_FORCE
    lifecycle.turn_pages(session, utc_now(), end + timedelta(days=1))
    assert (agreement.state, agreement.ended_on, stage_of(session, organisation_id)) == (State.ENDED, end, "ended")
    session.commit()
    assert [told.data["reason"] for told in bus.published("agreement_ended")] == ["Its term ran out."]


def test_an_agreement_ends_with_a_reason_and_not_after_its_last_day(session, organisation_id):
    agreement = make_agreement(session, organisation_id)
    offer(session, agreement)
    say(session, agreement)
    accept_for_us(session, agreement)

    def end(on: date):
        lifecycle.end_agreement(
            session, STAFF, agreement.id, agreement.version, utc_now(), on=on, today=TODAY, reason="The boat sank."
        )

    with pytest.raises(Invalid):
        end(date(2028, 1, 1))
    end(TODAY + timedelta(days=5))
    assert (agreement.state, agreement.ends_on) == (State.IN_FORCE, TODAY + timedelta(days=5))
    end(TODAY)
    assert (agreement.state, agreement.end_reason) == (State.ENDED, "The boat sank.")
    with pytest.raises(Conflict):
        end(TODAY)


def test_an_offer_needs_whole_terms_a_liaison_and_a_day_to_come(session, organisation_id):
    agreement = make_agreement(session, organisation_id, purpose={"text": ""}, responsibilities=[])
    with pytest.raises(Invalid) as refused:
        offer(session, agreement)
    assert set(refused.value.fields) == {"purpose", "responsibilities"}
    drafting.write_terms(session, STAFF, agreement.id, agreement.version, utc_now(), make_terms())
    with pytest.raises(Invalid):
        offer(session, agreement, answer_by=TODAY - timedelta(days=1))
    alone = make_agreement(session, make_organisation(session, name="Nobody's Trust").id)
    with pytest.raises(Conflict, match="liaison"):
        offer(session, alone)


def test_lines_are_added_changed_and_taken_out_by_whoever_saw_them_last(session, organisation_id):
    agreement = make_agreement(session, organisation_id)
    line = {**TERMS["targets"][0], "name": "Volunteers", "value": "50", "unit": "people"}
    now, seen = utc_now(), agreement.version
    drafting.write_line(session, STAFF, agreement.id, seen, now, "targets", line)
    with pytest.raises(Stale):
        drafting.write_line(session, STAFF, agreement.id, seen, now, "targets", line)
    drafting.write_line(session, STAFF, agreement.id, agreement.version, now, "targets", {**line, "value": "60"}, 1)
    with pytest.raises(NotFound):
        drafting.remove_line(session, STAFF, agreement.id, agreement.version, now, "targets", 2)
    drafting.remove_line(session, STAFF, agreement.id, agreement.version, now, "targets", 0)
    kept = get_version(session, STAFF, agreement, 1).terms["targets"]
    assert [(each["name"], each["value"]) for each in kept] == [("Volunteers", "60")]


def test_a_liaison_sees_what_was_offered_and_never_a_draft(session, organisation_id):
    liaison = make_identity(LIAISON, organisation_id)
    agreement = make_agreement(session, organisation_id)
    assert list_versions(session, liaison, agreement.id) == []
    with pytest.raises(NotFound):
        get_version(session, liaison, agreement, 1)
    offer(session, agreement)
    edit_purpose(session, agreement)
    assert [each.number for each in list_versions(session, liaison, agreement.id)] == [1]


def test_a_version_given_up_leaves_what_holds_and_can_be_taken_up_again(session, organisation_id):
    agreement = make_agreement(session, organisation_id)
    offer(session, agreement)
    drafting.drop_version(session, STAFF, agreement.id, agreement.version, utc_now(), "They merged.")
    assert agreement.state == State.DROPPED
    edit_purpose(session, agreement)
    assert (agreement.state, agreement.latest) == (State.PREPARING, 2)
