"""Vetting: who may say what, when an organisation counts as vetted, and what the clock does about it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from services.partners.contacts.service import set_owner
from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from services.partners.vetting import queries
from services.partners.vetting.models import RECEIVED, Due, Vetting
from services.partners.vetting.service import answers, checklists, clock, outcomes, papers
from services.partners.vetting.tests.factories import (
    PAPER,
    ZONE,
    answer_all,
    make_decided,
    make_vetting,
)
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.identity import LIAISON
from shared.testing.people import make_identity

NOW = datetime(2027, 3, 12, 9, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def place(session):
    return make_organisation(session).id


@pytest.fixture
def thandi():
    return make_identity(name="Thandi")


@pytest.fixture
def themba():
    return make_identity(name="Themba")


def find(vetting, key):
    return next(each for each in vetting.answers if each.key == key)


def state_on(session, place, day=TODAY):
    found = queries.vetting_state(session, place, day)
    return found.state, found.valid_until


def test_nobody_answers_decides_or_adds_papers_before_declaring_their_interests(session, place, thandi):
    vetting = answers.start_vetting(session, thandi, place, NOW)
    first = vetting.answers[0]
    for attempt in (
        lambda: answers.answer_item(session, thandi, first.id, first.version, NOW, verdict="met", note_text=""),
        lambda: answers.add_evidence(session, thandi, first.id, PAPER, NOW, expires_on=None),
        lambda: outcomes.ask_fast_track(session, thandi, vetting.id, NOW, reason="Flood", until=date(2027, 4, 1)),
        lambda: outcomes.decide_vetting(
            session, thandi, vetting.id, vetting.version, NOW, outcome="refused", reason="No", time_zone=ZONE
        ),
    ):
        with pytest.raises(Conflict, match="interest of your own"):
            attempt()


def test_whoever_declared_a_conflict_may_answer_but_never_decide_nor_take_it_back(session, place, thandi):
    vetting = answers.start_vetting(session, thandi, place, NOW)
    with pytest.raises(Invalid):
        answers.declare_interests(session, thandi, vetting.id, NOW, conflict=True, description="")
    answers.declare_interests(session, thandi, vetting.id, NOW, conflict=True, description="My sister chairs it.")
    answer_all(session, vetting, thandi, NOW)
    with pytest.raises(Conflict, match="stays"):
        answers.declare_interests(session, thandi, vetting.id, NOW, conflict=False, description="")
    with pytest.raises(Conflict, match="somebody else has to decide"):
        outcomes.decide_vetting(
            session, thandi, vetting.id, vetting.version, NOW, outcome="approved", reason="", time_zone=ZONE
        )


def test_an_approval_needs_every_required_item_and_holds_until_the_first_answer_runs_out(session, place, thandi):
    vetting = make_vetting(session, place, thandi, at=NOW)

    def decide(outcome="approved", reason=""):
        return outcomes.decide_vetting(
            session, thandi, vetting.id, vetting.version, NOW, outcome=outcome, reason=reason, time_zone=ZONE
        )

    with pytest.raises(Conflict, match="Registration confirmed"):
        decide()
    answer_all(session, vetting, thandi, NOW, references="not_met", insurance="not_applicable")
    with pytest.raises(Conflict, match="not met: References"):
        decide()
    with pytest.raises(Invalid):
        decide("conditional")
    decide("conditional", "Send two references by May.")
    # Sanctions are looked at every six months.
    assert vetting.valid_until == date(2027, 9, 12)
    assert state_on(session, place) == ("conditional", date(2027, 9, 12))
    assert state_on(session, place, date(2027, 9, 12)) == ("conditional", date(2027, 9, 12))
    assert state_on(session, place, date(2027, 9, 13)) == ("expired", date(2027, 9, 12))
    with pytest.raises(Conflict, match="decided"):
        decide()


def test_a_paper_that_expires_earlier_ends_the_approval_earlier(session, place, thandi):
    vetting = make_vetting(session, place, thandi, at=NOW)
    insurance = find(vetting, "insurance")
    with pytest.raises(Invalid):
        answers.add_evidence(session, thandi, insurance.id, PAPER, NOW, expires_on=date(2027, 3, 11))
    answers.add_evidence(session, thandi, insurance.id, PAPER, NOW, expires_on=date(2027, 4, 1))
    answer_all(session, vetting, thandi, NOW)
    assert outcomes.last_day(vetting, TODAY) == date(2027, 4, 1)
    answers.add_evidence(session, thandi, insurance.id, PAPER, NOW, expires_on=date(2027, 6, 30))
    assert outcomes.last_day(vetting, TODAY) == date(2027, 6, 30)


def test_what_is_not_met_or_does_not_apply_needs_a_reason(session, place, thandi):
    vetting = make_vetting(session, place, thandi, at=NOW)
    first = vetting.answers[0]
    for verdict in ("not_met", "not_applicable"):
        with pytest.raises(Invalid):
            answers.answer_item(session, thandi, first.id, first.version, NOW, verdict=verdict, note_text="")


def test_of_two_who_answer_at_once_the_second_is_told(session, place, thandi, themba):
    vetting = make_vetting(session, place, thandi, at=NOW)
    answers.declare_interests(session, themba, vetting.id, NOW, conflict=False, description="")
    first, seen = vetting.answers[0], vetting.answers[0].version
    answers.answer_item(session, thandi, first.id, seen, NOW, verdict="met", note_text="")
    with pytest.raises(Stale, match="Thandi"):
        answers.answer_item(session, themba, first.id, seen, NOW, verdict="not_met", note_text="Struck off.")
    assert first.verdict == "met"


def test_whoever_decides_has_to_have_seen_the_last_answer(session, place, thandi):
    vetting = make_vetting(session, place, thandi, at=NOW)
    seen = vetting.version
    answer_all(session, vetting, thandi, NOW + timedelta(minutes=1))
    with pytest.raises(Stale):
        outcomes.decide_vetting(session, thandi, vetting.id, seen, NOW, outcome="approved", reason="", time_zone=ZONE)


def test_a_fast_track_needs_a_second_person_without_a_conflict_and_ends_by_itself(session, place, thandi, themba):
    vetting = make_vetting(session, place, thandi, at=NOW)

    def grant(by):
        return outcomes.decide_fast_track(session, by, vetting.id, NOW, granted=True, reason="", time_zone=ZONE)

    with pytest.raises(Conflict):
        grant(thandi)
    with pytest.raises(Invalid):
        outcomes.ask_fast_track(session, thandi, vetting.id, NOW, reason="Flood", until=date(2027, 8, 1))
    outcomes.ask_fast_track(session, thandi, vetting.id, NOW, reason="Flood", until=date(2027, 4, 1))
    assert state_on(session, place) == ("running", None)
    with pytest.raises(Conflict, match="somebody else"):
        grant(thandi)
    conflicted = make_identity(name="Sipho")
    answers.declare_interests(session, conflicted, vetting.id, NOW, conflict=True, description="I am on its board.")
    with pytest.raises(Conflict, match="conflict"):
        grant(conflicted)
    answers.declare_interests(session, themba, vetting.id, NOW, conflict=False, description="")
    grant(themba)
    assert queries.vetting_state(session, place, TODAY).is_good
    assert state_on(session, place) == ("fast_track", date(2027, 4, 1))
    assert state_on(session, place, date(2027, 4, 2)) == ("running", None)


def test_a_declined_fast_track_says_why_and_can_be_asked_for_anew(session, place, thandi, themba):
    vetting = make_vetting(session, place, thandi, at=NOW)
    answers.declare_interests(session, themba, vetting.id, NOW, conflict=False, description="")
    outcomes.ask_fast_track(session, thandi, vetting.id, NOW, reason="Flood", until=date(2027, 4, 1))
    with pytest.raises(Invalid):
        outcomes.decide_fast_track(session, themba, vetting.id, NOW, granted=False, reason="", time_zone=ZONE)
    outcomes.decide_fast_track(session, themba, vetting.id, NOW, granted=False, reason="It can wait.", time_zone=ZONE)
    assert state_on(session, place) == ("running", None)
    outcomes.ask_fast_track(session, thandi, vetting.id, NOW, reason="The dam broke", until=date(2027, 4, 2))
    assert vetting.fast_waiting


def test_one_vetting_runs_at_a_time_and_the_next_brings_good_papers_along(session, place, thandi):
    first = make_vetting(session, place, thandi, at=NOW)
    with pytest.raises(Conflict, match="running already"):
        answers.start_vetting(session, thandi, place, NOW)
    for key, expires_on in (("insurance", date(2028, 1, 31)), ("accounts", date(2027, 5, 1)), ("governance", None)):
        answers.add_evidence(session, thandi, find(first, key).id, PAPER, NOW, expires_on=expires_on)
    answer_all(session, first, thandi, NOW)
    outcomes.decide_vetting(
        session, thandi, first.id, first.version, NOW, outcome="approved", reason="", time_zone=ZONE
    )
    again = answers.start_vetting(session, thandi, place, NOW + timedelta(days=100))
    assert [paper.expires_on for paper in find(again, "insurance").evidence] == [date(2028, 1, 31)]
    assert find(again, "accounts").evidence == find(again, "governance").evidence == []
    assert {each.verdict for each in again.answers} == {None}
    assert state_on(session, place)[0] == "approved"


def test_before_an_approval_ends_the_clock_opens_the_next_vetting_and_tells_who_is_responsible(
    session, place, thandi, bus
):
    owner = make_person(session, name="Naledi", email="naledi@example.org")
    set_owner(session, thandi, place, owner.id, NOW)
    make_decided(session, place, thandi, NOW)
    until = queries.vetting_state(session, place, TODAY).valid_until
    assert not clock.do_what_is_due(session, NOW + timedelta(days=100))
    assert queries.find_running(session, place) is None
    early = datetime.combine(until - timedelta(days=60), datetime.min.time(), UTC) + timedelta(hours=7)
    for _ in range(2):
        clock.do_what_is_due(session, early)
    assert queries.find_running(session, place).started_by is None
    late = early + timedelta(days=46)
    for _ in range(2):
        clock.do_what_is_due(session, late)
    session.commit()
    mails = [each.data for each in bus.published("mail_requested")]
    assert [each["email"] for each in mails] == ["naledi@example.org"] * 2
    assert "12 September 2027" in mails[0]["paragraphs"][0]
    assert all(each["path"].startswith("/partners/vettings/") for each in mails)
    assert all(each.done_at for each in session.scalars(select(Due)))


def test_a_new_decision_leaves_nothing_of_the_old_one_to_remind_of(session, place, thandi, bus):
    owner = make_person(session, name="Naledi", email="naledi@example.org")
    set_owner(session, thandi, place, owner.id, NOW)
    make_decided(session, place, thandi, NOW)
    make_decided(session, place, thandi, NOW + timedelta(days=30), outcome="refused", reason="Struck off.")
    clock.do_what_is_due(session, NOW + timedelta(days=400))
    session.commit()
    assert bus.published("mail_requested") == []
    assert queries.find_running(session, place) is None
    assert state_on(session, place, TODAY) == ("refused", None)


def test_the_liaison_is_mailed_one_link_and_what_they_send_waits_to_be_looked_at(session, place, thandi, bus):
    vetting = make_vetting(session, place, thandi, at=NOW)
    wanted = [vetting.answers[0].id, vetting.answers[3].id]

    def ask():
        return papers.ask_papers(
            session, thandi, vetting.id, NOW, answer_ids=wanted, message="Please.", address="https://x/{}".format
        )  # fmt: skip

    with pytest.raises(Conflict, match="no liaison"):
        ask()
    liaison = make_contact(session, place, is_liaison=True)
    asked = ask()
    guest = make_identity("guest", place, person_id=liaison.id, name=liaison.name)
    sent = papers.receive_paper(session, guest, asked.id, wanted[0], PAPER, NOW, expires_on=None)
    assert (sent.state, sent.from_partner, sent.sent_by) == (RECEIVED, True, liaison.id)
    with pytest.raises(Invalid):
        papers.receive_paper(session, guest, asked.id, vetting.answers[1].id, PAPER, NOW, expires_on=None)
    answer_all(session, vetting, thandi, NOW)
    with pytest.raises(Conflict, match="nobody has looked at"):
        outcomes.decide_vetting(
            session, thandi, vetting.id, vetting.version, NOW, outcome="approved", reason="", time_zone=ZONE
        )
    with pytest.raises(Invalid):
        answers.check_evidence(session, thandi, sent.id, NOW, good=False, expires_on=None, reason="")
    answers.check_evidence(session, thandi, sent.id, NOW, good=True, expires_on=date(2027, 7, 1), reason="")
    outcomes.decide_vetting(
        session, thandi, vetting.id, vetting.version, NOW, outcome="approved", reason="", time_zone=ZONE
    )
    assert vetting.valid_until == date(2027, 7, 1)
    with pytest.raises(Conflict, match="no more papers"):
        papers.receive_paper(session, guest, asked.id, wanted[1], PAPER, NOW, expires_on=None)
    session.commit()
    (mail,) = [each.data for each in bus.published("mail_requested")]
    assert mail["email"] == "lerato@example.org"
    assert mail["link"].startswith("https://x/")
    assert "Registration confirmed; Financial accounts" in mail["paragraphs"][1]


def test_the_checklist_changes_in_versions_and_running_vettings_keep_theirs(session, place, thandi):
    vetting = make_vetting(session, place, thandi, at=NOW)
    item = {"label": "Track record", "help": "", "required": True, "months": None}
    checklists.save_item(session, thandi, None, 1, NOW, reason="Learned the hard way", **item)
    with pytest.raises(Stale):
        checklists.drop_item(session, thandi, "insurance", 1, NOW, reason="Not needed")
    checklists.drop_item(session, thandi, "insurance", 2, NOW, reason="Not needed")
    with pytest.raises(Invalid):
        checklists.save_item(session, thandi, "governance", 3, NOW, reason="Twice", **item)
    number, items = checklists.read_checklist(session)
    assert number == 3
    assert [each["label"] for each in items][-1] == "Track record"
    assert "insurance" in {each.key for each in vetting.answers}
    elsewhere = make_vetting(session, make_organisation(session, name="Elsewhere").id, thandi, at=NOW)
    assert elsewhere.checklist == 3
    assert "insurance" not in {each.key for each in elsewhere.answers}


def test_the_list_parts_are_those_that_run_end_soon_have_ended_and_hold(session, thandi):
    def decided(name, at, **decision):
        return make_decided(session, make_organisation(session, name=name).id, thandi, at, **decision)

    running = make_vetting(session, make_organisation(session, name="Running").id, thandi, at=NOW)
    soon, over = decided("Soon", NOW - timedelta(days=150)), decided("Over", NOW - timedelta(days=200))
    valid, refused = decided("Valid", NOW), decided("No", NOW, outcome="refused", reason="Struck off.")
    parts = {
        part: [each.id for each in queries.find_vettings(session, thandi, part, TODAY, cursor=None, limit=9).items]
        for part in queries.PARTS
    }
    expected = dict(zip(queries.PARTS, (running, soon, over, valid, refused), strict=True))
    assert parts == {part: [vetting.id] for part, vetting in expected.items()}
    assert queries.count_parts(session, TODAY) == dict.fromkeys(queries.PARTS, 1)
    found = queries.find_vettings(session, thandi, "valid", TODAY, search="vali", cursor=None, limit=9)
    assert [each.id for each in found.items] == [valid.id]


def test_a_liaison_reads_nothing_of_a_vetting_of_their_own_organisation(session, place, thandi):
    vetting = make_vetting(session, place, thandi, at=NOW)
    liaison = make_identity(LIAISON, place)
    for look in (
        lambda: queries.get_vetting(session, liaison, vetting.id),
        lambda: queries.get_answer(session, liaison, vetting.answers[0].id),
        lambda: answers.start_vetting(session, liaison, place, NOW),
    ):
        with pytest.raises(NotFound):
            look()
    assert queries.list_vettings(session, liaison, place) == []


def test_states_of_many_organisations_take_one_query(session, place, thandi):
    make_decided(session, place, thandi, NOW)
    other = make_organisation(session, name="Other").id
    states = queries.vetting_states(session, [place, other], TODAY)
    assert [states[each].state for each in (place, other)] == ["approved", "none"]
    assert session.scalars(select(Vetting)).one().in_force
