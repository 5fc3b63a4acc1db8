from datetime import UTC, date, datetime, timedelta

import pytest

from services.partners.contacts.service import let_go, set_owner
from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from services.partners.promises.queries import Owing, find_promises, list_promises_of, sum_up_promises
from services.partners.promises.reminders import find_reminded, remind, remind_overdue
from services.partners.promises.service import (
    change_promise,
    finish_promise,
    reopen_promise,
    withdraw_promise,
)
from services.partners.promises.tests.factories import make_promise
from shared.clock import new_id, utc_now
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.identity import LIAISON
from shared.testing.people import make_identity

TODAY = date(2027, 3, 15)
MORNING = datetime(2027, 3, 15, 9, tzinfo=UTC)
run_job = remind_overdue("https://saypro.example.org", "Africa/Johannesburg")


def details_of(promise, **changes):
    return {name: getattr(promise, name) for name in ("text", "owed_by", "owner_id", "due_on")} | changes


def test_who_sees_to_it_stands_on_the_side_that_owes_it(session):
    organisation, other = make_organisation(session), make_organisation(session, name="Other Trust")
    contact, stranger = make_contact(session, organisation.id), make_contact(session, other.id)
    person = make_person(session)
    assert make_promise(session, organisation.id, owner_id=contact.id).contact_id == contact.id
    assert make_promise(session, organisation.id, owed_by="us", owner_id=person.id).person_id == person.id
    for owed_by, owner in (("them", stranger), ("them", person), ("us", contact)):
        with pytest.raises(Invalid, match="Correct"):
            make_promise(session, organisation.id, owed_by=owed_by, owner_id=owner.id)


def test_turning_a_promise_round_needs_an_owner_from_the_other_side(session, now):
    organisation = make_organisation(session)
    contact = make_contact(session, organisation.id)
    promise = make_promise(session, organisation.id, owner_id=contact.id)
    with pytest.raises(Invalid):
        change_promise(session, make_identity(), promise.id, 1, now, **details_of(promise, owed_by="us"))


def test_a_change_to_an_older_version_is_refused(session, now):
    promise = make_promise(session, make_organisation(session).id)
    by = make_identity(name="Sipho")
    change_promise(session, by, promise.id, 1, now, **details_of(promise, due_on=date(2027, 4, 1)))
    with pytest.raises(Stale, match="Sipho changed the promise"):
        change_promise(session, by, promise.id, 1, now, **details_of(promise, text="Send nothing"))
    newest = list_history(session, promise.id)[0]
    assert newest.detail == {"before": {"due_on": "2027-03-12"}, "after": {"due_on": "2027-04-01"}}


def test_a_partner_ticks_off_its_own_promises_and_not_ours(session, now):
    organisation = make_organisation(session)
    theirs, ours = make_promise(session, organisation.id), make_promise(session, organisation.id, owed_by="us")
    liaison = make_identity(LIAISON, organisation.id)
    done = finish_promise(session, liaison, theirs.id, now, "Sent this morning")
    assert (done.state, done.closed_by, done.remark) == ("done", liaison.person_id, "Sent this morning")
    assert finish_promise(session, liaison, theirs.id, now) is done
    assert len([each for each in list_history(session, theirs.id) if each.action == "kept the promise"]) == 1
    with pytest.raises(NotFound):
        finish_promise(session, liaison, ours.id, now)
    with pytest.raises(NotFound):
        finish_promise(session, make_identity(LIAISON, new_id()), theirs.id, now)


def test_a_closed_promise_changes_no_more_until_it_is_opened_again(session, now):
    promise, by = make_promise(session, make_organisation(session).id), make_identity()
    with pytest.raises(Invalid):
        withdraw_promise(session, by, promise.id, now, "")
    withdraw_promise(session, by, promise.id, now, "The plan changed")
    for act in (
        lambda: finish_promise(session, by, promise.id, now),
        lambda: change_promise(session, by, promise.id, promise.version, now, **details_of(promise, text="Other")),
        lambda: remind(session, by, promise, "https://saypro.example.org", now, today=TODAY),
    ):
        with pytest.raises(Conflict):
            act()
    assert reopen_promise(session, by, promise.id, now).is_open
    assert promise.remind_on == promise.due_on + timedelta(days=1)


def test_the_overdue_are_reminded_once_a_week_and_not_for_ever(session, bus):
    organisation = make_organisation(session)
    contact = make_contact(session, organisation.id)
    promise = make_promise(session, organisation.id, owner_id=contact.id)
    due_later = make_promise(session, organisation.id, owner_id=contact.id, due_on=TODAY + timedelta(days=200))
    session.commit()
    version = promise.version
    for day in range(-5, 60):
        for hour in (1, 9, 15):
            run_job(session, MORNING.replace(hour=hour) + timedelta(days=day))
    session.commit()
    mails = bus.published("mail_requested")
    assert [each.time.date() for each in mails] == [date(2027, 3, 13) + timedelta(days=7 * week) for week in range(4)]
    assert {each.data["email"] for each in mails} == {contact.email}
    assert all(each.data["link"].startswith("https://saypro.example.org/partners/promises/s/") for each in mails)
    session.refresh(promise)
    assert (promise.remind_on, promise.version, due_later.reminders) == (None, version, 0)


