import re
from datetime import timedelta

import pytest

from services.partners.contacts.service import set_owner
from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from services.partners.scorecards import service
from services.partners.scorecards.models import QUESTIONS, Side
from services.partners.scorecards.tests.factories import make_round
from shared.errors import Conflict, Invalid
from shared.identity import LIAISON
from shared.testing.people import make_identity, read_page

BY = make_identity()
GOOD = dict.fromkeys(QUESTIONS, 4)
FORM = {**dict.fromkeys(QUESTIONS, "4"), "comment": "Tell us sooner about changes."}


@pytest.fixture
def contact(session):
    return make_contact(session, make_organisation(session).id, is_liaison=True)


def read_secret(bus):
    links = [each.data["link"] for each in bus.published("mail_requested") if each.data["link"]]
    return links[-1].rsplit("/", 1)[1]


def test_the_partner_answers_from_a_link_once_and_looking_changes_nothing(session, contact, bus, anyone):
    round_ = make_round(session, contact)
    session.commit()
    address = f"/partners/scorecards/s/{read_secret(bus)}"
    for _ in range(2):
        assert "How was working with" in anyone.get(address).text
    assert anyone.post(address, data={**FORM, "again": ""}).status_code == 422
    answered = anyone.post(address, data=FORM)
    assert answered.status_code == 200
    assert "Your answers are kept" in answered.text
    assert anyone.post(address, data={**FORM, "again": "1"}).status_code == 409
    assert "Send the answers" not in read_page(anyone, address)
    session.expire_all()
    assert round_.card_of(Side.THEM).scores == GOOD


def test_neither_side_sees_the_others_answers_before_both_are_in(session, contact, bus, anyone, staff, script):
    round_ = make_round(session, contact)
    session.commit()
    anyone.post(f"/partners/scorecards/s/{read_secret(bus)}", data=FORM)
    own, listed = f"/partners/scorecards/{round_.id}", f"organisations/{contact.organisation_id}/scorecards"
    for text in (
        read_page(staff, own),
        read_page(staff, f"/partners/{listed}"),
        read_page(script, f"/partners/api/v1/{listed}"),
    ):
        assert "Tell us sooner" not in text
        assert "4.0" not in text
    page = staff.post(own, data={**FORM, "comment": "Reliable."}, follow_redirects=True).text
    assert "Tell us sooner" in page
    assert "both answered" in page
    assert "4.0" in staff.get(f"/partners/{listed}").text


def test_after_the_day_what_was_given_shows_also_when_one_side_is_silent(session, contact, now):
    round_ = make_round(session, contact)
    service.answer(session, BY, round_.id, Side.THEM, now, GOOD, "")
    assert not round_.is_revealed(round_.due_on)
    assert round_.is_revealed(round_.due_on + timedelta(days=1))


def test_answers_are_whole_from_1_to_5_and_never_changed(session, contact, now):
    round_ = make_round(session, contact)
    for wrong in ({**GOOD, "again": 6}, {**GOOD, "again": 0}, {"again": 3}):
        with pytest.raises(Invalid):
            service.answer(session, BY, round_.id, Side.US, now, wrong, "")
    service.answer(session, BY, round_.id, Side.US, now, GOOD, "")
    with pytest.raises(Conflict):
        service.answer(session, BY, round_.id, Side.US, now, dict.fromkeys(QUESTIONS, 1), "")


def test_who_has_not_answered_is_reminded_before_the_day_and_on_it(session, contact, bus, now):
    set_owner(session, BY, contact.organisation_id, make_person(session).id, now)
    round_ = make_round(session, contact, days=10)
    remind = service.remind_rounds("https://saypro.example.org")
    session.commit()
    first = read_secret(bus)
    counts = []
    for day in (6, 7, 7, 9, 10, 11):
        remind(session, now.replace(hour=12) + timedelta(days=day))
        session.commit()
        counts.append(len(bus.published("mail_requested")))
    assert counts == [1, 3, 3, 3, 5, 5]
    assert read_secret(bus) != first
    assert round_.remind_at is None


