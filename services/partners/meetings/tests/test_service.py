from datetime import UTC, date, datetime, time, timedelta

import pytest

from services.partners.contacts.tests.factories import make_contact
from services.partners.meetings.models import Attendee
from services.partners.meetings.queries import find_dates, get_meeting, list_unanswered
from services.partners.meetings.service.answers import answer_invitation
from services.partners.meetings.service.invitations import list_outstanding, send_outstanding
from services.partners.meetings.service.minutes import publish_minutes, write_minutes
from services.partners.meetings.service.planning import (
    add_organisation,
    cancel_date,
    cancel_meeting,
    change_meeting,
    move_date,
    plan_meeting,
)
from services.partners.meetings.tests.factories import BASE, make_details, make_meeting, send
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from services.partners.promises.tests.factories import make_promise
from shared.clock import new_id
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.identity import LIAISON
from shared.testing.people import make_identity

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def home(session):
    return make_organisation(session)


@pytest.fixture
def thandi(session):
    return make_person(session, name="Thandi Nkosi", email="thandi@example.org")


@pytest.fixture
def lerato(session, home):
    return make_contact(session, home.id)


@pytest.fixture
def meeting(session, home, thandi, lerato):
    return make_meeting(session, thandi.id, home.id, NOW, contact_ids=[lerato.id])


def change(session, meeting, home, thandi, now=LATER, **changes):
    details = make_details(
        thandi.id, home.id, contact_ids=[each.contact_id for each in meeting.invited if each.contact_id],
        person_ids=[each.person_id for each in meeting.invited if each.person_id],
    )  # fmt: skip
    return change_meeting(session, make_identity(), meeting.id, meeting.version, now, **{**details, **changes})


def told(session, meeting, now=LATER):
    return [(each.kind.value, each.to.name) for each in list_outstanding(session, meeting, now)]


def test_planning_mails_nobody_and_sending_tells_each_once(session, bus, meeting):
    session.commit()
    assert bus.published("mail_requested") == []
    assert told(session, meeting) == [("invitation", "Lerato Khumalo")]
    send(session, meeting, NOW)
    session.commit()
    [mail] = bus.published("mail_requested")
    assert (mail.data["email"], mail.data["reply_to"]) == ("lerato@example.org", "thandi@example.org")
    assert "Tuesday, 16 March 2027, 10:00 to 11:00 (Europe/Berlin)" in mail.data["paragraphs"]
    assert "Every week on Tuesday, 4 times." in mail.data["paragraphs"]
    assert told(session, meeting) == []
    with pytest.raises(Conflict):
        send(session, meeting, NOW)


def test_who_comes_in_addition_is_invited_alone_and_who_is_taken_off_is_told_alone(
    session, bus, meeting, home, thandi, lerato
):
    send(session, meeting, NOW)
    naledi = make_contact(session, home.id, name="Naledi", email="naledi@example.org")
    change(session, meeting, home, thandi, contact_ids=[lerato.id, naledi.id])
    assert told(session, meeting) == [("invitation", "Naledi")]
    assert meeting.sequence == 0
    send(session, meeting, LATER)
    change(session, meeting, home, thandi, contact_ids=[naledi.id])
    assert told(session, meeting) == [("cancellation", "Lerato Khumalo")]
    send(session, meeting, LATER)
    session.commit()
    last = bus.published("mail_requested")[-1].data
    assert (last["email"], last["invitation"]["method"]) == ("lerato@example.org", "CANCEL")
    assert "naledi" not in last["invitation"]["calendar"]
    assert [each.who for each in meeting.attendees] == [naledi.id]


def test_another_time_goes_to_all_and_asks_all_again(session, meeting, home, thandi, lerato):
    send(session, meeting, NOW)
    answer_invitation(
        session, make_identity(person_id=lerato.id, organisation_id=home.id), meeting.id, NOW, answer="yes"
    )
    change(session, meeting, home, thandi, starts_at=time(14))
    assert told(session, meeting) == [("update", "Lerato Khumalo")]
    assert (meeting.sequence, meeting.invited[0].answer) == (1, "none")
    assert [each.local_start.hour for each in meeting.dates] == [14] * 4