def test_nobody_is_woken_by_a_reminder(session, bus):
    organisation = make_organisation(session)
    make_promise(session, organisation.id, owner_id=make_contact(session, organisation.id).id)
    run_job(session, datetime(2027, 3, 15, 5, 59, tzinfo=UTC))  # 07:59 in Johannesburg
    session.commit()
    assert bus.published("mail_requested") == []
    run_job(session, datetime(2027, 3, 15, 6, 0, tzinfo=UTC))
    session.commit()
    assert len(bus.published("mail_requested")) == 1


def test_where_the_owner_is_gone_whoever_answers_for_that_side_is_asked(session, now):
    organisation = make_organisation(session)
    writer, responsible = make_person(session), make_person(session, email="responsible@example.org")
    liaison = make_contact(session, organisation.id, name="Naledi", email="naledi@example.org", is_liaison=True)
    leaver = make_contact(session, organisation.id)
    by = make_identity(person_id=writer.id)
    theirs = make_promise(session, organisation.id, by, owner_id=leaver.id)
    ours = make_promise(session, organisation.id, by, owed_by="us")
    assert [find_reminded(session, each).id for each in (theirs, ours)] == [leaver.id, writer.id]
    let_go(session, by, leaver.id, now)
    set_owner(session, by, organisation.id, responsible.id, now)
    assert [find_reminded(session, each).id for each in (theirs, ours)] == [liaison.id, responsible.id]
    let_go(session, by, liaison.id, now)
    assert find_reminded(session, theirs) is None


def test_a_promise_that_nobody_can_be_asked_about_does_not_stop_the_others(session, bus):
    organisation = make_organisation(session)
    make_promise(session, organisation.id)
    make_promise(session, organisation.id, owner_id=make_contact(session, organisation.id).id)
    run_job(session, MORNING)
    session.commit()
    assert len(bus.published("mail_requested")) == 1


def test_what_is_open_is_summed_up_by_side_in_one_query(session, now):
    one, two, none = (make_organisation(session, name=name) for name in ("One", "Two", "None"))
    make_promise(session, one.id, due_on=date(2027, 3, 14))
    make_promise(session, one.id, due_on=TODAY)
    make_promise(session, one.id, owed_by="us", due_on=date(2027, 3, 1))
    make_promise(session, two.id, due_on=date(2027, 5, 1))
    finish_promise(session, make_identity(), make_promise(session, two.id, owed_by="us").id, now)
    assert sum_up_promises(session, [one.id, two.id, none.id], TODAY) == {
        one.id: Owing(ours=1, ours_late=1, theirs=2, theirs_late=1, oldest_due=date(2027, 3, 1)),
        two.id: Owing(theirs=1, oldest_due=date(2027, 5, 1)),
    }


def test_promises_come_by_due_date_and_are_narrowed_by_state_side_owner_and_words(session, now):
    organisation, person = make_organisation(session), make_person(session)
    me = make_identity(person_id=person.id)
    late = make_promise(session, organisation.id, text="Send the ÄRZTE list", due_on=date(2027, 3, 1))
    mine = make_promise(session, organisation.id, owed_by="us", owner_id=person.id, due_on=date(2027, 4, 1))
    done = make_promise(session, organisation.id, due_on=date(2027, 2, 1))
    finish_promise(session, me, done.id, now)

    def find(**wanted):
        found = find_promises(session, me, TODAY, **{"cursor": None, "limit": 10, **wanted})
        return [each.id for each in found.items]

    assert find() == [late.id, mine.id]
    assert find(state="overdue") == find(search="ärzte") == find(owed_by="them") == [late.id]
    assert find(mine=True) == [mine.id]
    assert find(state="done") == [done.id]
    assert find(search="%") == []


def test_promises_are_found_by_what_they_were_said_in(session, now):
    organisation, other = make_organisation(session), make_organisation(session, name="Other")
    meeting = new_id()
    promise = make_promise(session, organisation.id, source="meeting", source_id=meeting)
    make_promise(session, other.id, source="meeting", source_id=meeting)
    liaison = make_identity(LIAISON, organisation.id)
    assert [each.id for each in list_promises_of(session, liaison, "meeting", meeting)] == [promise.id]
    assert len(list_promises_of(session, make_identity(), "meeting", meeting)) == 2
    assert utc_now() >= promise.created_at
