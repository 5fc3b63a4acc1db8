import pytest

from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.service import add_person, ensure_person
from services.partners.people.tests.factories import make_person
from shared.errors import Invalid
from shared.identity import COORDINATOR, LIAISON

DETAILS = {"name": "Sipho", "email": "sipho@example.org", "locale": "en", "time_zone": "Africa/Johannesburg"}


def test_adding_someone_tells_the_other_services(session, bus, now):
    organisation = make_organisation(session)
    person = add_person(session, None, now, role=LIAISON, organisation_id=organisation.id, **DETAILS)
    session.commit()
    [event] = bus.published("person_changed")
    assert event.data == {
        **DETAILS, "person_id": str(person.id), "role": LIAISON, "active": True,
        "organisation_id": str(organisation.id),
    }  # fmt: skip


def test_an_address_belongs_to_one_person_in_any_case(session):
    make_person(session, email="sipho@example.org")
    with pytest.raises(Invalid) as refused:
        make_person(session, email="SIPHO@example.org")
    assert set(refused.value.fields) == {"email"}


@pytest.mark.parametrize(("role", "bound"), [(LIAISON, False), (COORDINATOR, True)])
def test_a_liaison_needs_an_organisation_and_staff_have_none(session, now, role, bound):
    organisation = make_organisation(session)
    with pytest.raises(Invalid) as refused:
        add_person(session, None, now, role=role, organisation_id=organisation.id if bound else None, **DETAILS)
    assert set(refused.value.fields) == {"organisation_id"}


def test_the_command_line_finds_who_is_already_there(session, now):
    first = make_person(session, email="sipho@example.org", name="Sipho Dlamini")
    found = ensure_person(session, now, role=COORDINATOR, organisation_id=None, **DETAILS)
    assert (found.id, found.name) == (first.id, "Sipho Dlamini")
