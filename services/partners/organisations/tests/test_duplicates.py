from datetime import timedelta

import pytest
from sqlalchemy import delete

from services.partners.organisations.likeness import compare_names, split_name
from services.partners.organisations.models import MatchKey
from services.partners.organisations.queries import find_duplicates
from services.partners.organisations.service import change_organisation, index_organisations
from services.partners.organisations.tests.factories import make_organisation
from shared.identity import LIAISON
from shared.testing.people import make_identity

STAFF = make_identity()


@pytest.fixture
def register(session):
    names = [
        "Table Bay Coastal Trust", "Cape Flats Food Garden NPO", "Förderverein Brücke e.V.", "Ocean Watch",
        "Khayelitsha Reading Project", "The Green Schools Foundation",
    ]  # fmt: skip
    return {name: make_organisation(session, name=name) for name in names}


def find(session, name, **known):
    return [each.name for each in find_duplicates(session, STAFF, name, **known)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Tabel Bay Coastal Trust", "Table Bay Coastal Trust"),
        ("table bay costal  TRUST (NPC)", "Table Bay Coastal Trust"),
        ("Cape Flats Food Gardens", "Cape Flats Food Garden NPO"),
        ("Food Garden Cape Flats N.P.O.", "Cape Flats Food Garden NPO"),
        ("Forderverein Bruecke", "Förderverein Brücke e.V."),
        ("Oceanwatch", "Ocean Watch"),
        ("Green Schools", "The Green Schools Foundation"),
        ("Kayelitsha Reading Project", "Khayelitsha Reading Project"),
    ],
)
def test_a_name_written_in_another_way_is_recognised(session, register, typed, meant):
    assert find(session, typed)[:1] == [meant]


@pytest.mark.parametrize("typed", ["Trust", "Food for All", "Bay Watch", "Reading Clubs of Durban", "?!", "Green"])
def test_names_that_only_share_a_word_are_different(session, register, typed):
    assert find(session, typed) == []


def test_a_number_or_a_domain_is_recognised_under_any_name(session, register):
    known = {"website": "https://www.dune.example.org/about", "registration_number": "NPO 012-345"}
    make_organisation(session, name="Dune Rangers", **known)
    [by_domain] = find_duplicates(session, STAFF, "Somebody else", website="http://dune.example.org")
    [by_number] = find_duplicates(session, STAFF, "Somebody else", country="ZA", registration_number="npo012345")
    assert (by_domain.reasons, by_number.reasons) == (("domain",), ("number",))
    # The same number in another country is another's, and a shared site says nothing.
    assert find(session, "Somebody else", country="DE", registration_number="NPO012345") == []
    make_organisation(session, name="Hill Rangers", website="https://facebook.com/hill")
    assert find(session, "Somebody else", website="https://facebook.com/else") == []


def test_the_likeliest_comes_first_and_an_organisation_is_no_duplicate_of_itself(session, register):
    make_organisation(session, name="Table Bay Coastal Trust", country="NA")
    found = find_duplicates(session, STAFF, "Table Bay Coastal Trust", "ZA")
    assert [(each.country, each.score) for each in found] == [("ZA", 100), ("NA", 92)]
    own = register["Table Bay Coastal Trust"]
    assert [each.country for each in find_duplicates(session, STAFF, own.name, "ZA", without=own.id)] == ["NA"]


def test_a_renamed_organisation_is_found_by_its_new_name_only(session, register, now):
    ocean = register["Ocean Watch"]
    details = {"kind": "ngo", "country": "ZA", "website": None}
    change_organisation(session, STAFF, ocean.id, 1, now + timedelta(1), name="Kelp Keepers", **details)
    assert find(session, "Kelp Keeper") == ["Kelp Keepers"]
    assert find(session, "Ocean Watch") == []


def test_a_word_that_very_many_share_does_not_hide_the_same_name(session):
    for number in range(330):
        make_organisation(session, name=f"Community Development Project {number}")
    assert find(session, "Project 17: Community Developement")[:1] == ["Community Development Project 17"]


def test_what_an_older_release_registered_is_indexed_by_the_worker(session, register, now):
    session.execute(delete(MatchKey))
    session.expire_all()
    assert find(session, "Ocean Watch") == []
    assert index_organisations(session, now) is False
    assert find(session, "Ocean Watch") == ["Ocean Watch"]


def test_outsiders_find_nobody(session, register):
    own = register["Ocean Watch"]
    assert find_duplicates(session, make_identity(LIAISON, own.id), "Green Schools Foundation") == []


def test_the_legal_form_tells_names_apart_only_a_little():
    assert split_name("The Brücke e. V.") == (("brucke",), ("ev",))
    assert split_name("The Trust") == (("the", "trust"), ())
    assert compare_names("Dune Trust", "Dune Foundation") == 90
    assert compare_names("Dune Trust", "Dune") == 100


FORM = {"name": "Ocean Watch Trust", "kind": "ngo", "country": "ZA", "website": ""}


def test_registering_asks_whether_it_is_the_same_and_takes_no_for_an_answer(staff, session, register):
    ocean = register["Ocean Watch"]
    session.commit()
    asked = staff.post("/partners/organisations/new", data=FORM)
    assert asked.status_code == 422
    assert "This may be the same as" in asked.text
    assert f'href="/partners/organisations/{ocean.id}"' in asked.text
    assert 'value="Ocean Watch Trust"' in asked.text
    # Another answer than to this question is none.
    assert staff.post("/partners/organisations/new", data={**FORM, "another": "0"}).status_code == 422
    assert staff.post("/partners/organisations/new", data={**FORM, "another": str(ocean.id)}).status_code == 302


def test_what_may_be_the_same_is_told_while_one_types(staff, sign_in, session, register):
    session.commit()
    page = staff.get("/partners/organisations/alike?name=ocean+wacth").text
    assert "Ocean Watch" in page
    assert "<html" not in page
    assert staff.get("/partners/organisations/alike?name=oc").text.strip() == ""
    assert staff.get("/partners/organisations/alike?name=%00&website=https://[&country=xx").status_code == 200
    liaison = sign_in(LIAISON, register["Ocean Watch"].id)
    assert liaison.get("/partners/organisations/alike?name=Ocean+Watch").status_code == 404
