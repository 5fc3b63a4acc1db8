from datetime import timedelta

import pytest
from sqlalchemy import event

from services.partners.contacts.service import set_owner
from services.partners.contacts.tests.factories import make_contact
from services.partners.interactions.tests.factories import make_interaction
from services.partners.opportunities.service import move_opportunity
from services.partners.opportunities.tests.factories import make_opportunity
from services.partners.organisations.service import change_stage
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from services.partners.promises.service import finish_promise
from services.partners.promises.tests.factories import make_promise
from services.partners.relationships.queries import count_waiting, gather_signals, rank_waiting
from services.partners.scorecards.tests.factories import make_round
from services.partners.signals import SILENCE, SOURCES
from shared.errors import Invalid
from shared.identity import LIAISON
from shared.testing.people import make_identity


@pytest.fixture
def today(now):
    return now.date()


def make_places(session, number):
    return [make_organisation(session, name=f"Place {each}").id for each in range(number)]


def test_who_waits_longest_comes_first_and_each_organisation_once(session, today):
    first, second, third = make_places(session, 3)
    for place, days in ((second, 3), (first, 9), (first, 1), (third, -1)):
        make_promise(session, place, due_on=today - timedelta(days=days))
    page = rank_waiting(session, SOURCES, today)
    assert [(each.organisation_id, (today - each.since).days) for each in page.items] == [(first, 9), (second, 3)]
    assert count_waiting(session, SOURCES, today) == 2


def test_the_ranking_pages_also_among_those_who_wait_equally_long(session, today):
    for place in make_places(session, 5):
        make_promise(session, place, due_on=today - timedelta(days=2))
    seen, cursor = [], None
    while True:
        page = rank_waiting(session, SOURCES, today, cursor=cursor, limit=2)
        seen += [each.organisation_id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    for odd in ("x", "2026-01-01", "2026-01-01_x", "\x00_"):
        with pytest.raises(Invalid):
            rank_waiting(session, SOURCES, today, cursor=odd)


def test_a_kept_promise_needs_no_attention_any_more(session, today, now):
    [place] = make_places(session, 1)
    ours = make_promise(session, place, owed_by="us", due_on=today - timedelta(days=1))
    make_promise(session, place, due_on=today - timedelta(days=1))
    kinds = [each.kind for each in gather_signals(session, SOURCES, [place], today)[place]]
    assert kinds == ["promise_ours", "promise_theirs"]
    finish_promise(session, make_identity(), ours.id, now)
    [left] = gather_signals(session, SOURCES, [place], today)[place]
    assert left.kind == "promise_theirs"


def test_silence_counts_only_where_we_talk_or_work_together(session, today, now):
    partner, prospect = make_places(session, 2)
    silent = now - SILENCE - timedelta(days=2)
    for place in (partner, prospect):
        make_interaction(session, place, at=silent)
    assert count_waiting(session, SOURCES, today) == 0
    change_stage(session, make_identity(), partner, "partner", "We agreed", now)
    [waiting] = rank_waiting(session, SOURCES, today).items
    assert (waiting.organisation_id, waiting.since) == (partner, silent.date())
    assert [each.kind for each in gather_signals(session, SOURCES, [partner, prospect], today)[partner]] == ["silence"]
    make_interaction(session, partner)
    assert count_waiting(session, SOURCES, today) == 0


def test_a_late_next_step_of_an_opportunity_counts_until_it_is_agreed(session, today, now):
    [place], owner = make_places(session, 1), make_person(session)
    made = make_opportunity(session, place, owner.id, step_due_on=today - timedelta(days=4))
    make_opportunity(session, place, owner.id, title="No date")
    assert [each.since for each in rank_waiting(session, SOURCES, today).items] == [today - timedelta(days=4)]
    assert [each.kind for each in gather_signals(session, SOURCES, [place], today)[place]] == ["opportunity"]
    move_opportunity(session, make_identity(), made.id, "agreed", "Signed", now)
    assert rank_waiting(session, SOURCES, today).items == []


def test_a_scorecard_that_still_waits_after_its_day_counts(session, today):
    [place] = make_places(session, 1)
    round_ = make_round(session, make_contact(session, place), days=5)
    assert rank_waiting(session, SOURCES, today).items == []
    [waiting] = rank_waiting(session, SOURCES, today + timedelta(days=9)).items
    assert (waiting.organisation_id, waiting.since) == (place, round_.due_on)


def test_ones_own_are_those_that_one_is_responsible_for(session, today, now):
    own, other = make_places(session, 2)
    person = make_person(session)
    set_owner(session, make_identity(), own, person.id, now)
    for place in (own, other):
        make_promise(session, place, due_on=today - timedelta(days=2))
    assert [each.organisation_id for each in rank_waiting(session, SOURCES, today, owner_id=person.id).items] == [own]


def test_the_pages_say_who_waits_and_why(staff, script, session, today):
    [place] = make_places(session, 1)
    session.commit()
    assert "Nobody is waiting" in staff.get("/partners/attention").text
    assert "Nothing waits on either side" in staff.get(f"/partners/organisations/{place}").text
    make_promise(session, place, owed_by="us", due_on=today - timedelta(days=3))
    session.commit()
    listed = staff.get("/partners/attention").text
    assert "Place 0" in listed
    assert "We have not kept a promise" in listed
    assert "Nobody is waiting" in staff.get("/partners/attention?mine=true").text
    overview = staff.get(f"/partners/organisations/{place}").text
    assert "Needs attention" in overview
    assert "We have not kept a promise" in overview
    page = staff.get(f"/partners/organisations/{place}/relationship").text
    assert "We have not kept a promise" in page
    assert "One is ours, none is theirs" in page
    [told] = script.get("/partners/api/v1/attention").json["items"]
    assert (told["name"], told["signals"][0]["kind"]) == ("Place 0", "promise_ours")


def test_a_liaison_never_sees_how_we_judge_the_relationship(sign_in, session, today):
    [place] = make_places(session, 1)
    make_promise(session, place, owed_by="us", due_on=today - timedelta(days=3))
    session.commit()
    liaison = sign_in(LIAISON, place)
    overview = liaison.get(f"/partners/organisations/{place}")
    assert overview.status_code == 200
    assert "Place 0" in overview.text
    assert "Needs attention" not in overview.text
    assert "have not kept" not in overview.text
    assert liaison.get(f"/partners/organisations/{place}/relationship").status_code == 404
    assert liaison.get("/partners/attention").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_page(staff, database, session, today):
    for place in make_places(session, 12):
        make_promise(session, place, due_on=today - timedelta(days=2))
    session.commit()
    statements = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    counts = []
    for limit in (2, 2, 12):
        statements.clear()
        staff.get(f"/partners/attention?limit={limit}")
        counts.append(len(statements))
    assert counts[1] == counts[2]
