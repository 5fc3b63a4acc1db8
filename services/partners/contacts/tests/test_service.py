from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from services.partners.contacts import queries, service
from services.partners.contacts.models import Contact
from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.service import change_person
from services.partners.people.tests.factories import make_person
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.identity import ADMIN, LIAISON, VIEWER
from shared.testing.people import make_identity

DETAILS = {
    "name": "Lerato Khumalo", "email": "lerato@example.org", "phone": "+27 21 555 0123", "roles": ["Director"],
    "channel": "phone", "locale": "en_ZA", "time_zone": "Africa/Johannesburg", "notes": "Prefers mornings.",
}  # fmt: skip
BY = make_identity()


@pytest.fixture
def place(session):
    return make_organisation(session).id


def hear_person(bus, session, person):
    """The news of an account, as it comes back from the bus."""
    session.commit()
    [event] = [each for each in bus.published("person_changed") if each.data["person_id"] == str(person.id)][-1:]
    bus.hear(event.type, event.data)
    session.expire_all()


def test_a_liaison_without_an_account_is_announced_as_one_who_may_be_mailed(session, place, bus, now):
    contact = service.add_contact(
        session, BY, place, now, is_liaison=True, **{**DETAILS, "email": "LERATO@example.org"}
    )
    assert queries.find_liaison(session, place).id == contact.id
    session.commit()
    [event] = bus.published("contact_changed")
    assert event.data == {
        "contact_id": str(contact.id), "organisation_id": str(place), "name": "Lerato Khumalo",
        "email": "lerato@example.org", "is_liaison": True, "locale": "en_ZA", "time_zone": "Africa/Johannesburg",
        "may_mail": True, "active": True,
    }  # fmt: skip


def test_an_organisation_has_one_liaison_also_where_the_use_cases_are_gone_round(session, place, now):
    make_contact(session, place, is_liaison=True)
    with pytest.raises(Invalid, match="Correct"):
        make_contact(session, place, email="other@example.org", is_liaison=True)
    other = make_contact(session, place, email="other@example.org")
    with pytest.raises(Conflict, match="Hand over"):
        service.name_liaison(session, BY, other.id, now)
    session.commit()
    with pytest.raises(IntegrityError):
        session.execute(update(Contact).where(Contact.id == other.id).values(is_liaison=True))
    session.rollback()


def test_an_address_is_one_contact_of_an_organisation_and_may_be_anothers_too(session, place):
    make_contact(session, place)
    with pytest.raises(Invalid) as refused:
        make_contact(session, place, email="LERATO@example.org", name="Someone else")
    assert "Lerato Khumalo" in refused.value.fields["email"]
    assert make_contact(session, make_organisation(session, name="Other").id).email == "lerato@example.org"
    assert make_contact(session, place, email=None, phone="1").email is make_contact(session, place, email=None).email


def test_the_contact_of_another_organisation_is_not_there_for_its_liaison(session, place):
    contact = make_contact(session, place)
    stranger = make_identity(LIAISON, make_organisation(session, name="Other").id)
    with pytest.raises(NotFound):
        queries.get_contact(session, stranger, contact.id)
    with pytest.raises(NotFound):
        queries.list_contacts(session, stranger, place)


def test_changes_are_told_field_by_field_without_what_was_typed_and_stale_ones_refused(session, place, now):
    contact = make_contact(session, place)
    service.change_contact(session, BY, contact.id, contact.version, now, **DETAILS)
    entry = list_history(session, contact.id)[0]
    assert set(entry.detail["fields"]) == {"phone", "roles", "channel", "locale", "time_zone", "notes"}
    assert "mornings" not in str(entry.detail)
    with pytest.raises(Stale):
        service.change_contact(session, BY, contact.id, 1, now, **{**DETAILS, "name": "Other"})


def test_letting_a_contact_sign_in_makes_one_account_that_follows_their_details(session, place, bus, now):
    contact = make_contact(session, place)
    person = service.open_account(session, BY, contact.id, now)
    assert (person.role, person.organisation_id, contact.person_id) == (LIAISON, place, person.id)
    details = {**DETAILS, "email": "l.khumalo@example.org"}
    service.change_contact(session, BY, contact.id, contact.version, now, **details)
    assert (person.email, person.time_zone) == ("l.khumalo@example.org", "Africa/Johannesburg")
    before = len(bus.published("contact_changed"))
    hear_person(bus, session, person)
    session.commit()
    assert len(bus.published("contact_changed")) == before + 2, "what the use cases said, and no echo"


