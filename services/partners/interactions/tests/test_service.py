from datetime import timedelta

import pytest

from services.partners.contacts.service import let_go
from services.partners.contacts.tests.factories import make_contact
from services.partners.interactions import queries, service
from services.partners.interactions.tests.factories import make_interaction
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from services.partners.promises.queries import list_promises_of
from shared.errors import Invalid, NotFound, Stale
from shared.identity import LIAISON
from shared.testing.people import make_identity

BY, DAY = make_identity(), timedelta(days=1)


@pytest.fixture
def place(session):
    return make_organisation(session).id


def test_a_call_keeps_who_took_part_and_what_comes_next(session, place, now):
    contact, person = make_contact(session, place), make_person(session)
    step = {"text": "Send the budget", "due_on": now.date(), "owner_id": contact.id}
    call = make_interaction(session, place, contact_ids=[contact.id], person_ids=[person.id], step=step)
    assert (call.contact_ids, call.person_ids) == ([contact.id], [person.id])
    [promised] = list_promises_of(session, BY, "interaction", call.id)
    assert (promised.contact_id, promised.owed_by, promised.due_on) == (contact.id, "them", now.date())
    assert [each.id for each in queries.list_interactions_of(session, contact.id)] == [call.id]


def test_strangers_to_it_and_the_future_are_refused_field_by_field(session, place, now):
    stranger = make_contact(session, make_organisation(session, name="Other").id)
    theirs = make_person(session, role=LIAISON, organisation_id=place)
    with pytest.raises(Invalid) as refused:
        make_interaction(session, place, at=now + DAY, contact_ids=[stranger.id], person_ids=[theirs.id])
    assert set(refused.value.fields) == {"at", "contact_ids", "person_ids"}
    step = {"text": "Send it", "due_on": now.date(), "owner_id": stranger.id}
    with pytest.raises(Invalid) as refused:
        make_interaction(session, place, step=step)
    assert set(refused.value.fields) == {"step_owner_id"}


def test_the_thread_is_in_order_of_when_it_was_and_pages(session, place, now):
    made = [make_interaction(session, place, at=now - days * DAY, summary=f"Call {days}") for days in (3, 1, 2)]
    page = queries.find_interactions(session, BY, place, cursor=None, limit=2)
    assert [each.id for each in page.items] == [made[1].id, made[2].id]
    rest = queries.find_interactions(session, BY, place, cursor=page.next_cursor, limit=2)
    assert [each.id for each in rest.items] == [made[0].id]
    found = queries.find_interactions(session, BY, place, search="CALL 3", cursor=None, limit=2)
    assert [each.id for each in found.items] == [made[0].id]
    assert not queries.find_interactions(session, BY, place, search="100%", cursor=None, limit=2).items


def test_when_we_were_last_in_touch_follows_corrections_also_backwards(session, place, now):
    make_interaction(session, place, at=now - 40 * DAY)
    late = make_interaction(session, place, at=now - 2 * DAY)
    assert queries.find_last_contacts(session, [place]) == {place: now - 2 * DAY}
    details = {"kind": "visit", "contact_ids": [], "person_ids": [], "summary": "It was in spring."}
    service.change_interaction(session, BY, late.id, late.version, now, at=now - 90 * DAY, **details)
    assert queries.find_last_contacts(session, [place]) == {place: now - 40 * DAY}
    with pytest.raises(Stale):
        service.change_interaction(session, BY, late.id, 1, now, at=now, **details)


def test_who_left_stays_where_they_took_part(session, place, now):
    contact, second = make_contact(session, place), make_contact(session, place, email="second@example.org")
    call = make_interaction(session, place, contact_ids=[contact.id])
    let_go(session, BY, contact.id, now)
    details = {"kind": "call", "at": call.at, "person_ids": [], "summary": "Corrected."}
    both = [contact.id, second.id]
    service.change_interaction(session, BY, call.id, call.version, now, contact_ids=both, **details)
    assert call.contact_ids == both
    with pytest.raises(Invalid):
        make_interaction(session, place, contact_ids=[contact.id])


def test_only_our_staff_reads_what_was_said(session, place):
    call, liaison = make_interaction(session, place), make_identity(LIAISON, place)
    with pytest.raises(NotFound):
        queries.get_interaction(session, liaison, call.id)
