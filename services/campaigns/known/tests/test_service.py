import pytest
from marshmallow import ValidationError

from services.campaigns.known import queries
from services.campaigns.known.tests.factories import hear_organisation, hear_person
from shared.clock import new_id
from shared.identity import ADMIN, COORDINATOR, LIAISON, VIEWER


def names(session, **wanted):
    found = queries.find_organisations(session, **{"without": [], "search": "", "cursor": None, "limit": 50, **wanted})
    return [each.name for each in found.items]


def test_the_latest_news_of_an_organisation_counts_and_hearing_it_again_changes_nothing(session, bus):
    organisation_id = hear_organisation(bus, "Ocean Watch")
    hear_organisation(bus, "Ocean Watch Africa", organisation_id, fact="changed")
    hear_organisation(bus, "Ocean Watch Africa", organisation_id, fact="changed")
    assert queries.name_organisations(session, [organisation_id, new_id()]) == {organisation_id: "Ocean Watch Africa"}
    assert names(session) == ["Ocean Watch Africa"]


def test_a_change_may_be_the_first_that_is_heard(session, bus):
    organisation_id = hear_organisation(bus, "Ocean Watch", fact="changed")
    assert queries.name_organisations(session, [organisation_id]) == {organisation_id: "Ocean Watch"}


def test_organisations_are_found_by_a_part_of_their_name_in_any_case(session, bus):
    for name in ("river Friends", "Ocean Watch", "Straßenkinder"):
        hear_organisation(bus, name)
    skipped = hear_organisation(bus, "Another River")
    assert names(session, without=[skipped]) == ["Ocean Watch", "river Friends", "Straßenkinder"]
    assert names(session, search="RIVER", without=[skipped]) == ["river Friends"]
    assert names(session, search="STRASSEN") == ["Straßenkinder"]
    assert names(session, search="%") == []


def test_only_staff_who_can_sign_in_are_listed_by_name(session, bus):
    for name, role in (("Zola", ADMIN), ("Ayanda", VIEWER), ("Mpho", COORDINATOR)):
        hear_person(bus, name, role=role)
    hear_person(bus, "Lia", role=LIAISON, organisation_id=new_id())
    left = hear_person(bus, "Gone")
    hear_person(bus, "Gone", left, active=False)
    assert [person.name for person in queries.list_staff(session)] == ["Ayanda", "Mpho", "Zola"]


def test_an_organisation_without_a_name_is_not_taken_for_one(bus):
    with pytest.raises(ValidationError, match="name"):
        bus.hear(
            "saypro.partners.organisation_changed.v1", {"organisation_id": new_id(), "kind": "ngo", "country": "ZA"}
        )
