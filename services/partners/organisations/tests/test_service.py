from datetime import timedelta

import pytest

from services.partners.organisations.queries import find_organisations
from services.partners.organisations.service import change_organisation, register_organisation
from services.partners.organisations.tests.factories import make_organisation
from shared.database.history import list_history, verify_chain
from shared.errors import NotFound, Stale
from shared.identity import LIAISON
from shared.testing.people import make_identity

DETAILS = {"name": "Table Bay Trust", "kind": "charity", "country": "ZA", "website": "https://trust.example.org"}


def test_registering_tells_the_other_services_and_the_history(session, bus, now):
    by = make_identity()
    organisation = register_organisation(session, by, now, **DETAILS)
    session.commit()

    [event] = bus.published("organisation_registered")
    assert event.data == {"organisation_id": str(organisation.id), "logo": None, **DETAILS}
    assert event.subject == str(organisation.id)
    assert event.time == now
    [entry] = list_history(session, organisation.id)
    assert (entry.person_name, entry.action) == (by.name, "registered the organisation")


def test_what_is_rolled_back_is_not_published(session, bus, now):
    register_organisation(session, make_identity(), now, **DETAILS)
    session.rollback()
    assert bus.published() == []


def test_a_change_is_published_once_and_says_what_was_before(session, bus, now):
    organisation = make_organisation(session, **DETAILS)
    later = now + timedelta(minutes=1)
    changed = {**DETAILS, "name": "Table Bay Foundation"}
    change_organisation(session, make_identity(), organisation.id, 1, later, **changed)
    session.commit()
    change_organisation(session, make_identity(), organisation.id, organisation.version, later, **changed)
    session.commit()

    [event] = bus.published("organisation_changed")
    assert event.data["name"] == "Table Bay Foundation"
    newest = list_history(session, organisation.id)[0]
    assert newest.detail == {"before": {"name": "Table Bay Trust"}, "after": {"name": "Table Bay Foundation"}}
    assert organisation.version == 2


def test_a_change_to_an_older_version_is_refused_and_names_who_was_faster(session, now):
    organisation = make_organisation(session, **DETAILS)
    faster = make_identity(name="Sipho")
    change_organisation(session, faster, organisation.id, 1, now, **{**DETAILS, "country": "NA"})
    with pytest.raises(Stale, match="Sipho changed the details"):
        change_organisation(session, make_identity(), organisation.id, 1, now, **DETAILS)


def test_search_finds_a_part_of_the_name_in_any_case_and_takes_wildcards_literally(session):
    for name in ("Ärztekammer", "100% Ocean", "Ocean Watch"):
        make_organisation(session, name=name)
    staff = make_identity()

    def search(text):
        found = find_organisations(session, staff, search=text, cursor=None, limit=10)
        return [each.name for each in found.items]

    assert search("OCEAN") == ["100% Ocean", "Ocean Watch"]
    assert search("ärzte") == ["Ärztekammer"]
    assert search("00%") == ["100% Ocean"]
    assert search("wa") == ["Ocean Watch"]
    assert search("at") == []
    assert search("_") == []


def test_pages_hold_every_organisation_once_in_order(session):
    names = [f"Organisation {number:02}" for number in range(25)] + ["Twin", "Twin"]
    for name in reversed(names):
        make_organisation(session, name=name)
    staff, seen, cursor = make_identity(), [], None
    while True:
        page = find_organisations(session, staff, cursor=cursor, limit=4)
        seen += [each.name for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == names


def test_a_liaison_finds_only_their_own_organisation(session, now):
    own, other = make_organisation(session, name="Own"), make_organisation(session, name="Other")
    liaison = make_identity(LIAISON, own.id)
    found = find_organisations(session, liaison, cursor=None, limit=10)
    assert [each.id for each in found.items] == [own.id]
    with pytest.raises(NotFound):
        change_organisation(session, liaison, other.id, 1, now, **DETAILS)


def test_an_altered_or_removed_history_entry_breaks_the_chain(session):
    make_organisation(session, name="One")
    two = make_organisation(session, name="Two")
    make_organisation(session, name="Three")
    assert verify_chain(session) is None
    entry = list_history(session, two.id)[0]
    entry.person_name = "Somebody else"
    session.flush()
    assert verify_chain(session) == 2
    session.delete(entry)
    session.flush()
    assert verify_chain(session) == 3