def test_asking_shows_who_gets_the_mail_and_sends_it_once_confirmed(staff, session, contact, bus, now):
    session.commit()
    address = f"/partners/organisations/{contact.organisation_id}/scorecards/new"
    due = (now + timedelta(days=14)).date()
    form = {"occasion": "renewal", "contact_id": str(contact.id), "due_on": due.isoformat()}
    asked = staff.post(address, data=form)
    assert "lerato@example.org" in asked.text
    assert bus.published("mail_requested") == []
    assert staff.post(address, data={**form, "confirmed": "", "due_on": "2020-01-01"}).status_code == 422
    assert staff.post(address, data={**form, "confirmed": "yes"}).status_code == 302
    assert len(bus.published("mail_requested")) == 1


def test_a_liaison_sees_what_both_said_once_both_may(sign_in, session, contact, now):
    round_ = make_round(session, contact)
    service.answer(session, BY, round_.id, Side.US, now, dict.fromkeys(QUESTIONS, 5), "Figures come on time.")
    session.commit()
    liaison, program = (sign_in(LIAISON, contact.organisation_id, by=by) for by in ("cookie", "token"))
    listed = f"organisations/{contact.organisation_id}/scorecards"
    assert liaison.get(f"/partners/scorecards/{round_.id}").status_code == 404
    assert "Nothing to compare yet" in read_page(liaison, f"/partners/{listed}")
    assert program.get(f"/partners/api/v1/{listed}").json == []
    service.answer(session, BY, round_.id, Side.THEM, now, GOOD, "Tell us sooner about changes.")
    session.commit()
    page = read_page(liaison, f"/partners/scorecards/{round_.id}")
    assert "Figures come on time." in page
    assert "Tell us sooner about changes." in page
    assert "SayPro rates" in page
    assert "We rate them" not in page
    assert "asked both sides" not in page
    assert "5.0" in read_page(liaison, f"/partners/{listed}")
    assert liaison.get(f"/partners/{listed}/new").status_code == 404
    assert sign_in(LIAISON, make_organisation(session).id).get(f"/partners/scorecards/{round_.id}").status_code == 404


def test_the_link_shows_both_sides_once_both_have_answered(session, contact, bus, anyone, now):
    round_ = make_round(session, contact)
    session.commit()
    address = f"/partners/scorecards/s/{read_secret(bus)}"
    assert "the link in your mail shows both sides" in anyone.post(address, data=FORM).text
    assert "Side by side" not in read_page(anyone, address)
    service.answer(session, BY, round_.id, Side.US, now, dict.fromkeys(QUESTIONS, 5), "Figures come on time.")
    session.commit()
    page = read_page(anyone, address)
    assert "Side by side" in page
    assert "Figures come on time." in page


def test_rounds_are_drawn_over_time_with_the_finding_above_and_the_numbers_beneath(staff, session, contact, now):
    address = f"/partners/organisations/{contact.organisation_id}/scorecards"
    for number, (ours, theirs) in enumerate(((3, 2), (4, 2), (5, 4))):
        round_ = make_round(session, contact, days=10 * (number + 1))
        service.answer(session, BY, round_.id, Side.US, now, dict.fromkeys(QUESTIONS, ours), "")
        service.answer(session, BY, round_.id, Side.THEM, now, dict.fromkeys(QUESTIONS, theirs), "")
        session.commit()
        page = read_page(staff, address)
        assert ("<svg" in page.split("<main", 1)[1]) == (number > 0)
    assert "We rate them: from 3.0 to 5.0; they rate us: from 2.0 to 4.0" in page
    assert page.count("they rate us: 2.0") == 2
    assert ">5.0<" in re.sub(r"\s", "", page.split("</svg>")[-1])