def test_a_title_raises_the_sequence_and_keeps_answers_and_moved_dates(session, meeting, home, thandi, lerato):
    send(session, meeting, NOW)
    answer_invitation(
        session, make_identity(person_id=lerato.id, organisation_id=home.id), meeting.id, NOW, answer="yes"
    )
    day = meeting.dates[1]
    move_date(session, make_identity(), day.id, day.version, NOW, local_start=datetime(2027, 3, 24, 9), minutes=60)
    change(session, meeting, home, thandi, title="Another title")
    assert (meeting.sequence, meeting.invited[0].answer, meeting.dates[1].is_moved) == (2, "yes", True)


def test_dates_that_are_over_stay_and_those_to_come_keep_their_agenda(session, meeting, home, thandi):
    between = meeting.dates[1].ends_at + timedelta(hours=1)
    before = [(each.id, each.starts_at) for each in meeting.dates]
    change(session, meeting, home, thandi, between, starts_on=date(2027, 3, 31), count=3)
    assert [(each.id, each.starts_at) for each in meeting.dates[:2]] == before[:2]
    assert [each.id for each in meeting.dates[2:4]] == [each_id for each_id, _ in before[2:]]
    assert [each.slot.date().isoformat() for each in meeting.dates[2:]] == ["2027-03-31", "2027-04-07", "2027-04-14"]


def test_what_changed_since_the_page_that_asked_is_not_sent(session, meeting, home, thandi):
    seen = meeting.version
    change(session, meeting, home, thandi, title="Another title")
    with pytest.raises(Stale):
        send_outstanding(session, make_identity(), meeting.id, seen, BASE, LATER)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"until": date(2027, 3, 1), "count": None}, "until"),
        ({"until": date(2099, 1, 1), "count": None}, "until"),
        ({"organiser_id": new_id()}, "organiser_id"),
        ({"contact_ids": [new_id()]}, "contact_ids"),
    ],
)
def test_a_rule_or_people_that_do_not_fit_are_refused(session, home, thandi, changes, field):
    with pytest.raises(Invalid) as refused:
        plan_meeting(session, make_identity(), NOW, **{**make_details(thandi.id, home.id), **changes})
    assert list(refused.value.fields) == [field]


def test_only_contacts_of_the_organisations_and_with_an_address_are_invited(session, home, thandi):
    other = make_contact(session, make_organisation(session, name="Other").id, email="other@example.org")
    silent = make_contact(session, home.id, name="Silent", email=None, phone="+27 21 555 0123", channel="phone")
    for contact in (other, silent):
        with pytest.raises(Invalid):
            make_meeting(session, thandi.id, home.id, NOW, contact_ids=[contact.id])


def test_a_cancelled_meeting_or_date_changes_no_more(session, meeting, home, thandi):
    by, day = make_identity(), meeting.dates[1]
    cancel_date(session, by, day.id, NOW)
    with pytest.raises(Conflict):
        move_date(session, by, day.id, day.version, NOW, local_start=datetime(2027, 3, 24, 9), minutes=60)
    with pytest.raises(Invalid):
        cancel_meeting(session, by, meeting.id, "", NOW)
    cancel_meeting(session, by, meeting.id, "No money", NOW)
    assert told(session, meeting) == []  # nobody was ever invited
    with pytest.raises(Conflict):
        change(session, meeting, home, thandi, title="Another title")


def test_a_date_cannot_be_moved_onto_another(session, meeting):
    first, second = meeting.dates[:2]
    with pytest.raises(Invalid):
        move_date(session, make_identity(), second.id, second.version, NOW, local_start=first.local_start, minutes=60)