def test_a_liaison_added_as_a_person_is_a_contact_and_changes_come_along(session, place, bus, now):
    person = make_person(session, role=LIAISON, organisation_id=place)
    hear_person(bus, session, person)
    contact = queries.find_contact_of_person(session, person.id)
    assert (contact.name, contact.is_liaison) == ("Naledi", True)
    details = {"name": "Naledi Dube", "email": "naledi@example.org", "locale": "en", "time_zone": None}
    changed = {**details, "role": LIAISON, "organisation_id": place}
    change_person(session, make_identity(ADMIN), person.id, person.version, now, **changed)
    hear_person(bus, session, person)
    assert queries.find_contact_of_person(session, person.id).name == "Naledi Dube"
    second = make_person(session, role=LIAISON, organisation_id=place, email="second@example.org")
    hear_person(bus, session, second)
    assert not queries.find_contact_of_person(session, second.id).is_liaison


def test_a_known_address_becomes_one_with_the_account_whichever_came_first(session, place, bus, now):
    contact = make_contact(session, place, email="naledi@example.org", roles=["Director"])
    person = make_person(session, role=LIAISON, organisation_id=place)
    hear_person(bus, session, person)
    assert queries.find_liaison(session, place).id == contact.id
    assert (contact.person_id, contact.roles) == (person.id, ["Director"])
    other = make_person(session, role=LIAISON, organisation_id=place, email="second@example.org")
    second = make_contact(session, place, email="second@example.org")
    assert (second.person_id, second.is_liaison) == (other.id, False)
    elsewhere = make_organisation(session, name="Elsewhere").id
    make_person(session, role=LIAISON, organisation_id=elsewhere, email="third@example.org")
    assert make_contact(session, elsewhere, email="third@example.org").is_liaison


def test_who_is_made_staff_or_moves_elsewhere_keeps_no_account_here(session, place, bus, now):
    person = make_person(session, role=LIAISON, organisation_id=place)
    hear_person(bus, session, person)
    details = {"name": "Naledi", "email": "naledi@example.org", "locale": "en", "time_zone": None}
    staff = {**details, "role": VIEWER, "organisation_id": None}
    change_person(session, make_identity(ADMIN), person.id, person.version, now, **staff)
    hear_person(bus, session, person)
    assert queries.find_contact_of_person(session, person.id) is None
    [contact] = queries.list_contacts(session, BY, place)
    with pytest.raises(Conflict, match="not of this organisation"):
        service.open_account(session, BY, contact.id, now)


def test_one_who_left_is_liaison_no_more_cannot_sign_in_and_is_not_mailed(session, place, bus, now):
    contact = make_contact(session, place, is_liaison=True)
    person = service.open_account(session, BY, contact.id, now)
    for _ in range(2):
        service.let_go(session, BY, contact.id, now)
    assert not person.active
    assert queries.find_liaison(session, place) is None
    session.commit()
    assert not bus.published("contact_changed")[-1].data["may_mail"]
    with pytest.raises(Invalid) as refused:
        make_contact(session, place)
    assert "take them back" in refused.value.fields["email"]
    service.take_back(session, BY, contact.id, now)
    assert (contact.active, person.active) == (True, False)


def test_consent_is_kept_with_when_and_how_and_withdrawn_without_being_forgotten(session, place, now):
    contact, day = make_contact(session, place), date(2026, 3, 2)
    assert not contact.may_mail
    for _ in range(2):
        service.give_consent(session, BY, contact.id, now, purpose="campaign_mail", on=day, how="by phone")
    assert contact.may_mail
    with pytest.raises(Invalid):
        service.withdraw_consent(
            session, BY, contact.id, now, purpose="campaign_mail", on=day - timedelta(days=1), how="-"
        )
    service.withdraw_consent(session, BY, contact.id, now, purpose="campaign_mail", on=day, how="in a mail")
    assert not contact.may_mail
    service.give_consent(session, BY, contact.id, now, purpose="campaign_mail", on=day, how="again")
    assert [each.given_how for each in contact.consents] == ["by phone", "again"]
    assert contact.may_mail


def test_a_liaison_may_be_mailed_until_they_say_no(session, place, now):
    contact = make_contact(session, place, is_liaison=True)
    assert contact.may_mail
    service.withdraw_consent(session, BY, contact.id, now, purpose="campaign_mail", on=date(2026, 3, 2), how="a mail")
    assert not contact.may_mail


def test_our_side_is_someone_of_ours_who_can_sign_in(session, place, now):
    person = make_person(session)
    service.set_owner(session, BY, place, person.id, now)
    assert queries.find_owner(session, place).id == person.id
    assert queries.find_owners(session, [place]) == {place: (person.id, "Naledi")}
    theirs = make_person(session, role=LIAISON, organisation_id=place, email="theirs@example.org")
    with pytest.raises(Invalid):
        service.set_owner(session, BY, place, theirs.id, now)
