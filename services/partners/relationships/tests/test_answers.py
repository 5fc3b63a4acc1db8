"""What of other features needs attention: answers, ends, minutes, papers and scores that somebody waits for."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from services.partners.agreements.models import Agreement, State
from services.partners.agreements.models import Reply as AgreementReply
from services.partners.agreements.tests import factories as agreements
from services.partners.contacts.service import name_liaison
from services.partners.contacts.tests.factories import make_contact
from services.partners.evaluations.tests.factories import make_scene, submit
from services.partners.known.service import keep_campaign, keep_owed
from services.partners.meetings.service.answers import answer_invitation
from services.partners.meetings.service.minutes import publish_minutes, write_minutes
from services.partners.meetings.tests import factories as meetings
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from services.partners.proposals.models import Reply
from services.partners.proposals.tests import factories as proposals
from services.partners.relationships.queries import gather_signals, rank_waiting
from services.partners.signals import SOURCES
from services.partners.vetting.service.papers import receive_paper
from services.partners.vetting.tests import factories as vettings
from shared.clock import new_id
from shared.identity import GUEST
from shared.testing.people import make_identity

BY = make_identity()


@pytest.fixture
def today(now):
    return now.date()


@pytest.fixture
def place(session):
    return make_organisation(session, name="Harbour Trust").id


@pytest.fixture
def lerato(session, place, now):
    contact = make_contact(session, place)
    name_liaison(session, BY, contact.id, now)
    return contact


@pytest.fixture
def tell(session, place, today):
    """What is told of the place so many days from now; it is ranked exactly when something is."""

    def tell_in(days=0):
        day = today + timedelta(days=days)
        told = gather_signals(session, SOURCES, [place], day)[place]
        ranked = {each.organisation_id: each.since for each in rank_waiting(session, SOURCES, day).items}
        assert ranked == ({place: told[0].since} if told else {})
        return [(each.kind, each.text) for each in told]

    return tell_in


def test_an_offer_waits_for_us_at_once_and_for_them_when_it_is_overdue(session, place, lerato, today, tell):
    agreement = agreements.make_agreement(session, place)
    assert tell() == []
    agreements.offer(session, agreement, today)
    assert tell(7) == []
    [(kind, text)] = tell(8)
    assert kind == "agreement_answer"
    assert text.startswith("“Clean harbour” waits for their answer since")
    agreements.say(session, agreement, today=today)
    [(_kind, text)] = tell()
    assert text.startswith("They accepted “Clean harbour” on")
    agreements.accept_for_us(session, agreement, today)
    assert tell(8) == []


def test_an_offer_is_overdue_as_soon_as_its_last_day_is_near(session, place, lerato, today, tell):
    agreement = agreements.make_agreement(session, place)
    agreements.offer(session, agreement, today, answer_by=today + timedelta(days=5))
    assert tell(1) == []
    assert [kind for kind, _text in tell(2)] == ["agreement_answer"]
    agreements.say(session, agreement, AgreementReply.ASK_FOR_CHANGES, today, comment="Less")
    assert tell(2) == []


def test_an_agreement_that_ends_soon_is_told_also_after_its_mail(session, place, today, tell):
    agreement = agreements.make_agreement(session, place)
    # As the clock leaves one whose coming end it has told.
    agreement.state, agreement.tell_end_on = State.IN_FORCE, None
    agreement.starts_on, agreement.ends_on = today - timedelta(days=300), today + timedelta(days=70)
    session.flush()
    assert tell(9) == []
    [(kind, text)] = tell(10)
    assert kind == "agreement_ending"
    assert text.startswith("“Clean harbour” ends on")
    session.get_one(Agreement, agreement.id).state = State.ENDED
    session.flush()
    assert tell(10) == []


def test_a_proposal_says_whose_move_it_is(session, place, lerato, today, tell):
    proposal = proposals.make_proposal(session, place)
    proposals.send(session, proposal, today=today)
    assert tell(7) == []
    [(_kind, text)] = tell(8)
    assert text.startswith("“Clean harbour” waits for their answer since")
    proposals.say(session, proposal, Reply.COUNTER, today)
    [(_kind, text)] = tell()
    assert text.startswith("They made a counter-offer to “Clean harbour” on")
    other = proposals.make_proposal(session, place, title="Second")
    proposals.send(session, other, today=today)
    proposals.say(session, other, Reply.ASK_FOR_CHANGES, today, comment="Less")
    assert tell()[1][1].startswith("They asked for changes to “Second” on")


def test_an_invitation_waits_for_its_answer_and_a_meeting_for_its_minutes(session, place, lerato, now, today, tell):
    organiser = make_person(session)
    meeting = meetings.make_meeting(
        session, organiser.id, place, contact_ids=[lerato.id], starts_on=today + timedelta(days=10), repeats="once",
        count=None,
    )  # fmt: skip
    meetings.send(session, meeting, now)
    assert tell(3) == []
    [(kind, text)] = tell(4)
    assert kind == "invitation"
    assert text.startswith("Lerato Khumalo has not answered the invitation")
    guest = make_identity(GUEST, place, person_id=lerato.id)
    answer_invitation(session, guest, meeting.id, now, answer="yes")
    assert tell(4) == []
    [(kind, text)] = tell(13)
    assert kind == "minutes"
    assert text.startswith("They wait for our minutes of “Planning the clean-up”")
    assert tell(41) == []
    day, after = meeting.dates[0], meeting.ends_by() + timedelta(hours=1)
    write_minutes(session, BY, day.id, day.version, after, attended=[lerato.id], notes="All agreed.")
    publish_minutes(session, BY, day.id, day.version, "https://saypro.example.org", after)
    assert tell(13) == []


def test_a_vetting_is_told_before_and_after_it_runs_out(session, place, tell):
    vetting = vettings.make_decided(session, place, BY)
    until = (vetting.valid_until - vetting.decided_at.date()).days
    assert tell(until - 61) == []
    assert "holds until" in tell(until - 59)[0][1]
    assert "ran out on" in tell(until + 2)[0][1]


def test_papers_that_came_wait_for_somebody_to_look_at_them(session, place, lerato, now, tell):
    vetting = vettings.make_vetting(session, place, BY)
    asked_id, _secret = vettings.make_request(session, vetting, lerato, BY, now)
    guest = make_identity(GUEST, place, person_id=lerato.id)
    assert tell() == []
    for _ in range(2):
        receive_paper(session, guest, asked_id, vetting.answers[0].id, vettings.PAPER, now, expires_on=None)
    [(kind, text)] = tell()
    assert kind == "papers"
    assert text.startswith("2 papers that they sent wait for us since")


def test_scores_that_are_owed_are_told_with_who_owes_them(session, place, now, tell):
    scene = make_scene(session, evaluators=("Ayanda", "Bongani"), organisations=(place,))
    assert tell(14) == []
    [(kind, text)] = tell(15)
    assert kind == "evaluation"
    assert text.startswith("“Clean-up partners” waits for scores by Ayanda and Bongani, asked for by")
    submit(session, scene, scene.evaluators[0], place, 4, now)
    assert "scores by Bongani, asked" in tell(15)[0][1]
    submit(session, scene, scene.evaluators[1], place, 4, now)
    assert tell(15) == []


def test_figures_that_are_owed_are_told_until_they_come(session, place, now, today, tell):
    campaign = new_id()
    keep_campaign(
        session, campaign, now, title="Clean Coast", starts_on=today, ends_on=today, partners=[place]
    )  # fmt: skip
    keep_owed(session, campaign, place, now, [today - timedelta(days=2), today - timedelta(days=33)])
    session.flush()
    [(kind, text)] = tell()
    assert (kind, text.partition(" since ")[0]) == ("figures", "Figures of 2 periods for Clean Coast are overdue")
    keep_owed(session, campaign, place, now - timedelta(days=1), [])
    assert len(tell()) == 1
    keep_owed(session, campaign, place, now, [])
    session.flush()
    assert tell() == []


def test_what_is_told_takes_as_many_queries_for_one_as_for_many(database, session, now, today):
    places = [make_organisation(session, name=f"Place {each}").id for each in range(6)]
    make_scene(session, evaluators=("Ayanda", "Bongani"), organisations=places)
    for number, each in enumerate(places):
        contact = make_contact(session, each, email=f"liaison{number}@example.org")
        name_liaison(session, BY, contact.id, now)
        proposals.send(session, proposals.make_proposal(session, each, title="Offer"), today=today)
    session.flush()
    statements, counts = [], []
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    for some in (places[:1], places):
        statements.clear()
        told = gather_signals(session, SOURCES, some, today + timedelta(days=20))
        assert all({each.kind for each in told[place]} == {"evaluation", "proposal"} for place in some)
        counts.append(len(statements))
    assert counts[0] == counts[1]