def test_only_who_is_invited_answers_and_proposes_a_time_to_come(session, meeting, home, lerato):
    by = make_identity("guest", home.id, person_id=lerato.id)
    stranger = make_identity("guest", home.id)
    with pytest.raises(NotFound):
        answer_invitation(session, stranger, meeting.id, NOW, answer="yes")
    with pytest.raises(Invalid):
        answer_invitation(session, by, meeting.id, NOW, answer="no", proposed_at=NOW - timedelta(days=1))
    better = NOW + timedelta(days=80)
    said = answer_invitation(session, by, meeting.id, NOW, answer="no", remark="On leave", proposed_at=better)
    assert (said.answer, said.remark, said.proposed_at) == ("no", "On leave", better)
    assert list_history(session, meeting.id)[0].action == "answered the invitation"
    with pytest.raises(Conflict):
        answer_invitation(session, by, meeting.id, meeting.ends_by(), answer="yes")


def test_answers_that_are_overdue_are_listed_until_given(session, meeting, home, lerato):
    send(session, meeting, NOW)
    assert list_unanswered(session, [home.id], NOW + timedelta(days=2)) == []
    [owed] = list_unanswered(session, [home.id], NOW + timedelta(days=3))
    assert (owed.organisation_id, owed.contact_id, owed.meeting_id) == (home.id, lerato.id, meeting.id)
    assert owed.starts_at == meeting.dates[0].starts_at
    assert list_unanswered(session, [home.id], meeting.ends_by()) == []
    answer_invitation(session, make_identity("guest", home.id, person_id=lerato.id), meeting.id, NOW, answer="maybe")
    assert list_unanswered(session, [home.id], NOW + timedelta(days=3)) == []


def test_minutes_are_published_to_all_and_a_correction_is_another_version(session, bus, meeting, home, lerato):
    send(session, meeting, NOW)
    by, day = make_identity(), meeting.dates[0]
    with pytest.raises(Conflict):
        publish_minutes(session, by, day.id, day.version, BASE, LATER)
    write_minutes(session, by, day.id, day.version, LATER, attended=[lerato.id], notes="# Beach\n\nWe meet **early**.")
    make_promise(
        session, home.id, text="Bring gloves", owner_id=lerato.id, due_on=date(2027, 3, 20),
        source="meeting", source_id=day.id,
    )  # fmt: skip
    first = publish_minutes(session, by, day.id, day.version, BASE, LATER)
    with pytest.raises(Conflict):
        publish_minutes(session, by, day.id, day.version, BASE, LATER)
    write_minutes(session, by, day.id, day.version, LATER, attended=[lerato.id], notes="We meet at **six**.")
    second = publish_minutes(session, by, day.id, day.version, BASE, LATER)
    session.commit()
    assert [(each.number, each.text) for each in (first, second)] == [
        (1, "# Beach\n\nWe meet **early**."), (2, "We meet at **six**."),
    ]  # fmt: skip
    _, mail, again = (each.data for each in bus.published("mail_requested"))
    assert mail["title"] == "Minutes: Planning the clean-up"
    assert "We meet early." in mail["paragraphs"]
    assert f"{home.name}: Bring gloves, by 20 March 2027" in mail["paragraphs"]
    assert again["title"].startswith("Minutes, version 2")


def test_meetings_are_seen_by_staff_and_by_the_liaisons_of_their_organisations(session, meeting, home, thandi):
    other = make_organisation(session, name="Other Trust")
    ours, theirs = make_identity(LIAISON, home.id), make_identity(LIAISON, other.id)

    def find(viewer, **wanted):
        return len(find_dates(session, viewer, NOW, **{"cursor": None, "limit": 10, **wanted}).items)

    assert [find(each) for each in (ours, theirs, make_identity())] == [4, 0, 4]
    assert find(make_identity(person_id=thandi.id), mine=True) == 4
    assert find(make_identity(), mine=True) == 0
    assert find(make_identity(), search="CLEAN") == 4
    assert find(make_identity(), past=True) == 0
    with pytest.raises(NotFound):
        get_meeting(session, theirs, meeting.id)
    add_organisation(session, make_identity(), meeting.id, other.id, NOW)
    assert get_meeting(session, theirs, meeting.id) is meeting


def test_people_are_invited_once(session, meeting):
    session.add(Attendee(meeting_id=meeting.id, contact_id=meeting.invited[0].contact_id))
    with pytest.raises(Exception, match=r"(?i)unique"):
        session.flush()
    session.rollback()
